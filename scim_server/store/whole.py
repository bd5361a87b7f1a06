"""Resources with all that an answer says of them, in one statement: a way to the database costs more than its rows."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from scim_server.db import Transaction
from scim_server.prepared import Prepared
from scim_server.store.member_statements import groups_of_one
from scim_server.store.members import sorted_groups
from scim_server.store.planning import unindexed
from scim_server.store.resources import ResourceStore, StoredResource
from scim_server.store.tables import Text, resources
from scim_server.store.types import StoredType

Column = sa.ColumnElement[Any]
MayDerive = Callable[[Column, Column], sa.ColumnElement[bool]]
"""Returns a condition of a tenant and an id: whether something in the database may give the resource attributes."""

_r = resources.c


class Whole:
    """Reads resources of a type which groups hold."""

    def __init__(self, type_name: str, conditions: Sequence[MayDerive | None]) -> None:
        """Read resources of a type, given what tells whether extensions may derive attributes of one."""
        self._type_name = type_name
        self._conditions = conditions
        self._by_id = self._statement(_r.id)
        self._by: dict[str, Prepared] = {}

    def by_id(self, transaction: Transaction, tenant: str, resource_id: str) -> StoredResource | None:
        """Return the resource of a tenant with an id, and its groups."""
        found = self._found(self._by_id, transaction, tenant, resource_id, 1)
        return found[0] if found else None

    def by(self, column: Column, transaction: Transaction, tenant: str, value: str, most: int) -> list[StoredResource]:
        """Return the first resources of a tenant that have a value in a column; one that is alone with its groups."""
        name = str(column.key)
        if name not in self._by:
            self._by[name] = self._statement(column)
        return self._found(self._by[name], transaction, tenant, value, most)

    def _found(
        self, statement: Prepared, transaction: Transaction, tenant: str, value: str, most: int
    ) -> list[StoredResource]:
        rows = statement.all(transaction, {"tenant": tenant, "value": value, "most": most})
        found = [row for row in rows if row[4] is not None]
        if len(found) != 1:
            return [StoredResource(self._type_name, *row[:5]) for row in sorted(found)]
        groups = sorted_groups((row[0], row[3], row[5]) for row in rows if row[4] is None)
        resource_id, version, created, last_modified, document, may_derive = found[0]
        return [
            StoredResource(
                self._type_name, resource_id, version, created, last_modified, document, bool(may_derive), groups
            )
        ]

    def _statement(self, column: Column) -> Prepared:
        """Return the statement whose rows are resources and the groups of the first, in any order.

        A resource is (id, version, created, last modified, document, whether a condition is met by the first); a group
        is (id, None, None, name, None, whether the first is a direct member).
        """
        tenant, value = sa.bindparam("tenant", type_=Text), sa.bindparam("value", type_=Text)
        found = (
            sa.select(_r.id, _r.version, _r.created, _r.last_modified, _r.document)
            .where(_r.tenant == tenant, _r.resource_type == self._type_name, column == value)
            .order_by(unindexed(_r.id))
            .limit(sa.bindparam("most"))
            .cte("found")
        )
        first = value if column is _r.id else sa.select(sa.func.min(found.c.id)).scalar_subquery()
        met = [sa.true() if condition is None else condition(tenant, first) for condition in self._conditions]
        held = groups_of_one(tenant, first).subquery("held").c
        text, number = sa.cast(sa.null(), sa.Text()), sa.cast(sa.null(), sa.Integer())
        itself = sa.select(*found.c, sa.case((sa.or_(sa.false(), *met), 1), else_=0))
        direct = sa.case((held.direct, 1), else_=0)
        return Prepared(sa.union_all(itself, sa.select(held.group_id, number, text, held.display, text, direct)))


def whole(stored_type: StoredType, conditions: Sequence[MayDerive | None]) -> Whole | None:
    """Return what reads resources of a type with their groups, or None if groups hold none."""
    return Whole(stored_type.name, conditions) if stored_type.is_member else None


def get_whole(store: ResourceStore, type_name: str, resource_id: str) -> StoredResource:
    """Return a resource, with its groups where groups hold resources of its type.

    :raises NotFoundException: When the tenant has none of this type and id.
    """
    reads = store.types[type_name].whole
    found = None if reads is None else reads.by_id(store.transaction, store.tenant, resource_id)
    return store.get(type_name, resource_id) if found is None else found


def with_groups(store: ResourceStore, resource: StoredResource) -> StoredResource:
    """Return a resource with its groups, where groups hold resources of its type."""
    reads = store.types[resource.type_name].whole
    if resource.groups is not None or reads is None:
        return resource
    found = reads.by_id(store.transaction, store.tenant, resource.id)
    # Only where it belongs is as it is now: the document is that of the version that is presented.
    groups, may_derive = ((), False) if found is None else (found.groups, found.may_derive)
    return replace(resource, groups=groups, may_derive=may_derive)
