"""Read the journal: single entries, and what happened since a moment."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa
from scim2_models import ScimFilter
from scim2_server.utils import parametrize

from scim_server.db import Transaction
from scim_server.journal.models import JournalEntry
from scim_server.journal.tables import changes
from scim_server.store.filters import compile_filter
from scim_server.store.resources import StoredResource
from scim_server.store.sources import Source
from scim_server.store.tables import tenants

_c, _t = changes.c, tenants.c
_FIND = sa.select(_c.id, _c.created, _c.document).where(
    _c.tenant == sa.bindparam("tenant"), _c.id == sa.bindparam("id")
)
BATCH = 500

JOURNAL_SOURCE = Source(
    resource_type="Change",
    model=JournalEntry,
    table=changes,
    row=(sa.literal("Change"), _c.id, sa.literal(1), _c.created, _c.created, _c.document),
    columns={
        ("id",): _c.id,
        ("at",): _c.created,
        ("outcome",): _c.outcome,
        ("target", "value"): _c.resource_id,
        ("meta", "created"): _c.created,
        ("meta", "lastmodified"): _c.created,
    },
    unsearchable=frozenset({("request",)}),
)
"""The journal as something to search."""


@dataclass(frozen=True, slots=True)
class JournalRow:
    """One entry as it was written."""

    id: str
    document: dict[str, Any]
    tenant: str

    @property
    def place(self) -> str:
        """Where the entry stands among those of all tenants."""
        return f"{self.document['at']}~{self.id}"


def find_entry(transaction: Transaction, tenant: str, entry_id: str) -> StoredResource | None:
    """Return one entry of a tenant's journal in the form of a resource, or None."""
    row = transaction.execute(_FIND, {"tenant": tenant, "id": entry_id}).first()
    return None if row is None else StoredResource("Change", row.id, 1, row.created, row.created, row.document)


def entries_since(
    transaction: Transaction, tenant: str, *, after_id: str = "", since: str = "", refused_only: bool = False
) -> Iterator[JournalRow]:
    """Yield a tenant's entries in the order in which they were written, after an id and a moment (UTC text)."""
    statement = (
        sa.select(_c.id, _c.document)
        .where(_c.tenant == tenant, _c.id > sa.bindparam("after"), _c.created >= since)
        .order_by(_c.id)
        .limit(BATCH)
    )
    if refused_only:
        statement = statement.where(_c.outcome == "refused")
    while True:
        rows = transaction.execute(statement, {"after": after_id}).all()
        for row in rows:
            yield JournalRow(row.id, orjson.loads(row.document), tenant)
        if len(rows) < BATCH:
            return
        after_id = rows[-1].id


def entries_about(transaction: Transaction, tenant: str, resource_id: str) -> list[dict[str, Any]]:
    """Return a tenant's entries about one resource, in the order in which they were written."""
    statement = sa.select(_c.document).where(_c.tenant == tenant, _c.resource_id == resource_id)
    return [orjson.loads(each) for each in transaction.execute(statement.order_by(_c.created, _c.id)).scalars()]


def names_of(transaction: Transaction, tenant: str, ids: Sequence[str]) -> dict[str, str]:
    """Return the latest known display names of resources, for members that an entry names by id only."""
    names: dict[str, str] = {}
    for start in range(0, len(ids), BATCH):
        statement = (
            sa.select(_c.resource_id, _c.document)
            .where(_c.tenant == tenant, _c.resource_id.in_(ids[start : start + BATCH]), _c.outcome == "done")
            .order_by(_c.id)
        )
        for row in transaction.execute(statement):
            display = orjson.loads(row.document).get("target", {}).get("display")
            if display:
                names[row.resource_id] = display
    return names


def newest_anywhere(
    transaction: Transaction, wanted: str, *, tenant: str | None = None, before: str = "", limit: int
) -> list[JournalRow]:
    """Return the newest entries of all tenants, or of one, that match a filter: for administrators only.

    No index runs across tenants. So the tenants with the newest entries come first, and each is asked for its own.

    :param wanted: A SCIM filter.
    :param before: The :attr:`~JournalRow.place` of the last entry that was seen, to go on after it.
    :raises InvalidFilterException: When the filter names what cannot be searched.
    """
    matching = _matching(wanted, before, _t.id)
    newest = sa.select(_c.created).where(_c.tenant == _t.id, *matching).order_by(_c.created.desc()).limit(1)
    latest = sa.select(_t.id, newest.scalar_subquery().label("created")).where(_t.id == (tenant or _t.id)).subquery()
    ranked = sa.select(latest.c.id).where(latest.c.created.is_not(None)).order_by(latest.c.created.desc()).limit(limit)
    found = [
        row
        for each in transaction.execute(ranked).scalars().all()
        for row in transaction.execute(_newest_of(each, _matching(wanted, before, each), limit)).all()
    ]
    found.sort(key=lambda row: (row.created, row.id), reverse=True)
    return [JournalRow(row.id, orjson.loads(row.document), row.tenant) for row in found[:limit]]


def _newest_of(tenant: str, matching: Sequence[sa.ColumnElement[bool]], limit: int) -> sa.Select[Any]:
    found = sa.select(_c.tenant, _c.id, _c.created, _c.document).where(_c.tenant == tenant, *matching)
    return found.order_by(_c.created.desc(), _c.id.desc()).limit(limit)


def _matching(wanted: str, before: str, tenant: Any) -> list[sa.ColumnElement[bool]]:
    matches = compile_filter(parametrize(ScimFilter, JournalEntry)(wanted), [JOURNAL_SOURCE], tenant)
    created, _between, entry_id = before.partition("~")
    older = [_c.created <= created, sa.or_(_c.created < created, _c.id < entry_id)] if created else []
    return [matches, *older]
