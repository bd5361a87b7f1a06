"""Attributes that are rows elsewhere: the entries of a multi-valued attribute as something to select from."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from scim2_models import InvalidFilterException
from scim2_models.path import AttributeBinding, CompareOperator, Comparison, FilterNode, LogicalExpr, LogicalOperator

from scim_server.store.dialects import JsonPresence, elements
from scim_server.store.documents import comparison_text
from scim_server.store.paths import Keys
from scim_server.store.sources import Source
from scim_server.store.tables import Text, memberships, resources

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

    any: Condition
    """The condition that there is an entry."""

    def column(self, name: str) -> sa.ColumnElement[Any]:
        """Return a sub-attribute that is a column.

        :raises InvalidFilterException: When it is computed for each answer and cannot be searched.
        """
        if name not in self.columns:
            raise InvalidFilterException(detail=f"'{name}' of this attribute cannot be searched; use 'value' instead.")
        return self.columns[name]


def is_relation(source: Source, binding: AttributeBinding) -> bool:
    """Tell whether the entries of an attribute are rows of the table of memberships."""
    return (source.has_members and binding.field_name == "members") or (
        source.has_groups and binding.field_name == "groups"
    )


def related_entries(source: Source, tenant: str, binding: AttributeBinding, wanted: FilterNode | None) -> Entries:
    """Return the members of a group, or the groups of a user.

    :param wanted: What an entry must fulfil, so that the look-up can begin with the entries that a filter names.
    """
    if binding.field_name == "members":
        return _member_entries(source, tenant)
    return _group_entries(source, tenant, wanted)


def json_entries(source: Source, keys: Keys) -> Entries:
    """Return the entries of an attribute that is kept in the search form."""
    entry = elements(source.search, keys)

    def exists(condition: Condition) -> Condition:
        return sa.select(sa.literal(1)).select_from(entry).where(condition).exists()

    return Entries(exists, entry.c.value, {}, JsonPresence(source.search, keys))


def _member_entries(source: Source, tenant: str) -> Entries:
    """Return the direct members of a group."""
    m = memberships.alias()
    member = resources.alias()
    same = (
        (member.c.tenant == m.c.tenant) & (member.c.resource_type == m.c.member_type) & (member.c.id == m.c.member_id)
    )
    display = sa.select(member.c.display_key).where(same).scalar_subquery()
    # Sets of group ids, so that the planner may begin with the member.
    groups = sa.select(m.c.group_id).where(m.c.tenant == tenant)

    def exists(condition: Condition) -> Condition:
        return source.table.c.id.in_(groups.where(condition))

    columns = {"value": m.c.member_id, "type": sa.func.lower(m.c.member_type), "display": display}
    return Entries(exists, None, columns, source.table.c.id.in_(groups))


def _group_entries(source: Source, tenant: str, wanted: FilterNode | None) -> Entries:
    """Return the groups of a user, direct ones and those that contain them."""
    group = resources.alias()
    below = _members_below(tenant, [column(group) == value for column, value in _named(wanted)], group)
    of = resources.alias()
    same = (of.c.tenant == tenant) & (of.c.resource_type == "Group") & (of.c.id == below.c.root)
    display = sa.select(of.c.display_key).where(same).scalar_subquery()

    def exists(condition: Condition) -> Condition:
        return source.table.c.id.in_(sa.select(below.c.member_id).where(condition))

    columns = {
        "value": below.c.root,
        "type": sa.case((below.c.direct == 1, "direct"), else_="indirect"),
        "display": display,
    }
    m = memberships.c
    return Entries(exists, None, columns, source.table.c.id.in_(sa.select(m.member_id).where(m.tenant == tenant)))


def _named(node: FilterNode | None) -> list[tuple[Callable[[Any], sa.ColumnElement[Any]], str]]:
    """Return the columns of a group, and the values that a filter asks them to have in every match."""
    if isinstance(node, LogicalExpr) and node.op == LogicalOperator.and_:
        return [named for term in node.terms for named in _named(term)]
    if not (isinstance(node, Comparison) and node.op == CompareOperator.eq and isinstance(node.value, str)):
        return []
    match node.attr_path.attr.lower():
        case "value":
            return [(lambda group: group.c.id, comparison_text(node.value, case_exact=True))]
        case "display":
            return [(lambda group: group.c.display_key, comparison_text(node.value, case_exact=False))]
    return []


def _members_below(tenant: str, named: list[Condition], group: Any) -> sa.Subquery:
    """Return the users in groups and in the groups below them: the group, the user, and whether directly."""
    start = (
        sa.select(
            group.c.id.label("root"),
            group.c.id.label("member_id"),
            sa.literal("Group", Text).label("kind"),
            sa.literal(0).label("direct"),
        )
        .where(group.c.tenant == tenant, group.c.resource_type == "Group", *named)
        .cte(recursive=True)
    )
    m = memberships.alias()
    direct = sa.case((start.c.member_id == start.c.root, 1), else_=0)
    # UNION drops what was found before, so groups in a circle end.
    walk = start.union(
        sa.select(start.c.root, m.c.member_id, m.c.member_type, direct).where(
            start.c.kind == "Group", m.c.tenant == tenant, m.c.group_id == start.c.member_id
        )
    )
    return (
        sa.select(walk.c.member_id, walk.c.root, sa.func.max(walk.c.direct).label("direct"))
        .where(walk.c.kind == "User")
        .group_by(walk.c.member_id, walk.c.root)
        .subquery()
    )
