"""Tests of ``schemas``, which the store derives: a resource has its own schema, and those of the extensions it uses."""

from typing import Any

import sqlalchemy as sa
from scim2_models.path import AttributeBinding, CompareOperator, FilterNode
from scim2_models.path.visitor import _compare, _ScalarEvaluator

from scim_server.store.dialects import JsonPresence
from scim_server.store.paths import is_extension
from scim_server.store.sources import Source

Condition = sa.ColumnElement[bool]


class SchemasFilter:
    """Tests of the schemas of the resources of a source, or of one of their extensions."""

    def __init__(self, source: Source, binding: AttributeBinding) -> None:
        """Test the attribute ``schemas`` of a source."""
        self._source = source
        self._binding = binding

    def present(self) -> Condition:
        """Return whether there are schemas: always, but in an extension that a resource does not use."""
        return self._any(self._urns())

    def compares(self, op: CompareOperator, expected: Any) -> Condition:
        """Return whether any schema compares to a value; with ``ne``, whether every one differs from it."""
        if expected is None:
            return (
                sa.not_(self.present())
                if op == CompareOperator.eq
                else self.present()
                if op == CompareOperator.ne
                else sa.false()
            )
        if op == CompareOperator.ne:
            return sa.not_(self.compares(CompareOperator.eq, expected))
        return self._any([urn for urn in self._urns() if _compare(urn, expected, op, self._binding)])

    def selects(self, node: FilterNode) -> Condition:
        """Return whether any schema fulfils the filter of a value path."""
        return self._any([urn for urn in self._urns() if _ScalarEvaluator(urn, self._binding).visit(node)])

    def _urns(self) -> list[str]:
        holder: Any = self._binding.model
        if is_extension(holder):
            return [str(holder.__schema__)]
        return [str(self._source.model.__schema__), *self._source.model.get_extension_models()]

    def _any(self, urns: list[str]) -> Condition:
        own = str(self._source.model.__schema__)
        return sa.or_(
            sa.false(),
            *[sa.true() if urn == own else JsonPresence(self._source.search, (urn.lower(),)) for urn in urns],
        )
