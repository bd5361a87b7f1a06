"""A filter becomes one SQL condition, which holds for exactly the resources that ``ScimFilter.match`` keeps."""

from typing import Any

import sqlalchemy as sa
from scim2_models import BaseModel, Extension, InvalidFilterException, Resource, ScimFilter
from scim2_models.path import (
    AttributeBinding,
    AttrPath,
    CompareOperator,
    Comparison,
    FilterNode,
    FilterVisitor,
    LogicalExpr,
    LogicalOperator,
    Not,
    Present,
    ValuePath,
    coerce_value,
)

# The library offers this for whole resources only, not for the entries inside a value path.
from scim2_models.path.resolution import _resolve_filter_path

from scim_server.store.dialects import JsonPresence
from scim_server.store.relations import Entries, group_entries, json_entries, member_entries
from scim_server.store.schemas_filter import SchemasFilter
from scim_server.store.sources import Source
from scim_server.store.tables import indexed_values
from scim_server.store.values import Condition, compares, is_complex, is_present, read_json


def compile_filter(scim_filter: ScimFilter[Any] | None, source: Source, tenant: str) -> Condition | None:
    """Return the condition of a filter on the rows of a source, or None without a filter.

    :raises InvalidFilterException: When it names an attribute that cannot be searched.
    """
    return None if scim_filter is None else _ResourceFilter(source, tenant).visit(scim_filter.ast)


class _Connectives(FilterVisitor[Condition]):
    """The connectives, which mean the same for resources and for entries."""

    def visit_not(self, node: Not) -> Condition:
        # NULL stands for false inside, and must not become NULL, which would be false again, outside.
        return sa.not_(sa.func.coalesce(self.visit(node.expr), sa.false()))

    def visit_logical_expr(self, node: LogicalExpr) -> Condition:
        join = sa.and_ if node.op == LogicalOperator.and_ else sa.or_
        return join(*[self.visit(term) for term in node.terms])


class _ResourceFilter(_Connectives):
    """Tests of resources."""

    def __init__(self, source: Source, tenant: str) -> None:
        self._source = source
        self._tenant = tenant

    def _resolve(self, attr_path: AttrPath, *, for_comparison: bool = False) -> AttributeBinding | None:
        return _resolve_filter_path(self._source.model, attr_path, strict=False, for_comparison=for_comparison)

    def visit_comparison(self, node: Comparison) -> Condition:
        binding = self._resolve(node.attr_path, for_comparison=True)
        if binding is None:
            return sa.false()
        expected = coerce_value(binding, node.value, node.op)
        if binding.field_name == "schemas":
            return SchemasFilter(self._source, binding).compares(node.op, expected)
        if binding.is_multivalued:
            return self._compares_any(binding, node.op, expected)
        if is_complex(binding):
            return self._compares_complex(binding, node.op, expected)
        return compares(self._single(binding), binding, node.op, expected)

    def _compares_complex(self, binding: AttributeBinding, op: CompareOperator, expected: Any) -> Condition:
        """Compare an attribute that has no single value: it equals nothing."""
        there = JsonPresence(self._source.search, path_of(self._source.model, binding))
        if expected is None:
            return sa.not_(there) if op == CompareOperator.eq else there if op == CompareOperator.ne else sa.false()
        return sa.true() if op == CompareOperator.ne else sa.false()

    def _compares_any(self, binding: AttributeBinding, op: CompareOperator, expected: Any) -> Condition:
        path = path_of(self._source.model, binding)
        if op == CompareOperator.eq and isinstance(expected, str) and path in self._source.indexed:
            return self._is_indexed(path, binding.comparable(expected))
        node = Comparison(AttrPath("value"), CompareOperator.eq, expected) if path[-1:] == ("value",) else None
        entries = self._entries(binding, node)
        actual = _EntryFilter(entries, binding).value(binding)
        if expected is None:
            return self._compares_null(binding, entries, actual, op)
        if op == CompareOperator.ne:
            return sa.not_(entries.exists(compares(actual, binding, CompareOperator.eq, expected)))
        return entries.exists(compares(actual, binding, op, expected))

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
        if _is_relation(self._source, binding):
            return self._entries(binding, None).exists(sa.true())
        return JsonPresence(self._source.search, path_of(self._source.model, binding)[: -1 if binding.sub_field_name else None])

    def visit_present(self, node: Present) -> Condition:
        binding = self._resolve(node.attr_path)
        if binding is None:
            return sa.false()
        if binding.field_name == "schemas":
            return sa.true()
        if binding.is_multivalued:
            entries = self._entries(binding, None)
            return entries.exists(_EntryFilter(entries, binding).present(binding))
        if is_complex(binding):
            return sa.or_(*[self._present(sub) for sub in sub_bindings(binding)])
        return self._present(binding)

    def _present(self, binding: AttributeBinding) -> Condition:
        return is_present(self._single(binding), binding)

    def visit_value_path(self, node: ValuePath) -> Condition:
        binding = self._resolve(node.attr_path)
        if binding is None or not binding.is_multivalued:
            return sa.false()
        if binding.field_name == "schemas":
            return SchemasFilter(self._source, binding).selects(node.val_filter)
        entries = self._entries(binding, node.val_filter)
        exact = entries.exists(_EntryFilter(entries, binding).visit(node.val_filter))
        return sa.and_(*self._leads(binding, node.val_filter), exact)

    def _leads(self, binding: AttributeBinding, node: FilterNode) -> list[Condition]:
        """Return index look-ups that every match must pass, so that the planner begins with the most selective."""
        if isinstance(node, LogicalExpr) and node.op == LogicalOperator.and_:
            return [lead for term in node.terms for lead in self._leads(binding, term)]
        if not isinstance(node, Comparison) or node.op != CompareOperator.eq or not isinstance(node.value, str):
            return []
        item: Any = binding.field_type
        inner = _resolve_filter_path(item, node.attr_path, strict=False, for_comparison=True)
        if inner is None:
            return []
        path = (*path_of(self._source.model, binding), inner.model._scim_name(inner.field_name).lower())
        return [self._is_indexed(path, inner.comparable(node.value))] if path in self._source.indexed else []

    def _is_indexed(self, path: tuple[str, ...], value: str) -> Condition:
        i = indexed_values.c
        return self._source.table.c.id.in_(
            sa.select(i.resource_id).where(
                i.tenant == self._tenant,
                i.resource_type == self._source.resource_type,
                i.attribute == ".".join(path),
                i.value == value,
            )
        )

    def _entries(self, binding: AttributeBinding, wanted: FilterNode | None) -> Entries:
        if self._source.has_members and binding.field_name == "members":
            return member_entries(self._source, self._tenant)
        if self._source.has_groups and binding.field_name == "groups":
            return group_entries(self._source, self._tenant, wanted)
        path = path_of(self._source.model, binding)
        return json_entries(self._source, path[:-1] if binding.sub_field_name else path)

    def _single(self, binding: AttributeBinding) -> sa.ColumnElement[Any]:
        """Return the value of an attribute that has one."""
        path = path_of(self._source.model, binding)
        if path in self._source.columns:
            return self._source.columns[path]
        if path[0] == "meta":
            return self._meta(path)
        return read_json(binding, self._source.search, path)

    def _meta(self, path: tuple[str, ...]) -> sa.ColumnElement[Any]:
        if path[1:] == ("resourcetype",):
            return sa.literal(self._source.resource_type)
        if path[1:] == ("version",) and "version" in self._source.table.c:
            return sa.literal('W/"') + sa.cast(self._source.table.c.version, sa.Text) + sa.literal('"')
        raise InvalidFilterException(detail="'meta.location' cannot be searched; use 'id' instead.")


class _EntryFilter(_Connectives):
    """Tests of the entries of one multi-valued attribute."""

    def __init__(self, entries: Entries, binding: AttributeBinding) -> None:
        self._entries = entries
        self._model: Any = binding.field_type

    def value(self, binding: AttributeBinding) -> sa.ColumnElement[Any]:
        """Return what an entry holds of the attribute that a path designates."""
        if not self._is_model:
            return self._scalar(binding)
        name = self._model._scim_name(binding.sub_field_name) if binding.sub_field_name else "value"
        return self._sub(binding, name.lower())

    @property
    def _is_model(self) -> bool:
        return isinstance(self._model, type) and issubclass(self._model, BaseModel)

    def _scalar(self, binding: AttributeBinding) -> sa.ColumnElement[Any]:
        assert self._entries.element is not None
        return read_json(binding, self._entries.element, ())

    def _sub(self, binding: AttributeBinding, name: str) -> sa.ColumnElement[Any]:
        if self._entries.element is None:
            return self._entries.column(name)
        return read_json(binding, self._entries.element, (name,))

    def present(self, binding: AttributeBinding) -> Condition:
        """Return whether an entry, or its sub-attribute that a path designates, holds anything."""
        if not self._is_model or binding.sub_field_name:
            return is_present(self.value(binding), binding)
        if self._entries.element is None:
            return sa.true()
        return sa.or_(
            *[
                is_present(self._sub(sub, sub.model._scim_name(sub.field_name).lower()), sub)
                for sub in entry_bindings(self._model)
            ]
        )

    def visit_comparison(self, node: Comparison) -> Condition:
        if not self._is_model:
            return sa.false()
        binding = _resolve_filter_path(self._model, node.attr_path, strict=False, for_comparison=True)
        if binding is None or binding.sub_field_name is not None:
            return sa.false()
        expected = coerce_value(binding, node.value, node.op)
        return compares(self._sub(binding, self._name(binding)), binding, node.op, expected)

    def visit_present(self, node: Present) -> Condition:
        binding = _resolve_filter_path(self._model, node.attr_path, strict=False) if self._is_model else None
        return sa.false() if binding is None else is_present(self._sub(binding, self._name(binding)), binding)

    @staticmethod
    def _name(binding: AttributeBinding) -> str:
        return str(binding.model._scim_name(binding.field_name)).lower()

    def visit_value_path(self, node: ValuePath) -> Condition:
        return sa.false()


def path_of(model: type[Resource[Any]], binding: AttributeBinding) -> tuple[str, ...]:
    """Return where the search form of a resource keeps the attribute that a path designates."""
    holder = binding.model
    names = [str(holder.__schema__)] if issubclass(holder, Extension) else []  # type: ignore[attr-defined]
    names.append(holder._scim_name(binding.field_name))
    if binding.sub_field_name is not None:
        field_type: Any = binding.field_type
        names.append(field_type._scim_name(binding.sub_field_name))
    return tuple(name.lower() for name in names)


def sub_bindings(binding: AttributeBinding) -> list[AttributeBinding]:
    """Return the bindings of the sub-attributes of a complex attribute that has one value."""
    field_type: Any = binding.field_type
    holder: Any = binding.model
    names = [
        AttrPath(holder._scim_name(binding.field_name), field_type._scim_name(sub)) for sub in field_type.model_fields
    ]
    found = [_resolve_filter_path(binding.model, name, strict=False) for name in names]
    return [each for each in found if each is not None]


def entry_bindings(model: type[BaseModel]) -> list[AttributeBinding]:
    """Return the bindings of the sub-attributes of an entry."""
    names = [AttrPath(model._scim_name(field)) for field in model.model_fields]
    found = [_resolve_filter_path(model, name, strict=False) for name in names]
    return [each for each in found if each is not None]


def _is_relation(source: Source, binding: AttributeBinding) -> bool:
    return (source.has_members and binding.field_name == "members") or (
        source.has_groups and binding.field_name == "groups"
    )
