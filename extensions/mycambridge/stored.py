"""Selects stored resources by conditions of the domain's own."""

from collections.abc import Sequence
from typing import Any

import orjson
import sqlalchemy as sa

from mycambridge.planning import after
from scim_server.db import Transaction
from scim_server.prepared import Prepared
from scim_server.store.dialects import is_among
from scim_server.store.resources import ResourceStore, StoredResource
from scim_server.store.tables import Text, indexed_values, resources

_r, _i = resources.c, indexed_values.c
COLUMNS = (_r.id, _r.version, _r.created, _r.last_modified, _r.document)


def _with(whose: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """Return the query for the resources that have some values in an indexed attribute, each after its value."""
    named = {name: sa.bindparam(name, type_=Text) for name in ("tenant", "type", "attribute")}
    return (
        sa.select(_i.value, *COLUMNS)
        .select_from(indexed_values)
        .join(
            resources,
            (_r.tenant == after(_i.resource_id, named["tenant"]))
            & (_r.resource_type == named["type"])
            & (_r.id == _i.resource_id),
        )
        .where(_i.tenant == named["tenant"], _i.resource_type == named["type"], _i.attribute == named["attribute"])
        .where(whose)
        .order_by(_r.id)
    )


_WITH_ONE = Prepared(_with(_i.value == sa.bindparam("value", type_=Text)))
_WITH_ANY = Prepared(_with(is_among(_i.value, "values")))
_NAMES = Prepared(
    sa.select(_r.id, _r.display, _r.unique_key).where(
        _r.tenant == sa.bindparam("tenant", type_=Text), _r.resource_type == "User", is_among(_r.id, "ids")
    )
)


def stored_where(
    transaction: Transaction, tenant: str, type_name: str, *where: sa.ColumnElement[bool], limit: int | None = None
) -> list[StoredResource]:
    """Return the resources of one type of a tenant that fulfil conditions, in the order of their ids."""
    statement = (
        sa.select(*COLUMNS)
        .where(_r.tenant == tenant, _r.resource_type == type_name, *where)
        .order_by(_r.id)
        .limit(limit)
    )
    return _resources(transaction, type_name, statement)


def stored_with(
    transaction: Transaction, tenant: str, type_name: str, attribute: str, value: str
) -> list[StoredResource]:
    """Return the resources of one type of a tenant that have a value in an indexed attribute."""
    wanted = {"tenant": tenant, "type": type_name, "attribute": attribute, "value": value}
    return [StoredResource(type_name, *row[1:]) for row in _WITH_ONE.all(transaction, wanted)]


def stored_with_any(
    transaction: Transaction, tenant: str, type_name: str, attribute: str, values: Sequence[str]
) -> dict[str, list[StoredResource]]:
    """Return the same for each of several values that any resource has."""
    wanted = {
        "tenant": tenant,
        "type": type_name,
        "attribute": attribute,
        "values": orjson.dumps(list(values)).decode(),
    }
    of_values: dict[str, list[StoredResource]] = {}
    for value, *row in _WITH_ANY.all(transaction, wanted):
        of_values.setdefault(value, []).append(StoredResource(type_name, *row))
    return of_values


def user_names(store: ResourceStore, user_ids: Sequence[str]) -> dict[str, str]:
    """Return what people are called, by their ids."""
    wanted = {"tenant": store.tenant, "ids": orjson.dumps(list(user_ids)).decode()}
    return {user_id: display or unique for user_id, display, unique in _NAMES.all(store.transaction, wanted)}


def _resources(transaction: Transaction, type_name: str, statement: sa.Select[Any]) -> list[StoredResource]:
    rows: Any = transaction.execute(statement).all()
    return [StoredResource(type_name, *row) for row in rows]
