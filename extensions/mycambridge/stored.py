"""Selects stored resources by conditions of the domain's own."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from scim_server.db import Transaction
from scim_server.prepared import Prepared
from scim_server.store.dialects import array_of, texts
from scim_server.store.planning import keyed
from scim_server.store.resources import ResourceStore, StoredResource
from scim_server.store.tables import Text, indexed_values, resources

_r, _i = resources.c, indexed_values.c
COLUMNS = (_r.id, _r.version, _r.created, _r.last_modified, _r.document)


def _with_any() -> sa.Select[Any]:
    """Return the query for the resources that have some values in an indexed attribute, each after its value."""
    tenant, kind, attribute = (sa.bindparam(name, type_=Text) for name in ("tenant", "type", "attribute"))
    wanted = texts("values")
    indexed = sa.and_(
        keyed(_i.tenant, tenant, _i.value, wanted.c.value), _i.resource_type == kind, _i.attribute == attribute
    )
    resource = keyed(_r.tenant, tenant, _r.id, _i.resource_id) & (_r.resource_type == kind)
    return (
        sa.select(_i.value, *COLUMNS)
        .select_from(wanted)
        .join(indexed_values, indexed)
        .join(resources, resource)
        .order_by(_r.id)
    )


def _names() -> sa.Select[Any]:
    """Return the query for what people are called."""
    wanted, tenant = texts("ids"), sa.bindparam("tenant", type_=Text)
    person = keyed(_r.tenant, tenant, _r.id, wanted.c.value) & (_r.resource_type == "User")
    return sa.select(_r.id, _r.display, _r.unique_key).select_from(wanted).join(resources, person)


_WITH_ANY, _NAMES = Prepared(_with_any()), Prepared(_names())


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
    return stored_with_any(transaction, tenant, type_name, attribute, [value]).get(value, [])


def stored_with_any(
    transaction: Transaction, tenant: str, type_name: str, attribute: str, values: Sequence[str]
) -> dict[str, list[StoredResource]]:
    """Return the same for each of several values that any resource has."""
    wanted = {"tenant": tenant, "type": type_name, "attribute": attribute, "values": array_of(values)}
    of_values: dict[str, list[StoredResource]] = {}
    for value, *row in _WITH_ANY.all(transaction, wanted):
        of_values.setdefault(value, []).append(StoredResource(type_name, *row))
    return of_values


def user_names(store: ResourceStore, user_ids: Sequence[str]) -> dict[str, str]:
    """Return what people are called, by their ids."""
    wanted = {"tenant": store.tenant, "ids": array_of(user_ids)}
    return {user_id: display or unique for user_id, display, unique in _NAMES.all(store.transaction, wanted)}


def _resources(transaction: Transaction, type_name: str, statement: sa.Select[Any]) -> list[StoredResource]:
    rows: Any = transaction.execute(statement).all()
    return [StoredResource(type_name, *row) for row in rows]
