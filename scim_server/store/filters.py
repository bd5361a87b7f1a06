"""A filter becomes one SQL condition, which holds for exactly the resources that ``ScimFilter.match`` keeps."""

from collections.abc import Sequence
from itertools import chain
from typing import Any

import sqlalchemy as sa
from scim2_models import InvalidFilterException, ScimFilter
from scim2_models.path import (
    AttributeBinding,
    AttrPath,
    CompareOperator,
    Comparison,
    FilterNode,
    Present,
    ValuePath,
    coerce_value,
)
from scim2_server.utils import parametrize

from scim_server.store.dialects import JsonPresence
from scim_server.store.entry_filters import Connectives, entry_filter
from scim_server.store.leads import alternatives, having, led, value_path_leads
from scim_server.store.paths import Keys, is_complex, keys_of, resolve, sub_paths
from scim_server.store.relations import Entries, is_relation, json_entries, related_entries
from scim_server.store.schemas_filter import SchemasFilter
from scim_server.store.sources import Source
from scim_server.store.values import Condition, compares, comparison_form, is_present, read_json


def compile_filter(scim_filter: ScimFilter[Any], sources: Sequence[Source], tenant: str) -> Condition:
    """Return the condition of a filter, which means something else for each resource type.

    :raises InvalidFilterException: When it names an attribute that cannot be searched.
    """
    if len(sources) == 1:
        condition = _ResourceFilter(sources[0], tenant).visit(scim_filter.ast)
    else:
        condition = sa.or_(*[_of_type(scim_filter, source, tenant) for source in sources])
    each = [alternatives(source, scim_filter.ast) for source in sources]
    found = [look_ups for look_ups in each if look_ups is not None]
    return led(condition, tenant, list(chain.from_iterable(found))) if len(found) == len(each) else condition


def _of_type(scim_filter: ScimFilter[Any], source: Source, tenant: str) -> Condition:
    bound = parametrize(ScimFilter, source.model)(str(scim_filter))
    of_type = [] if source.type_condition is None else [source.type_condition]
    return sa.and_(*of_type, _ResourceFilter(source, tenant).visit(bound.ast))


class _ResourceFilter(Connectives):
    """Tests of resources."""

    def __init__(self, source: Source, tenant: str) -> None:
        self._source = source
        self._tenant = tenant

    def _resolved(self, path: AttrPath, *, for_comparison: bool = False) -> AttributeBinding | None:
        """Return the attribute that a path designates, or None when there is none.

        :raises InvalidFilterException: When it has no form that can be searched.
        """
        binding = resolve(self._source.model, path, for_comparison=for_comparison)
        if binding is not None and self._source.unsearchable:
            keys = keys_of(binding)
            if keys[:1] in self._source.unsearchable or keys[:2] in self._source.unsearchable:
                raise InvalidFilterException(detail=f"{path} cannot be searched: it is there to be read.")
        return binding

    def visit_comparison(self, node: Comparison) -> Condition:
        binding = self._resolved(node.attr_path, for_comparison=True)
        if binding is None:
            return sa.false()
        expected = coerce_value(binding, node.value, node.op)
        if binding.field_name == "schemas":
            return SchemasFilter(self._source, binding).compares(node.op, expected)
        if is_complex(binding):
            return self._compares_complex(binding, node.op, expected)
        if _has_several(binding):
            return self._compares_any(binding, node.op, expected)
        return compares(self._single(binding), binding, node.op, expected)

    def _compares_complex(self, binding: AttributeBinding, op: CompareOperator, expected: Any) -> Condition:
        """Compare an attribute that has sub-attributes but no value of its own: it equals nothing."""
        keys = keys_of(binding)
        there = sa.true() if keys == ("meta",) else JsonPresence(self._source.search, keys)
        if expected is None:
            return sa.not_(there) if op == CompareOperator.eq else there if op == CompareOperator.ne else sa.false()
        return sa.true() if op == CompareOperator.ne else sa.false()

    def _compares_any(self, binding: AttributeBinding, op: CompareOperator, expected: Any) -> Condition:
        """Compare every value of an attribute; ``ne`` means that none is equal."""
        keys = keys_of(binding)
        if op == CompareOperator.eq and isinstance(expected, str) and keys in self._source.indexed:
            return having(self._source, self._tenant, keys, comparison_form(binding, expected))
        equality = CompareOperator.eq if op == CompareOperator.ne else op
        entries = self._entries(binding, Comparison(AttrPath(keys[-1]), equality, expected))
        actual = entry_filter(entries, binding).value(binding)
        if expected is None:
            return self._compares_null(binding, entries, actual, op)
        found = entries.exists(compares(actual, binding, equality, expected))
        return sa.not_(found) if op == CompareOperator.ne else found

    def _compares_null(
        self, binding: AttributeBinding, entries: Entries, actual: sa.ColumnElement[Any], op: CompareOperator
    ) -> Condition:
        there = self._has_entries(binding)
        if op == CompareOperator.eq:
            return sa.not_(there) | entries.exists(actual.is_(None))
        if op == CompareOperator.ne:
            return there & sa.not_(entries.exists(actual.is_(None)))
        return sa.false()

    def _has_entries(self, binding: AttributeBinding) -> Condition:
        if is_relation(self._source, binding):
            return self._entries(binding, None).any
        return JsonPresence(self._source.search, _entries_at(binding))

    def visit_present(self, node: Present) -> Condition:
        binding = self._resolved(node.attr_path)
        if binding is None:
            return sa.false()
        if binding.field_name == "schemas":
            return SchemasFilter(self._source, binding).present()
        if _has_several(binding):
            entries = self._entries(binding, None)
            if is_relation(self._source, binding) and binding.sub_field_name is None:
                return entries.any
            return entries.exists(entry_filter(entries, binding).present(binding))
        if keys_of(binding) in (("meta",), ("meta", "location")):
            return sa.true()
        if is_complex(binding):
            return sa.or_(*[self.visit_present(Present(path)) for path in sub_paths(binding)])
        return is_present(self._single(binding), binding)

    def visit_value_path(self, node: ValuePath) -> Condition:
        binding = self._resolved(node.attr_path)
        if binding is None or not binding.is_multivalued:
            return sa.false()
        if binding.field_name == "schemas":
            return SchemasFilter(self._source, binding).selects(node.val_filter)
        entries = self._entries(binding, node.val_filter)
        exact = entries.exists(entry_filter(entries, binding).visit(node.val_filter))
        return sa.and_(*value_path_leads(self._source, self._tenant, binding, node.val_filter), exact)

    def _entries(self, binding: AttributeBinding, wanted: FilterNode | None) -> Entries:
        if is_relation(self._source, binding):
            return related_entries(self._source, self._tenant, binding, wanted)
        return json_entries(self._source, _entries_at(binding))

    def _single(self, binding: AttributeBinding) -> sa.ColumnElement[Any]:
        """Return the value of an attribute that has one."""
        if is_relation(self._source, binding):
            return self._entries(binding, None).column("value")
        keys = keys_of(binding)
        value = self._source.value(keys)
        if value is None and keys[0] == "meta":
            raise InvalidFilterException(detail=f"'meta.{keys[-1]}' cannot be searched; use 'id' instead.")
        return read_json(binding, self._source.search, keys) if value is None else value


def _has_several(binding: AttributeBinding) -> bool:
    return binding.is_multivalued or bool(binding.target_is_multivalued)


def _entries_at(binding: AttributeBinding) -> Keys:
    """Return where the list of an attribute is: the attribute, or its sub-attribute when only that is a list."""
    keys = keys_of(binding)
    return keys[:-1] if binding.is_multivalued and binding.sub_field_name is not None else keys
