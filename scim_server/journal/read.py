"""Read the journal: single entries, and what happened since a moment."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa

from scim_server.db import Transaction
from scim_server.journal.models import JournalEntry
from scim_server.journal.tables import changes
from scim_server.store.resources import StoredResource
from scim_server.store.sources import Source

_c = changes.c
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
            yield JournalRow(row.id, orjson.loads(row.document))
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
