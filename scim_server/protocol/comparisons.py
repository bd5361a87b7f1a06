"""Comparisons that nothing could ever match, refused with what would match instead."""

from typing import Any

from scim2_models import InvalidFilterException, Resource, ScimFilter
from scim2_models.path import Comparison, FilterNode, LogicalExpr, Not

from scim_server.store.paths import is_complex, resolve, sub_paths


def check_comparisons(model: type[Resource[Any]], scim_filter: ScimFilter[Any]) -> None:
    """Refuse to compare an attribute of which only parts have values, as in ``name eq "Asha"`` (RFC 7644 §3.4.2.2).

    :raises InvalidFilterException: With a part that can be compared.
    """
    _check(model, scim_filter.ast)


def _check(model: type[Resource[Any]], node: FilterNode) -> None:
    if isinstance(node, LogicalExpr):
        for term in node.terms:
            _check(model, term)
    elif isinstance(node, Not):
        _check(model, node.expr)
    elif isinstance(node, Comparison) and node.value is not None:
        binding = resolve(model, node.attr_path, for_comparison=True)
        if binding is not None and is_complex(binding):
            parts = [str(path.sub_attr) for path in sub_paths(binding)]
            named = f"{node.attr_path}.{'value' if 'value' in parts else parts[0]}"
            raise InvalidFilterException(
                detail=f"{node.attr_path} has no value of its own: compare one of its parts, such as {named}."
            )
