"""Selects stored resources by conditions of the domain's own."""

from typing import Any

import sqlalchemy as sa

from scim_server.db import Transaction
from scim_server.store.resources import StoredResource
from scim_server.store.tables import indexed_values, resources

_r, _i = resources.c, indexed_values.c
COLUMNS = (_r.id, _r.version, _r.created, _r.last_modified, _r.document)


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
    statement = (
        sa.select(*COLUMNS)
        .select_from(indexed_values)
        .join(resources, (_r.tenant == _i.tenant) & (_r.resource_type == _i.resource_type) & (_r.id == _i.resource_id))
        .where(_i.tenant == tenant, _i.resource_type == type_name, _i.attribute == attribute, _i.value == value)
        .order_by(_r.id)
    )
    return _resources(transaction, type_name, statement)


def _resources(transaction: Transaction, type_name: str, statement: sa.Select[Any]) -> list[StoredResource]:
    rows: Any = transaction.execute(statement).all()
    return [StoredResource(type_name, *row) for row in rows]
