"""Index look-ups that lead a filter: what it asks of values that have an index, before anything else is checked."""

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from scim2_models.path import (
    AttributeBinding,
    CompareOperator,
    Comparison,
    FilterNode,
    LogicalExpr,
    LogicalOperator,
    ValuePath,
)

from scim_server.store.paths import Keys, is_model, keys_of, resolve
from scim_server.store.relations import is_relation
from scim_server.store.sources import Source
from scim_server.store.tables import indexed_values, memberships
from scim_server.store.values import Condition, comparison_form

Ids = sa.Select[tuple[str]]
#: Columns that have an index, but also many rows for each of their values.
_BROAD = frozenset({("outcome",)})
_NARROW = frozenset({CompareOperator.eq, CompareOperator.co, CompareOperator.sw, CompareOperator.ew})


def having(source: Source, tenant: str, keys: Keys, value: str) -> Condition:
    """Return whether an attribute whose values have rows in ``indexed_values`` has a value."""
    return source.table.c.id.in_(_indexed(source, tenant, keys, value))


def _indexed(source: Source, tenant: str, keys: Keys, value: str) -> Ids:
    i = indexed_values.c
    return sa.select(i.resource_id).where(
        i.tenant == tenant,
        i.resource_type == source.resource_type,
        i.attribute == ".".join(keys),
        i.value == value,
    )


def value_path_leads(source: Source, tenant: str, binding: AttributeBinding, node: FilterNode) -> list[Condition]:
    """Return the look-ups that every match of a value path passes, so that the planner begins with them."""
    found = _equalities(binding, node)
    return [having(source, tenant, keys, value) for keys, value in found if keys in source.indexed]


def alternatives(source: Source, tenant: str, node: FilterNode) -> list[Ids] | None:
    """Return look-ups that together find every match of a filter, or None when an index does not find them all.

    Neither engine finds several indexes behind an ``or``, if one of them is of another table.
    """
    if isinstance(node, LogicalExpr):
        each = [alternatives(source, tenant, term) for term in node.terms]
        found = [ids for ids in each if ids is not None]
        if node.op == LogicalOperator.and_:
            return min(found, key=len, default=None)
        return [one for ids in found for one in ids] if len(found) == len(each) else None
    if isinstance(node, Comparison | ValuePath) and resolve(source.model, node.attr_path) is None:
        return []
    for binding, keys, value in _needed(source, node):
        if (ids := _ids(source, tenant, binding, keys, value)) is not None:
            return [ids]
    return None


def _ids(source: Source, tenant: str, binding: AttributeBinding, keys: Keys, value: str) -> Ids | None:
    if source.has_members and binding.field_name == "members" and keys[-1] == "value":
        m = memberships.c
        return sa.select(m.group_id).where(m.tenant == tenant, m.member_id == value)
    if keys in source.indexed:
        return _indexed(source, tenant, keys, value)
    if not source.has_index(keys):
        return None
    t = source.table.alias().c
    of_type = [] if source.type_condition is None else [t.resource_type == source.resource_type]
    return sa.select(t.id).where(t.tenant == tenant, *of_type, t[str(source.columns[keys].key)] == value)


def is_narrow(source: Source, node: FilterNode) -> bool:
    """Tell whether a filter matches few rows as a rule: sorting them is cheaper than walking all rows in order."""
    if isinstance(node, LogicalExpr):
        narrow = [is_narrow(source, term) for term in node.terms]
        return any(narrow) if node.op == LogicalOperator.and_ else all(narrow)
    if isinstance(node, Comparison) and node.op in _NARROW and isinstance(node.value, str):
        binding = resolve(source.model, node.attr_path, for_comparison=True)
        if binding is not None and is_narrow_column(source, keys_of(binding)):
            return True
    return any(
        keys in source.indexed or is_relation(source, binding) or is_narrow_column(source, keys)
        for binding, keys, _ in _needed(source, node)
    )


def is_narrow_column(source: Source, keys: Keys) -> bool:
    """Tell whether a single value has a column that an index finds few rows by."""
    return keys not in _BROAD and source.has_index(keys)


def _needed(source: Source, node: FilterNode) -> Iterator[tuple[AttributeBinding, Keys, str]]:
    """Yield what every match of a comparison or a value path equals, with where it is kept."""
    if isinstance(node, Comparison) and node.op == CompareOperator.eq and isinstance(node.value, str):
        binding = resolve(source.model, node.attr_path, for_comparison=True)
        if binding is not None and binding.target_type is str:
            yield binding, keys_of(binding), comparison_form(binding, node.value)
    if isinstance(node, ValuePath) and (binding := resolve(source.model, node.attr_path)) is not None:
        for keys, value in _equalities(binding, node.val_filter):
            yield binding, keys, value


def _equalities(binding: AttributeBinding, node: FilterNode) -> Iterator[tuple[Keys, str]]:
    """Yield what every match of the filter of a value path equals, with where it is kept."""
    if isinstance(node, LogicalExpr) and node.op == LogicalOperator.and_:
        for term in node.terms:
            yield from _equalities(binding, term)
    if not (isinstance(node, Comparison) and node.op == CompareOperator.eq and isinstance(node.value, str)):
        return
    kind: Any = binding.field_type
    if is_model(kind):
        inner = resolve(kind, node.attr_path, for_comparison=True)
        if inner is not None:
            yield (*keys_of(binding), *keys_of(inner)), comparison_form(inner, node.value)
    elif node.attr_path.attr.lower() == "value":
        yield keys_of(binding), comparison_form(binding, node.value)


def led(condition: Condition, ids: Sequence[Ids] | None, source: Source) -> Condition:
    """Return a condition that is checked only for what look-ups found. The planner finds a single one by itself."""
    if ids is None or len(ids) < 2:
        return condition
    return sa.and_(source.table.c.id.in_(sa.union_all(*ids)), condition)
