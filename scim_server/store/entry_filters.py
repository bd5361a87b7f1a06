"""Tests of the entries of one multi-valued attribute, for value paths and for comparisons with any of its values."""

from typing import Any

import sqlalchemy as sa
from scim2_models.path import (
    AttributeBinding,
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
    """Tests of single entries: complex ones, or plain values."""

    def __init__(self, entries: Entries, kind: Any) -> None:
        """Test entries of a type."""
        self._entries = entries
        self._kind = kind

    def value(self, binding: AttributeBinding) -> sa.ColumnElement[Any]:
        """Return what an entry holds of the attribute that a path of the resource designates."""
        if is_model(self._kind):
            return self._sub(binding, entry_key(binding))
        assert self._entries.element is not None
        return read_json(binding, self._entries.element, ())

    def _sub(self, binding: AttributeBinding, key: str) -> sa.ColumnElement[Any]:
        if self._entries.element is None:
            return self._entries.column(key)
        return read_json(binding, self._entries.element, (key,))

    def _own(self, binding: AttributeBinding) -> sa.ColumnElement[Any]:
        return self._sub(binding, str(binding.model._scim_name(binding.field_name)).lower())

    def present(self, binding: AttributeBinding) -> Condition:
        """Return whether an entry, or its sub-attribute that a path of the resource designates, holds anything."""
        if not is_model(self._kind) or binding.sub_field_name is not None:
            return is_present(self.value(binding), binding)
        if self._entries.element is None:
            return sa.true()
        return sa.or_(*[is_present(self._own(sub), sub) for sub in entry_bindings(self._kind)])

    def visit_comparison(self, node: Comparison) -> Condition:
        """Return whether a sub-attribute compares to a value; what no entry has compares to nothing."""
        binding = resolve(self._kind, node.attr_path, for_comparison=True) if is_model(self._kind) else None
        if binding is None:
            return sa.false()
        return compares(self._own(binding), binding, node.op, coerce_value(binding, node.value, node.op))

    def visit_present(self, node: Present) -> Condition:
        """Return whether a sub-attribute is there and not empty."""
        binding = resolve(self._kind, node.attr_path) if is_model(self._kind) else None
        return sa.false() if binding is None else is_present(self._own(binding), binding)

    def visit_value_path(self, node: ValuePath) -> Condition:
        """Return false: the errata of RFC 7644 forbid a value path in another."""
        return sa.false()


class PlainEntryFilter(EntryFilter):
    """Tests of plain values, which a filter calls ``value`` as in ``schemas[value eq "…"]``."""
