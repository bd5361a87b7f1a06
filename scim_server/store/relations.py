"""Attributes that are rows elsewhere: the entries of a multi-valued attribute as something to select from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from scim2_models import InvalidFilterException
from scim2_models.path import AttributeBinding, CompareOperator, Comparison, FilterNode, LogicalExpr, LogicalOperator

from scim_server.store.dialects import JsonPresence, elements
from scim_server.store.documents import comparison_text
from scim_server.store.paths import Keys, keys_of
from scim_server.store.sources import Source
from scim_server.store.tables import is_nested, memberships, resources

Condition = sa.ColumnElement[bool]


@dataclass(frozen=True)
class Entries:
    """The entries of a multi-valued attribute of the row that is tested."""

    exists: Callable[[Condition], Condition]
    """Returns the condition that some entry fulfils a condition."""

    element: sa.ColumnElement[Any] | None
    """An entry as JSON, or None when its sub-attributes are columns."""

    columns: Mapping[str, Callable[[], sa.ColumnElement[Any]]]
    """Return the sub-attributes that are columns, by their name in lower case; most filters need one of them."""

    any: Condition
    """The condition that there is an entry."""

    def column(self, name: str) -> sa.ColumnElement[Any]:
        """Return a sub-attribute that is a column.

        :raises InvalidFilterException: When it has no form that can be searched.
        """
        if name not in self.columns:
            raise InvalidFilterException(detail=f"'{name}' of this attribute cannot be searched; use 'value' instead.")
        return self.columns[name]()


def is_relation(source: Source, binding: AttributeBinding) -> bool:
    """Tell whether the entries of an attribute are rows of other tables, such as that of memberships."""
    return (
        (source.has_members and binding.field_name == "members")
        or (source.has_groups and binding.field_name == "groups")
        or _selected(source, binding) is not None
    )


def _selected(source: Source, binding: AttributeBinding) -> Callable[..., Entries] | None:
    """Return what selects the entries of an attribute that an extension derives."""
    return source.relations.get(keys_of(binding)[:2]) if source.relations else None


def related_entries(source: Source, tenant: str, binding: AttributeBinding, wanted: FilterNode | None) -> Entries:
    """Return the members of a group, the groups of a user, or what an extension derives.

    :param wanted: What an entry must fulfil, so that the look-up can begin with the entries that a filter names.
    """
    if (selected := _selected(source, binding)) is not None:
        return selected(source.table.c.id, tenant, wanted)
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
    m, row = memberships.alias(), source.table.c

    def exists(condition: Condition) -> Condition:
        # A set of group ids, so that the planner may begin with the member.
        return row.id.in_(sa.select(m.c.group_id).where(m.c.tenant == tenant, condition))

    columns = {
        "value": lambda: m.c.member_id,
        "type": lambda: sa.func.lower(m.c.member_type),
        "display": lambda: _display(m.c.tenant, m.c.member_type, m.c.member_id),
    }
    return Entries(exists, None, columns, sa.exists().where(m.c.tenant == tenant, m.c.group_id == row.id))


def _group_entries(source: Source, tenant: str, wanted: FilterNode | None) -> Entries:
    """Return the groups of a user, direct ones and those that contain them."""
    below = _groups_below(tenant, wanted)
    m, row = memberships.alias(), source.table.c

    def exists(condition: Condition) -> Condition:
        return row.id.in_(
            sa.select(m.c.member_id)
            .join(below, (m.c.tenant == below.c.tenant) & (m.c.group_id == below.c.group_id))
            .where(m.c.member_type == "User", condition)
        )

    def kind() -> sa.ColumnElement[Any]:
        direct = memberships.alias().c
        itself = (direct.tenant == tenant) & (direct.group_id == below.c.root) & (direct.member_id == m.c.member_id)
        return sa.case((sa.exists().where(itself), "direct"), else_="indirect")

    columns = {
        "value": lambda: below.c.root,
        "type": kind,
        "display": lambda: _display(below.c.tenant, sa.literal("Group"), below.c.root),
    }
    return Entries(exists, None, columns, sa.exists().where(m.c.tenant == tenant, m.c.member_id == row.id))


def _display(
    tenant: sa.ColumnElement[str], resource_type: sa.ColumnElement[str], resource_id: sa.ColumnElement[str]
) -> sa.ColumnElement[Any]:
    """Return the name of a resource, in its comparison form."""
    r = resources.alias().c
    same = (r.tenant == tenant) & (r.resource_type == resource_type) & (r.id == resource_id)
    return sa.select(r.display_key).where(same).scalar_subquery()


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


def _groups_below(tenant: str, wanted: FilterNode | None) -> sa.CTE:
    """Return every group that a filter may mean, with itself and each group below it.

    The tenant is a column, so that the planner cannot begin with all memberships of the tenant.
    """
    group = resources.alias()
    named = [column(group) == value for column, value in _named(wanted)]
    start = (
        sa.select(group.c.tenant, group.c.id.label("root"), group.c.id.label("group_id"))
        .where(group.c.tenant == tenant, group.c.resource_type == "Group", *named)
        .cte(recursive=True)
    )
    m = memberships.alias()
    # UNION drops what was found before, so groups in a circle end.
    return start.union(
        sa.select(start.c.tenant, start.c.root, m.c.member_id).where(
            m.c.tenant == start.c.tenant, m.c.group_id == start.c.group_id, is_nested(m.c)
        )
    )
