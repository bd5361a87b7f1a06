"""Reads and writes the register of centres."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from mycambridge.centres.tables import centres
from scim_server.db import Transaction
from scim_server.prepared import Prepared
from scim_server.store.conflicts import insert
from scim_server.store.dialects import JsonText
from scim_server.store.resources import now_text
from scim_server.store.tables import resources

_c, _r = centres.c, resources.c
_NUMBERS = Prepared(sa.select(_c.number).where(_c.tenant == sa.bindparam("tenant")).order_by(_c.number))


@dataclass(frozen=True, slots=True)
class Centre:
    """A centre as the register has it."""

    tenant: str
    number: str
    name: str
    registered: str


def centres_of(transaction: Transaction, tenant: str) -> list[str]:
    """Return the numbers of the centres that an organisation provisions for."""
    return [row[0] for row in _NUMBERS.all(transaction, {"tenant": tenant})]


def register_centre(transaction: Transaction, tenant: str, number: str, name: str) -> None:
    """Let an organisation provision for a centre; registering it again renames it."""
    new = insert(centres).values(tenant=tenant, number=number, name=name, registered=now_text())
    transaction.execute(
        new.on_conflict_do_update(index_elements=["tenant", "number"], set_={"name": new.excluded.name})
    )


def remove_centre(transaction: Transaction, tenant: str, number: str) -> bool:
    """End that an organisation provisions for a centre, and tell whether it did."""
    removed = transaction.execute(sa.delete(centres).where(_c.tenant == tenant, _c.number == number))
    return bool(removed.rowcount)


def list_centres(transaction: Transaction, tenant: str | None = None) -> list[Centre]:
    """Return the register, of one organisation or of all."""
    statement: sa.Select[Any] = sa.select(_c.tenant, _c.number, _c.name, _c.registered).order_by(_c.tenant, _c.number)
    if tenant is not None:
        statement = statement.where(_c.tenant == tenant)
    return [Centre(*tuple(row)) for row in transaction.execute(statement)]


def centre_names(
    transaction: Transaction, tenant: str, resource_type: str, ids: Sequence[str], urn: str
) -> dict[str, str]:
    """Return the names of the centres of resources."""
    number = JsonText(_r.search, (urn.lower(), "centrenumber"))
    statement = (
        sa.select(_r.id, _c.name)
        .select_from(resources)
        .join(centres, (_c.tenant == _r.tenant) & (sa.func.lower(_c.number) == number))
        .where(_r.tenant == tenant, _r.resource_type == resource_type, _r.id.in_(ids))
    )
    return {row.id: row.name for row in transaction.execute(statement)}
