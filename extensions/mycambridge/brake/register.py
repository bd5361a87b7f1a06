"""Reads and writes what the safety brake counts, in the transaction of the change that is counted."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mycambridge.brake.resource import BRAKE
from mycambridge.brake.rules import WINDOW, default_mode, state_at
from mycambridge.brake.tables import brake_events, brakes
from mycambridge.stored import COLUMNS, stored_with
from scim_server.connections.tables import connections
from scim_server.db import Transaction
from scim_server.extension import Principal
from scim_server.prepared import Prepared
from scim_server.store.conflicts import insert
from scim_server.store.documents import utc_text
from scim_server.store.resources import ResourceStore, StoredResource
from scim_server.store.tables import indexed_values, resources

_b, _e, _c, _r, _i = brakes.c, brake_events.c, connections.c, resources.c, indexed_values.c
_CHUNK = 500
_ROW = (_b.tenant == sa.bindparam("tenant_"), _b.connection == sa.bindparam("connection_"))
_OF_CONNECTION = (_e.tenant == sa.bindparam("tenant_"), _e.connection == sa.bindparam("connection_"))
_LOCK = Prepared(sa.select(_b.mode, _b.journalled).where(*_ROW).with_for_update())
_OPEN = Prepared(
    insert(brakes)
    .values(tenant=sa.bindparam("tenant_"), connection=sa.bindparam("connection_"))
    .on_conflict_do_nothing()
)
_NOTE: Any = insert(brake_events)
_LET_THROUGH = Prepared(
    _NOTE.on_conflict_do_update(
        index_elements=["tenant", "connection", "person"],
        set_={"moment": _NOTE.excluded.moment, "held": _NOTE.excluded.held},
    )
)
_HELD = Prepared(_NOTE.on_conflict_do_nothing())
_FORGET = Prepared(sa.delete(brake_events).where(*_OF_CONNECTION, _e.moment <= sa.bindparam("since")))
_COUNT = Prepared(sa.select(sa.func.count()).where(*_OF_CONNECTION, _e.held.is_(sa.false())))


@dataclass(frozen=True, slots=True)
class Connection:
    """The access of an identity provider."""

    id: str
    name: str
    profile: str


@dataclass(frozen=True, slots=True)
class Brake:
    """What is known of the brake of a connection, locked until the transaction ends."""

    connection: Connection
    mode: str
    journalled: str | None
    resource: StoredResource | None

    def state(self, moment: datetime) -> str | None:
        """Return the state that lasts at a moment."""
        shown = {} if self.resource is None else self.resource.attributes
        return state_at(moment, shown.get("state"), shown.get("until"))


# -- The brake of a connection --------------------------------------------------


def connection_of(principal: Principal) -> Connection:
    """Return the connection that a principal is."""
    return Connection(principal.id, principal.name, principal.profile)


def find_connection(transaction: Transaction, tenant: str, connection_id: str) -> Connection | None:
    """Return an identity provider's connection by its id, or None."""
    return _connection(transaction, tenant, _c.id == connection_id)


def connection_named(transaction: Transaction, tenant: str, name: str) -> Connection | None:
    """Return an identity provider's connection by its name, or None."""
    return _connection(transaction, tenant, _c.name == name)


def _connection(transaction: Transaction, tenant: str, which: sa.ColumnElement[bool]) -> Connection | None:
    statement = sa.select(_c.id, _c.name, _c.profile).where(_c.tenant == tenant, _c.person.is_(None), which)
    row: Any = transaction.execute(statement).first()
    return None if row is None else Connection(*row)


def find_brake(store: ResourceStore, connection_id: str, *, locked: bool = False) -> StoredResource | None:
    """Return the resource that shows the brake of a connection, or None while there is none."""
    found = stored_with(store.transaction, store.tenant, BRAKE, "connection.value", connection_id)
    if not found or not locked:
        return found[0] if found else None
    return store.find(BRAKE, found[0].id, locked=True)


def locked(store: ResourceStore, connection: Connection) -> Brake:
    """Return the brake of a connection, which nobody else reads to count until the transaction ends."""
    key = _key(store, connection)
    row = _LOCK.first(store.transaction, key)
    if row is None:
        _OPEN.run(store.transaction, key)
        row = _LOCK.first(store.transaction, key)
        assert row is not None
    mode, journalled = row
    resource = find_brake(store, connection.id, locked=True)
    return Brake(connection, mode or default_mode(connection.profile), journalled, resource)


def choose_mode(store: ResourceStore, connection: Connection, mode: str) -> None:
    """Keep the mode that somebody chose."""
    locked(store, connection)
    _set(store, connection, mode=mode)


def chosen_modes(transaction: Transaction, tenant: str) -> dict[str, str]:
    """Return the modes that people chose, by the ids of connections."""
    statement = sa.select(_b.connection, _b.mode).where(_b.tenant == tenant, _b.mode.is_not(None))
    return {row.connection: row.mode for row in transaction.execute(statement)}


def mark_journalled(store: ResourceStore, connection: Connection, now: datetime) -> None:
    """Keep when a refusal was journalled."""
    _set(store, connection, journalled=utc_text(now))


def _set(store: ResourceStore, connection: Connection, **values: str) -> None:
    statement = sa.update(brakes).where(_b.tenant == store.tenant, _b.connection == connection.id)
    store.transaction.execute(statement.values(**values))


def all_brakes(transaction: Transaction, tenant: str | None = None) -> Iterator[tuple[str, StoredResource]]:
    """Yield the brakes of a tenant, or of all, each with its tenant."""
    statement = (
        sa.select(_b.tenant, *COLUMNS)
        .select_from(brakes)
        .join(indexed_values, (_i.tenant == _b.tenant) & (_i.value == _b.connection))
        .join(resources, (_r.tenant == _b.tenant) & (_r.resource_type == BRAKE) & (_r.id == _i.resource_id))
        .where(_i.resource_type == BRAKE, _i.attribute == "connection.value")
        .order_by(_b.tenant, _r.id)
    )
    if tenant is not None:
        statement = statement.where(_b.tenant == tenant)
    rows: Any = transaction.execute(statement).all()
    for of_tenant, *columns in rows:
        yield of_tenant, StoredResource(BRAKE, *columns)


# -- The people who are counted -------------------------------------------------


def let_through(store: ResourceStore, connection: Connection, people: Sequence[str], now: datetime) -> int:
    """Note whose access ends, and return how many that are within the hour; what is older is forgotten."""
    key = _key(store, connection)
    _FORGET.run(store.transaction, {**key, "since": utc_text(now - WINDOW)})
    _LET_THROUGH.run(store.transaction, *_rows(store, connection, people, now, held=False))
    ((counted,),) = _COUNT.all(store.transaction, key)
    return int(counted)


def hold(store: ResourceStore, connection: Connection, people: Sequence[str], now: datetime) -> int:
    """Note whose access would have ended, and return how many people are concerned together."""
    _HELD.run(store.transaction, *_rows(store, connection, people, now, held=True))
    statement = sa.select(sa.func.count()).where(_e.tenant == store.tenant, _e.connection == connection.id)
    return int(store.transaction.execute(statement).scalar_one())


def noted_people(store: ResourceStore, connection: Connection) -> list[str]:
    """Return the ids of all people who are noted, let through or held."""
    statement = sa.select(_e.person).where(_e.tenant == store.tenant, _e.connection == connection.id)
    return list(store.transaction.execute(statement).scalars())


def held_people(store: ResourceStore, connection_id: str, limit: int) -> list[str]:
    """Return the ids of the first people whose access would end if the brake of a connection were released."""
    statement = sa.select(_e.person).where(*_held(store, connection_id)).order_by(_e.person).limit(limit)
    return list(store.transaction.execute(statement).scalars())


def count_held(store: ResourceStore, connection_id: str) -> int:
    """Return how many people those are."""
    statement = sa.select(sa.func.count()).select_from(brake_events).where(*_held(store, connection_id))
    return int(store.transaction.execute(statement).scalar_one())


def _held(store: ResourceStore, connection_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    return _e.tenant == store.tenant, _e.connection == connection_id, _e.held.is_(sa.true())


def not_noted(store: ResourceStore, connection: Connection, people: Sequence[str]) -> list[str]:
    """Return the ids of those who are not noted yet."""
    noted = set[str]()
    for start in range(0, len(people), _CHUNK):
        statement = sa.select(_e.person).where(
            _e.tenant == store.tenant, _e.connection == connection.id, _e.person.in_(people[start : start + _CHUNK])
        )
        noted.update(store.transaction.execute(statement).scalars())
    return [person for person in people if person not in noted]


def forget_people(store: ResourceStore, connection: Connection, *, held_only: bool = False) -> None:
    """Forget who was noted, so that the count begins anew; or only those who were held."""
    conditions = [_e.tenant == store.tenant, _e.connection == connection.id]
    if held_only:
        conditions.append(_e.held.is_(sa.true()))
    store.transaction.execute(sa.delete(brake_events).where(*conditions))


def active_people(store: ResourceStore, connection: Connection, *, limit: int) -> int:
    """Return how many people were active when the hour began, counting up to a limit only.

    Those who were let through and are active no more count as well.
    """
    tenant = store.tenant
    here = sa.select(sa.literal(1)).where(_r.tenant == tenant, _r.resource_type == "User", _is_active()).limit(limit)
    # One look-up by the key for each row, whatever the planner knows of a young table.
    still = sa.select(_is_active()).where(_r.tenant == tenant, _r.resource_type == "User", _r.id == _e.person)
    gone = sa.select(sa.func.count()).where(
        _e.tenant == tenant, _e.connection == connection.id, _e.held.is_(sa.false()),
        sa.func.coalesce(still.scalar_subquery(), sa.false()).is_(sa.false()),
    )  # fmt: skip
    counted = sa.select(sa.func.count()).select_from(here.subquery()).scalar_subquery()
    return int(store.transaction.execute(sa.select(counted + gone.scalar_subquery())).scalar_one())


def _is_active() -> sa.ColumnElement[bool]:
    return _r.active.is_not(sa.false())


def _key(store: ResourceStore, connection: Connection) -> dict[str, str]:
    return {"tenant_": store.tenant, "connection_": connection.id}


def _rows(
    store: ResourceStore, connection: Connection, people: Sequence[str], now: datetime, *, held: bool
) -> list[dict[str, Any]]:
    same = {"tenant": store.tenant, "connection": connection.id, "moment": utc_text(now), "held": held}
    return [{**same, "person": person} for person in people]
