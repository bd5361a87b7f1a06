"""Index look-ups that lead a filter: what it asks of values that have an index, before anything else is checked."""

from collections.abc import Iterator
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
from scim_server.store.tables import indexed_values
from scim_server.store.values import Condition, comparison_form

#: Columns that many rows share a value of.
_BROAD = frozenset({"active", "outcome"})


def looked_up(source: Source, tenant: str, keys: Keys, value: str) -> Condition:
    """Return whether an attribute whose values have rows in ``indexed_values`` has a value."""
    i = indexed_values.c
    return source.table.c.id.in_(
        sa.select(i.resource_id).where(
            i.tenant == tenant,
            i.resource_type == source.resource_type,
            i.attribute == ".".join(keys),
            i.value == value,
        )
    )


def leads(source: Source, tenant: str, binding: AttributeBinding, node: FilterNode) -> list[Condition]:
    """Return the look-ups that every match of a value path passes, so that the planner begins with them."""
    return [
        looked_up(source, tenant, keys, value)
        for keys, value in _equalities(binding, node)
        if keys in source.indexed
    ]


def _equalities(binding: AttributeBinding, node: FilterNode) -> Iterator[tuple[Keys, str]]:
    """Yield what every match of a value path equals, with where it is kept."""
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


def is_selective(source: Source, node: FilterNode) -> bool:
    """Tell whether a filter matches few rows, all of which an index finds."""
    if isinstance(node, LogicalExpr):
        selective = [is_selective(source, term) for term in node.terms]
        return any(selective) if node.op == LogicalOperator.and_ else all(selective)
    if isinstance(node, Comparison) and node.op == CompareOperator.eq and isinstance(node.value, str):
        binding = resolve(source.model, node.attr_path, for_comparison=True)
        return binding is None or _has_index(source, binding, keys_of(binding))
    if isinstance(node, ValuePath):
        binding = resolve(source.model, node.attr_path)
        return binding is None or any(
            _has_index(source, binding, keys) for keys, _ in _equalities(binding, node.val_filter)
        )
    return False


def _has_index(source: Source, binding: AttributeBinding, keys: Keys) -> bool:
    if is_relation(source, binding):
        return keys[-1] == "value"
    return keys in source.indexed or (keys in source.columns and source.columns[keys].key not in _BROAD)
