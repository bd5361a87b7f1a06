"""Index look-ups that lead a filter: what it asks of values that have an index, before anything else is checked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
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
_MEMBERS = ("members", "value")
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


@dataclass(frozen=True, slots=True)
class LookUp:
    """What an index finds: the rows of a source that have one value."""

    source: Source
    keys: Keys
    value: str

    def ids(self, tenant: str) -> Ids:
        """Return a selection of the ids of these rows."""
        source = self.source
        if source.has_members and self.keys == _MEMBERS:
            m = memberships.c
            return sa.select(m.group_id).where(m.tenant == tenant, m.member_id == self.value)
        if self.keys in source.indexed:
            return _indexed(source, tenant, self.keys, self.value)
        t = source.table.alias().c
        of_type = [] if source.type_condition is None else [t.resource_type == source.resource_type]
        column = t[str(source.columns[self.keys].key)]
        return sa.select(t.id).where(t.tenant == tenant, *of_type, column == self.value)


def alternatives(source: Source, node: FilterNode) -> list[LookUp] | None:
    """Return look-ups that together find every match of a filter, or None when indexes do not find them all.

    Neither engine finds several indexes behind an ``or``, if one of them is of another table.
    """
    if isinstance(node, LogicalExpr):
        each = [alternatives(source, term) for term in node.terms]
        found = [look_ups for look_ups in each if look_ups is not None]
        if node.op == LogicalOperator.and_:
            return min(found, key=len, default=None)
        return list(chain.from_iterable(found)) if len(found) == len(each) else None
    if isinstance(node, Comparison | ValuePath) and resolve(source.model, node.attr_path) is None:
        return []
    for _, keys, value in _needed(source, node):
        if keys in source.indexed or source.has_index(keys) or (source.has_members and keys == _MEMBERS):
            return [LookUp(source, keys, value)]
    return None


def led(condition: Condition, tenant: str, look_ups: Sequence[LookUp]) -> Condition:
    """Return a condition that is checked only for what several look-ups found; the planner finds one by itself."""
    if len(look_ups) < 2:
        return condition
    ids = sa.union_all(*[each.ids(tenant) for each in look_ups])
    return sa.and_(look_ups[0].source.table.c.id.in_(ids), condition)


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
