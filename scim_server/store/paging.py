"""Pages of what a search found, by index (RFC 7644 §3.4.2.4) and by cursor (RFC 9865)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from scim_server.db import Transaction
from scim_server.store.ordering import Order, read_position
from scim_server.store.resources import StoredResource
from scim_server.store.sources import Source

NEARBY = 200
"""Up to this offset a page is read directly; beyond it, ids are counted off before any document is read."""

Total = Callable[[], int]


@dataclass(slots=True)
class FoundPage:
    """A page of what was found."""

    rows: list[StoredResource]
    total: int | None
    next: dict[str, Any] | None = None
    previous: dict[str, Any] | None = None


@dataclass(frozen=True, eq=False)
class Query:
    """What is searched, before it is paged."""

    transaction: Transaction
    sources: Sequence[Source]
    scope: Sequence[sa.ColumnElement[bool]]
    """Picks the rows of the tenant and of the resource types."""

    filter: sa.ColumnElement[bool] | None
    order: Order
    narrow: bool = False
    """Whether the filter matches few rows as a rule."""

    total: Total | None = None
    """Returns how many rows there are without the filter."""

    @property
    def where(self) -> list[sa.ColumnElement[bool]]:
        """What picks the rows that match."""
        return [*self.scope] if self.filter is None else [*self.scope, self.filter]

    @property
    def has_cheap_total(self) -> bool:
        """Whether the number of rows is known without counting them."""
        return self.filter is None and self.total is not None

    def count(self) -> int:
        """Return how many rows match."""
        if self.filter is None and self.total is not None:
            return self.total()
        table = self.sources[0].table
        counted = self.transaction.execute(sa.select(sa.func.count()).select_from(table).where(*self.where))
        return int(counted.scalar_one())

    def order_by(self, *, backwards: bool = False) -> list[sa.ColumnElement[Any]]:
        """Return the ORDER BY clauses."""
        return self.order.clauses(backwards=backwards, by_index=not self.narrow)

    def rows(self, *where: sa.ColumnElement[bool]) -> sa.Select[Any]:
        """Return a selection of whole rows, with the value they are sorted by."""
        value = self.order.value
        extra = [] if value is None else [value.label("sort_value")]
        return sa.select(*labelled(self.sources[0]), *extra).where(*where)

    def ids(self) -> sa.Select[tuple[str]]:
        """Return a selection of the ids of the rows that match."""
        return sa.select(self.sources[0].table.c.id).where(*self.where)

    def nearest(self, limit: int | None, *beyond: sa.ColumnElement[bool], backwards: bool = False) -> list[Any]:
        """Return what picks, of several plain resource types, the first rows of each, which an index gives in order."""
        if len(self.sources) == 1 or limit is None or self.filter is not None or self.order.value is not None:
            return []
        row = self.sources[0].table.c
        each = [
            sa.select(row.id)
            .where(self.scope[0], row.resource_type == source.resource_type, *beyond)
            .order_by(*self.order_by(backwards=backwards))
            .limit(limit)
            .subquery()
            for source in self.sources
        ]
        return [row.id.in_(sa.union_all(*[sa.select(first.c.id) for first in each]))]

    def all(self, statement: sa.Select[Any]) -> Sequence[Any]:
        """Return the rows of a selection."""
        return self.transaction.execute(statement).all()


# -- By index -----------------------------------------------------------------


def page_by_index(query: Query, start: int, count: int | None) -> FoundPage:
    """Return a page that starts after a number of rows."""
    if count == 0:
        return FoundPage([], query.count())
    rows = _far_rows(query, start, count) if start > NEARBY else _near_rows(query, start, count)
    complete = (start == 0 or rows) and (count is None or len(rows) < count)
    return FoundPage([_stored(row) for row in rows], start + len(rows) if complete else query.count())


def _near_rows(query: Query, start: int, count: int | None) -> Sequence[Any]:
    where = [*query.where, *query.nearest(None if count is None else start + count)]
    return query.all(query.rows(*where).order_by(*query.order_by()).offset(start or None).limit(count))


def _far_rows(query: Query, start: int, count: int | None) -> Sequence[Any]:
    """Return a page far from the start: its ids first, counted from the nearer end, then their documents."""
    size, offset, from_end = count, start, False
    if query.has_cheap_total:
        total = query.count()
        size = max(0, total - start) if count is None else min(count, max(0, total - start))
        if size == 0:
            return []
        from_end = start > total / 2
        offset = total - start - size if from_end else start
    ids = query.ids().order_by(*query.order_by(backwards=from_end)).offset(offset).limit(size)
    # Two statements: as one, PostgreSQL may walk all rows once for each id, as long as it has no statistics.
    found = list(query.transaction.execute(ids).scalars())
    chosen = query.rows(*query.scope, query.sources[0].table.c.id.in_(found))
    return query.all(chosen.order_by(*query.order.clauses(by_index=False)))


# -- By cursor ----------------------------------------------------------------


def page_by_cursor(query: Query, count: int | None, position: Any) -> FoundPage:
    """Return a page that starts or ends at a place in the order, where it stays while others write.

    :raises InvalidCursorException: When the position is none of such a page.
    """
    total = query.count() if query.has_cheap_total or count == 0 else None
    if count == 0:
        return FoundPage([], total)
    backwards, anchor = (False, None) if position is None else read_position(position)
    limit = None if count is None else count + 1
    beyond = [] if anchor is None else [query.order.beyond(anchor, backwards=backwards)]
    statement = query.rows(*query.where, *beyond, *query.nearest(limit, *beyond, backwards=backwards))
    found = query.all(statement.order_by(*query.order_by(backwards=backwards)).limit(limit))
    more = limit is not None and len(found) == limit
    rows = found[:count]
    if backwards:
        rows = rows[::-1]
    return _between(
        query,
        FoundPage([_stored(row) for row in rows], total),
        rows,
        backwards=backwards,
        more=more,
        first=anchor is None,
    )


def _between(
    query: Query, page: FoundPage, rows: Sequence[Any], *, backwards: bool, more: bool, first: bool
) -> FoundPage:
    """Return a page with the places of the pages before and after it, where there are any."""
    if not rows:
        return page
    before = query.order.position("previous", rows[0])
    after = query.order.position("next", rows[-1])
    if more if backwards else not first and _exists(query, before, backwards=True):
        page.previous = before
    if _exists(query, after, backwards=False) if backwards else more:
        page.next = after
    return page


def _exists(query: Query, anchor: dict[str, Any], *, backwards: bool) -> bool:
    beyond = query.order.beyond(anchor, backwards=backwards)
    statement = sa.select(sa.literal(1)).select_from(query.sources[0].table).where(*query.where, beyond).limit(1)
    return query.transaction.execute(statement).first() is not None


def labelled(source: Source) -> list[sa.ColumnElement[Any]]:
    """Return the columns of a row, named as in :class:`StoredResource`."""
    names = ("type_name", "id", "version", "created", "last_modified", "document")
    return [column.label(name) for column, name in zip(source.row, names, strict=True)]


def _stored(row: Any) -> StoredResource:
    return StoredResource(*row[:6])
