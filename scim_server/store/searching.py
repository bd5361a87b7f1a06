"""Search: one page of what matches, found by narrow indexes first, and how much there is (RFC 7644 §3.4.2, RFC 9865)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import sqlalchemy as sa
from scim2_models import ScimFilter, SearchRequest
from scim2_models.path import CompareOperator, Comparison
from scim2_server.utils import parametrize

from scim_server.db import Transaction
from scim_server.store.filters import compile_filter
from scim_server.store.ordering import Order, order_of, read_position
from scim_server.store.paths import keys_of
from scim_server.store.resources import StoredResource
from scim_server.store.sources import Source

NEARBY = 200
"""Up to this offset a page is read directly; beyond it, ids are counted off in the index before any document is read."""

_UNBOUNDED = 2**31 - 1

Total = Callable[[], int]


@dataclass(slots=True)
class FoundPage:
    """A page of what was found."""

    rows: list[StoredResource]
    total: int | None
    next: dict[str, Any] | None = None
    previous: dict[str, Any] | None = None


@dataclass(frozen=True, eq=False)
class _Query:
    """What is searched, before it is paged."""

    transaction: Transaction
    sources: Sequence[Source]
    where: Sequence[sa.ColumnElement[bool]]
    order: Order
    filtered: bool
    total: Total | None = field(default=None)

    def count(self) -> int:
        """Return how many rows match."""
        if not self.filtered and self.total is not None:
            return self.total()
        table = self.sources[0].table
        counted = self.transaction.execute(sa.select(sa.func.count()).select_from(table).where(*self.where))
        return int(counted.scalar_one())

    def rows(self) -> sa.Select[Any]:
        """Return a selection of whole rows, with the value they are sorted by."""
        value = self.order.value
        extra = [] if value is None else [value.label("sort_value")]
        return sa.select(*_labelled(self.sources[0]), *extra).where(*self.where)


def search(
    transaction: Transaction,
    tenant: str,
    sources: Sequence[Source],
    search_request: SearchRequest[Any],
    position: Any = None,
    total_of: Total | None = None,
) -> FoundPage:
    """Return one page of the rows of a tenant that match.

    :param total_of: Returns how many rows there are without a filter, cheaper than counting them.
    :raises InvalidFilterException: When the filter names what cannot be searched.
    :raises InvalidCursorException: When the position is none of this search.
    """
    if (hot := _single_equality(search_request, sources)) is not None:
        return _equal(transaction, tenant, sources[0], search_request, *hot)
    query = _query(transaction, tenant, sources, search_request, total_of)
    if search_request.cursor is None:
        return _by_index(query, search_request)
    return _by_cursor(query, search_request, position)


# -- One equality: what identity providers ask before every write -------------


def _single_equality(
    search_request: SearchRequest[Any], sources: Sequence[Source]
) -> tuple[tuple[str, ...], str] | None:
    """Return the column path and value of a search for one value of a column, if it is no more than that."""
    node = search_request.filter.ast if search_request.filter is not None else None
    plain = search_request.sort_by is None and search_request.cursor is None and len(sources) == 1
    if not (plain and isinstance(node, Comparison) and node.op == CompareOperator.eq and isinstance(node.value, str)):
        return None
    scim_filter: Any = search_request.filter
    binding = scim_filter.resolve_comparison(node.attr_path, strict=False) if scim_filter.model is not None else None
    if binding is None or binding.is_multivalued or binding.target_type is not str:
        return None
    path = keys_of(binding)
    return (path, binding.comparable(node.value)) if path in sources[0].columns else None


@cache
def _equality_statement(source: Source, path: tuple[str, ...]) -> sa.Select[Any]:
    conditions = [] if source.type_condition is None else [source.type_condition]
    return (
        sa.select(*_labelled(source))
        .where(source.table.c.tenant == sa.bindparam("tenant"), *conditions)
        .where(source.columns[path] == sa.bindparam("value"))
        .order_by(_unindexed(source.table.c.id))
        .limit(sa.bindparam("limit"))
    )


@cache
def _equality_count(source: Source, path: tuple[str, ...]) -> sa.Select[tuple[int]]:
    conditions = [] if source.type_condition is None else [source.type_condition]
    return (
        sa.select(sa.func.count())
        .select_from(source.table)
        .where(source.table.c.tenant == sa.bindparam("tenant"), *conditions)
        .where(source.columns[path] == sa.bindparam("value"))
    )


def _unindexed(column: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    """Return a column to order by that no index offers in order.

    SQLite would rather walk all of a tenant's rows by id than sort the one row that an equality finds.
    """
    return column.concat("")


def _equal(
    transaction: Transaction, tenant: str, source: Source, search_request: SearchRequest[Any], path: tuple[str, ...],
    value: str,
) -> FoundPage:  # fmt: skip
    start, count = search_request.start_index_0 or 0, search_request.count
    limit = _UNBOUNDED if count is None else start + count + 1
    parameters = {"tenant": tenant, "value": value}
    found = transaction.execute(_equality_statement(source, path), {**parameters, "limit": limit}).all()
    rows = found[start:] if count is None else found[start : start + count]
    complete = len(found) < limit
    total = len(found) if complete else transaction.execute(_equality_count(source, path), parameters).scalar_one()
    return FoundPage([StoredResource(*row) for row in rows], total)


# -- Any search -------------------------------------------------------------


def _query(
    transaction: Transaction, tenant: str, sources: Sequence[Source], search_request: SearchRequest[Any],
    total_of: Total | None,
) -> _Query:  # fmt: skip
    where = [sources[0].table.c.tenant == tenant, *_conditions(tenant, sources, search_request.filter)]
    order = order_of(search_request, sources)
    return _Query(transaction, sources, where, order, search_request.filter is not None, total_of)


def _conditions(
    tenant: str, sources: Sequence[Source], scim_filter: ScimFilter[Any] | None
) -> list[sa.ColumnElement[bool]]:
    if len(sources) == 1:
        source = sources[0]
        own = compile_filter(scim_filter, source, tenant)
        return [condition for condition in (source.type_condition, own) if condition is not None]
    alternatives = []
    for source in sources:
        own = compile_filter(_rebound(scim_filter, source), source, tenant)
        parts = [condition for condition in (source.type_condition, own) if condition is not None]
        alternatives.append(sa.and_(*parts))
    return [sa.or_(*alternatives)]


def _rebound(scim_filter: ScimFilter[Any] | None, source: Source) -> ScimFilter[Any] | None:
    return None if scim_filter is None else parametrize(ScimFilter, source.model)(str(scim_filter))  # type: ignore[call-arg]


def _by_index(query: _Query, search_request: SearchRequest[Any]) -> FoundPage:
    start, count = search_request.start_index_0 or 0, search_request.count
    if count == 0:
        return FoundPage([], query.count())
    far = start > NEARBY and query.order.value is None and not query.filtered
    rows = _far_rows(query, start, count) if far else _rows(query, start, count)
    complete = (start == 0 or rows) and (count is None or len(rows) < count)
    return FoundPage([_stored(row) for row in rows], start + len(rows) if complete else query.count())


def _rows(query: _Query, start: int, count: int | None) -> Sequence[Any]:
    order = query.order.clauses()
    if query.filtered and query.order.value is None:
        order = [_unindexed(query.order.id)]
    return query.transaction.execute(query.rows().order_by(*order).offset(start or None).limit(count)).all()


def _far_rows(query: _Query, start: int, count: int | None) -> Sequence[Any]:
    """Return a page far from the start: its ids from the index, counted from the nearer end, then their documents."""
    total, table = query.count(), query.sources[0].table
    size = max(0, total - start) if count is None else min(count, max(0, total - start))
    if size == 0:
        return []
    from_end = start > total / 2
    offset = total - start - size if from_end else start
    ids = (
        sa.select(table.c.id)
        .where(*query.where)
        .order_by(*query.order.clauses(backwards=from_end))
        .offset(offset)
        .limit(size)
        .subquery()
    )
    statement = query.rows().where(table.c.id.in_(sa.select(ids.c.id))).order_by(*query.order.clauses())
    return query.transaction.execute(statement).all()


def _by_cursor(query: _Query, search_request: SearchRequest[Any], position: Any) -> FoundPage:
    total = query.count() if not query.filtered or search_request.count == 0 else None
    if search_request.count == 0:
        return FoundPage([], total)
    backwards, anchor = (False, None) if position is None else read_position(position)
    statement = query.rows()
    if anchor is not None:
        statement = statement.where(query.order.beyond(anchor, backwards=backwards))
    limit = None if search_request.count is None else search_request.count + 1
    found = list(query.transaction.execute(statement.order_by(*query.order.clauses(backwards=backwards)).limit(limit)))
    more = limit is not None and len(found) == limit
    rows = found[: search_request.count]
    if backwards:
        rows.reverse()
    return _cursor_page(query, rows, total, backwards=backwards, more=more, first=position is None)


def _cursor_page(
    query: _Query, rows: list[Any], total: int | None, *, backwards: bool, more: bool, first: bool
) -> FoundPage:
    page = FoundPage([_stored(row) for row in rows], total)
    if not rows:
        return page
    before = query.order.position("previous", rows[0])
    after = query.order.position("next", rows[-1])
    if more if backwards else not first and _exists(query, before, backwards=True):
        page.previous = before
    if _exists(query, after, backwards=False) if backwards else more:
        page.next = after
    return page


def _exists(query: _Query, anchor: dict[str, Any], *, backwards: bool) -> bool:
    beyond = query.order.beyond(anchor, backwards=backwards)
    statement = sa.select(sa.literal(1)).select_from(query.sources[0].table).where(*query.where, beyond).limit(1)
    return query.transaction.execute(statement).first() is not None


def _labelled(source: Source) -> list[sa.ColumnElement[Any]]:
    names = ("type_name", "id", "version", "created", "last_modified", "document")
    return [column.label(name) for column, name in zip(source.row, names, strict=True)]


def _stored(row: Any) -> StoredResource:
    return StoredResource(*row[:6])
