"""One resource with all that an answer says of it, in one statement: a way to the database costs more than its rows."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from scim_server.prepared import Prepared
from scim_server.store.member_statements import groups_of_one
from scim_server.store.members import sorted_groups
from scim_server.store.resources import ResourceStore, StoredResource
from scim_server.store.tables import Text, resources
from scim_server.store.types import StoredType

Column = sa.ColumnElement[Any]
MayDerive = Callable[[Column, Column], sa.ColumnElement[bool]]
"""Returns a condition of a tenant and an id: whether something in the database may give the resource attributes."""

_r = resources.c


def whole(stored_type: StoredType, conditions: Sequence[MayDerive | None]) -> Prepared | None:
    """Return the statement that reads a resource by its ``tenant`` and as a ``member``, or None if it never is one.

    Its rows are the resource, as (id, version, created, last modified, document, whether a condition is met), and its
    groups, as (id, None, None, name, None, whether it is a direct member), in any order.
    """
    if not stored_type.is_member:
        return None
    tenant, member = sa.bindparam("tenant", type_=Text), sa.bindparam("member", type_=Text)
    met = [sa.true() if condition is None else condition(tenant, member) for condition in conditions]
    itself = sa.select(
        _r.id, _r.version, _r.created, _r.last_modified, _r.document, sa.case((sa.or_(sa.false(), *met), 1), else_=0)
    ).where(_r.tenant == tenant, _r.resource_type == stored_type.name, _r.id == member)
    held = groups_of_one().subquery("held").c
    text, number = sa.cast(sa.null(), sa.Text()), sa.cast(sa.null(), sa.Integer())
    direct = sa.case((held.direct, 1), else_=0)
    return Prepared(sa.union_all(itself, sa.select(held.group_id, number, text, held.display, text, direct)))


def get_whole(store: ResourceStore, type_name: str, resource_id: str) -> StoredResource:
    """Return a resource, with its groups where groups hold resources of its type.

    :raises NotFoundException: When the tenant has none of this type and id.
    """
    found = _find(store, type_name, resource_id)
    return store.get(type_name, resource_id) if found is None else found


def with_groups(store: ResourceStore, resource: StoredResource) -> StoredResource:
    """Return a resource with its groups, where groups hold resources of its type."""
    if resource.groups is not None or store.types[resource.type_name].whole is None:
        return resource
    found = _find(store, resource.type_name, resource.id)
    # Only where it belongs is as it is now: the document is that of the version that is presented.
    groups, is_alone = ((), True) if found is None else (found.groups, found.is_alone)
    return replace(resource, groups=groups, is_alone=is_alone)


def _find(store: ResourceStore, type_name: str, resource_id: str) -> StoredResource | None:
    statement = store.types[type_name].whole
    if statement is None:
        return None
    rows = statement.all(store.transaction, {"tenant": store.tenant, "member": resource_id})
    itself = next((row for row in rows if row[4] is not None), None)
    if itself is None:
        return None
    groups = sorted_groups((row[0], row[3], row[5]) for row in rows if row[4] is None)
    _, version, created, last_modified, document, may_derive = itself
    return StoredResource(
        type_name, resource_id, version, created, last_modified, document, is_alone=not may_derive, groups=groups
    )
