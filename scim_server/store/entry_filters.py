"""Tests of the entries of one multi-valued attribute, for value paths and for comparisons with any of its values."""

from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from scim2_models.path import (
    AttributeBinding,
    CompareOperator,
    Comparison,
    FilterVisitor,
    LogicalExpr,
    LogicalOperator,
    Not,
    Present,
    ValuePath,
    coerce_value,
)

from scim_server.store.paths import entry_bindings, entry_key, is_model, resolve
from scim_server.store.relations import Entries
from scim_server.store.values import Condition, compares, is_present, read_json


class Connectives(FilterVisitor[Condition]):
    """The connectives, which mean the same for resources and for entries."""

    def visit_not(self, node: Not) -> Condition:
        """Return the opposite of a condition."""
        # NULL stands for false inside, and must not become NULL, which would be false again, outside.
        return sa.not_(sa.func.coalesce(self.visit(node.expr), sa.false()))

    def visit_logical_expr(self, node: LogicalExpr) -> Condition:
        """Return a conjunction or a disjunction."""
        join = sa.and_ if node.op == LogicalOperator.and_ else sa.or_
        return join(*[self.visit(term) for term in node.terms])


class EntryFilter(Connectives):
    """Tests of complex entries by their sub-attributes."""

    def __init__(self, entries: Entries, binding: AttributeBinding) -> None:
        """Test the entries of the attribute that a path of the resource designates."""
        self._entries = entries
        self._kind: Any = binding.field_type

    def value(self, binding: AttributeBinding) -> sa.ColumnElement[Any]:
        """Return what an entry holds of the attribute that a path of the resource designates."""
        return self._sub(binding, entry_key(binding))

    def _sub(self, binding: AttributeBinding, key: str) -> sa.ColumnElement[Any]:
        if self._entries.element is None:
            return self._entries.column(key)
        return read_json(binding, self._entries.element, (key,))

    def _own(self, binding: AttributeBinding) -> sa.ColumnElement[Any]:
        return self._sub(binding, str(binding.model._scim_name(binding.field_name)).lower())

    def present(self, binding: AttributeBinding) -> Condition:
        """Return whether an entry, or its sub-attribute that a path of the resource designates, holds anything."""
        if binding.sub_field_name is not None:
            return is_present(self.value(binding), binding)
        return sa.or_(*[is_present(self._own(sub), sub) for sub in entry_bindings(self._kind)])

    def visit_comparison(self, node: Comparison) -> Condition:
        """Return whether a sub-attribute compares to a value; what no entry has compares to nothing."""
        binding = resolve(self._kind, node.attr_path, for_comparison=True)
        if binding is None:
            return sa.false()
        return compares(self._own(binding), binding, node.op, coerce_value(binding, node.value, node.op))

    def visit_present(self, node: Present) -> Condition:
        """Return whether a sub-attribute is there and not empty."""
        binding = resolve(self._kind, node.attr_path)
        return sa.false() if binding is None else is_present(self._own(binding), binding)

    def visit_value_path(self, node: ValuePath) -> Condition:
        """Return false: the errata of RFC 7644 forbid a value path in another."""
        return sa.false()


class PlainEntryFilter(EntryFilter):
    """Tests of plain values, which a value path calls ``value`` as in ``schemas[value eq "…"]``."""

    def __init__(self, entries: Entries, binding: AttributeBinding) -> None:
        """Test the entries of the attribute that a path of the resource designates."""
        super().__init__(entries, binding)
        self._binding = binding

    def value(self, binding: AttributeBinding) -> sa.ColumnElement[Any]:
        """Return the entry itself, which is the column ``value`` of a relation."""
        if self._entries.element is None:
            return self._entries.column("value")
        return read_json(binding, self._entries.element, ())

    def present(self, binding: AttributeBinding) -> Condition:
        """Return whether an entry is not empty."""
        return is_present(self.value(binding), binding)

    def visit_comparison(self, node: Comparison) -> Condition:
        """Return whether an entry compares to a value, which is not converted here, as in the library."""
        if not _is_itself(node):
            return sa.false()
        if node.value is not None and not _is_alike(self._binding.target_type, node.value):
            return sa.true() if node.op == CompareOperator.ne else sa.false()
        return compares(self.value(self._binding), self._binding, node.op, node.value)

    def visit_present(self, node: Present) -> Condition:
        """Return whether an entry is not empty."""
        return self.present(self._binding) if _is_itself(node) else sa.false()


def entry_filter(entries: Entries, binding: AttributeBinding) -> EntryFilter:
    """Return what tests the entries of an attribute."""
    complex_entries = binding.is_multivalued and is_model(binding.field_type)
    return EntryFilter(entries, binding) if complex_entries else PlainEntryFilter(entries, binding)


def _is_itself(node: Comparison | Present) -> bool:
    return node.attr_path.attr.lower() == "value" and not node.attr_path.sub_attr


def _is_alike(kind: Any, value: Any) -> bool:
    """Tell whether a JSON value can equal values of a type as it is."""
    if isinstance(value, bool):
        return bool(issubclass(kind, bool))
    if isinstance(value, int | float):
        return issubclass(kind, int | float | Decimal) and not issubclass(kind, bool)
    return bool(issubclass(kind, str))
