"""Attributes that are rows elsewhere: the entries of a multi-valued attribute as something to select from."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from scim2_models import InvalidFilterException
from scim2_models.path import CompareOperator, Comparison, FilterNode, LogicalExpr, LogicalOperator

from scim_server.store.dialects import elements
from scim_server.store.sources import Source
from scim_server.store.tables import memberships, resources

Condition = sa.ColumnElement[bool]


@dataclass(frozen=True)
class Entries:
    """The entries of a multi-valued attribute of the row that is tested."""

    exists: Callable[[Condition], Condition]
    """Returns the condition that some entry fulfils a condition."""

    element: sa.ColumnElement[Any] | None
    """An entry as JSON, or None when its sub-attributes are columns."""

    columns: dict[str, sa.ColumnElement[Any]]
    """The sub-attributes that are columns, by their name in lower case."""

    def column(self, name: str) -> sa.ColumnElement[Any]:
        """Return a sub-attribute that is a column.

        :raises InvalidFilterException: When it is computed for each answer and cannot be searched.
        """
        if name not in self.columns:
            raise InvalidFilterException(detail=f"'{name}' of this attribute cannot be searched; use 'value' instead.")
        return self.columns[name]


def json_entries(source: Source, path: tuple[str, ...]) -> Entries:
    """Return the entries of an attribute that is kept in the search form."""
    entry = elements(source.search, path)
    return Entries(lambda condition: sa.select(sa.literal(1)).select_from(entry).where(condition).exists(), entry.c.value, {})


def member_entries(source: Source, tenant: str) -> Entries:
    """Return the direct members of a group."""
    m = memberships.alias()
    member = resources.alias()
    same = (member.c.tenant == m.c.tenant) & (member.c.resource_type == m.c.member_type) & (member.c.id == m.c.member_id)
    display = sa.select(member.c.display_key).where(same).scalar_subquery()

    def exists(condition: Condition) -> Condition:
        # A set of group ids, so that the planner may begin with the member.
        groups = sa.select(m.c.group_id).where(m.c.tenant == tenant, condition)
        return source.table.c.id.in_(groups)

    return Entries(exists, None, {"value": m.c.member_id, "type": sa.func.lower(m.c.member_type), "display": display})


def group_entries(source: Source, tenant: str, wanted: FilterNode | None) -> Entries:
    """Return the groups of a user, direct ones and those that contain them, starting at the one a filter names."""
    named = _named_value(wanted)
    closure = _members_below(tenant, named) if named is not None else _groups_above(tenant)
    group = resources.alias()
    same = (group.c.tenant == tenant) & (group.c.resource_type == "Group") & (group.c.id == closure.c.group_id)

    def exists(condition: Condition) -> Condition:
        return source.table.c.id.in_(sa.select(closure.c.member_id).join(group, same).where(condition))

    kind = sa.case((closure.c.direct == 1, "direct"), else_="indirect")
    return Entries(exists, None, {"value": closure.c.group_id, "type": kind, "display": group.c.display_key})


def _named_value(node: FilterNode | None) -> str | None:
    """Return the id that every matching entry must have, when a filter is that selective."""
    if isinstance(node, LogicalExpr) and node.op == LogicalOperator.and_:
        return next((named for named in map(_named_value, node.terms) if named is not None), None)
    if (
        isinstance(node, Comparison)
        and node.op == CompareOperator.eq
        and isinstance(node.value, str)
        and node.attr_path.attr.lower() == "value"
    ):
        return node.value
    return None


def _groups_above(tenant: str) -> sa.Subquery:
    m = memberships.alias()
    start = (
        sa.select(m.c.member_id, m.c.group_id, sa.literal(1).label("direct"))
        .where(m.c.tenant == tenant, m.c.member_type == "User")
        .cte("above", recursive=True)
    )
    up = memberships.alias()
    walk = start.union(
        sa.select(start.c.member_id, up.c.group_id, sa.literal(0)).where(
            up.c.tenant == tenant, up.c.member_id == start.c.group_id
        )
    )
    return (
        sa.select(walk.c.member_id, walk.c.group_id, sa.func.max(walk.c.direct).label("direct"))
        .group_by(walk.c.member_id, walk.c.group_id)
        .subquery()
    )


def _members_below(tenant: str, group_id: str) -> sa.Subquery:
    start = sa.select(sa.literal(group_id, sa.Text).label("group_id"), sa.literal(1).label("direct")).cte("below", recursive=True)
    down = memberships.alias()
    walk = start.union(
        sa.select(down.c.member_id, sa.literal(0)).where(
            down.c.tenant == tenant, down.c.group_id == start.c.group_id, down.c.member_type == "Group"
        )
    )
    m = memberships.alias()
    return (
        sa.select(
            m.c.member_id, sa.literal(group_id, sa.Text).label("group_id"), sa.func.max(walk.c.direct).label("direct")
        )
        .join(walk, m.c.group_id == walk.c.group_id)
        .where(m.c.tenant == tenant, m.c.member_type == "User")
        .group_by(m.c.member_id)
        .subquery()
    )
