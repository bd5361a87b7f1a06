"""Reads the register of centres, which one tenant keeps for all, and makes the tenants of new ones."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from mycambridge.access.reach import centres_reached, own_key
from mycambridge.settings import BOARD_TENANT
from mycambridge.stored import COLUMNS, stored_where, stored_with
from scim_server.db import Transaction
from scim_server.prepared import Prepared
from scim_server.store.dialects import JsonText
from scim_server.store.resources import ResourceStore, StoredResource
from scim_server.store.tables import Text, resources
from scim_server.store.types import Shared

CENTRE = "Centre"
OWN_CENTRE = "own centre"
_r = resources.c
_OF_BOARD = (_r.tenant == sa.bindparam("board", type_=Text), _r.resource_type == sa.literal_column(f"'{CENTRE}'"))
_BY_NUMBER = Prepared(sa.select(*COLUMNS).where(*_OF_BOARD, _r.unique_key == sa.bindparam("number", type_=Text)))
_BY_ID = Prepared(sa.select(*COLUMNS).where(*_OF_BOARD, _r.id == sa.bindparam("id", type_=Text)))


def board() -> str:
    """Return the tenant that keeps the register."""
    return BOARD_TENANT


def shared() -> Shared:
    """Return who keeps the centres and who sees which: an organisation its own, and an Associate its centres'."""
    return Shared(board(), lambda tenant: sa.select(centres_reached(board(), own_key(tenant)).subquery().c[0]))


def find_centre(transaction: Transaction, number: str) -> StoredResource | None:
    """Return a centre by its number, or None."""
    row = _BY_NUMBER.first(transaction, {"board": board(), "number": number.lower()})
    return None if row is None else StoredResource(CENTRE, *row)


def centre_by_id(transaction: Transaction, centre_id: str) -> StoredResource | None:
    """Return a centre by the id of its resource, or None."""
    row = _BY_ID.first(transaction, {"board": board(), "id": centre_id})
    return None if row is None else StoredResource(CENTRE, *row)


def is_designated(transaction: Transaction, user_id: str) -> bool:
    """Tell whether the board designated somebody exams officer of any centre, also where that has no effect now."""
    return bool(stored_with(transaction, board(), CENTRE, "examsofficers.value", user_id))


def own_centre(store: ResourceStore) -> dict[str, Any] | None:
    """Return the centre that the store's tenant is, or None; read once in a transaction."""

    def read() -> dict[str, Any] | None:
        found = find_centre(store.transaction, own_key(store.tenant))
        return None if found is None else found.attributes

    return store.transaction.remember((OWN_CENTRE, store.tenant), read)


def reached_centre(store: ResourceStore, number: str) -> dict[str, Any] | None:
    """Return a centre that the store's tenant acts for, or None."""
    own = own_centre(store)
    if own is None or number == own["centreNumber"]:
        return own if own is not None and number == own["centreNumber"] else None
    found = find_centre(store.transaction, number)
    centre = None if found is None else found.attributes
    administered = centre is not None and (centre.get("associate") or {}).get("centreNumber") == own["centreNumber"]
    return centre if administered else None


def reached_numbers(store: ResourceStore, limit: int) -> list[str]:
    """Return the numbers of the first centres that the store's tenant acts for, its own first."""
    own = own_key(store.tenant)
    ids = centres_reached(board(), own).subquery()
    own_first = sa.case((_r.unique_key == own, 0), else_=1)
    statement = (
        sa.select(_r.unique_key)
        .where(_r.tenant == board(), _r.resource_type == CENTRE, _r.id.in_(sa.select(ids.c[0])))
        .order_by(own_first, _r.unique_key)
        .limit(limit)
    )
    return [key.upper() for key in store.transaction.execute(statement).scalars()]


def centre_names(transaction: Transaction, numbers: Sequence[str]) -> dict[str, str]:
    """Return the names of centres by their numbers."""
    keys = [number.lower() for number in numbers]
    statement = sa.select(_r.unique_key, _r.display).where(
        _r.tenant == board(), _r.resource_type == CENTRE, _r.unique_key.in_(keys)
    )
    return {row.unique_key.upper(): row.display for row in transaction.execute(statement)}


def centres_administered(transaction: Transaction, number: str) -> int:
    """Return how many centres an Associate administers."""
    associate = JsonText(_r.search, ("associate", "centrenumber"))
    statement = sa.select(sa.func.count()).where(
        _r.tenant == board(), _r.resource_type == CENTRE, associate == number.lower()
    )
    return int(transaction.execute(statement).scalar_one())


def has_people(transaction: Transaction, tenant: str) -> bool:
    """Tell whether a tenant has users."""
    return bool(stored_where(transaction, tenant, "User", limit=1))


def find_user(transaction: Transaction, tenants_: Sequence[str], user_id: str) -> tuple[str, str] | None:
    """Return the tenant and the userName of a user of some tenants, or None."""
    for tenant in tenants_:
        for found in stored_where(transaction, tenant, "User", _r.id == user_id):
            return tenant, found.attributes["userName"]
    return None
