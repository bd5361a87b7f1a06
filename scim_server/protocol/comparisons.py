"""What a filter means that compares an attribute with parts, as in ``manager eq "2819c223"``."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from scim2_models import InvalidFilterException, Resource, ScimFilter
from scim2_models.path import AttrPath, CompareOperator, Comparison, FilterNode, LogicalExpr, Not

from scim_server.store.paths import Keys, is_complex, keys_of, resolve, sub_paths

Model = type[Resource[Any]]


def comparable(model: Model, scim_filter: ScimFilter[Any], unsearchable: Collection[Keys]) -> ScimFilter[Any]:
    """Return a filter whose comparisons of attributes with parts are of their ``value`` (RFC 7643 §2.4).

    Providers ask so whether a reference is as they know it (Microsoft's "Develop and plan provisioning for a SCIM
    endpoint" has ``id eq … and manager eq …``). What has no such part could never match, and is refused.

    :param unsearchable: The attributes of which the search itself says that they are only read.
    :raises InvalidFilterException: With a part that can be compared, or a value that cannot.
    """
    node = _comparable(model, scim_filter.ast, unsearchable)
    if node is scim_filter.ast:
        return scim_filter
    bound: Any = type(scim_filter)
    try:
        compared: ScimFilter[Any] = bound(node)
    except InvalidFilterException as error:
        raise InvalidFilterException(detail=f"filter: {error}") from None
    return compared


def _comparable(model: Model, node: FilterNode, unsearchable: Collection[Keys]) -> FilterNode:
    if isinstance(node, LogicalExpr):
        terms = tuple(_comparable(model, term, unsearchable) for term in node.terms)
        return (
            node if all(new is old for new, old in zip(terms, node.terms, strict=True)) else replace(node, terms=terms)
        )
    if isinstance(node, Not):
        inner = _comparable(model, node.expr, unsearchable)
        return node if inner is node.expr else Not(inner)
    if not isinstance(node, Comparison) or node.value is None:
        return node
    binding = resolve(model, node.attr_path, for_comparison=True)
    if binding is None or not is_complex(binding) or keys_of(binding) in unsearchable:
        return node
    parts = [str(path.sub_attr) for path in sub_paths(binding)]
    if "value" in parts:
        return replace(node, attr_path=_part(node.attr_path, "value"))
    if node.op == CompareOperator.ne:
        return node
    raise InvalidFilterException(
        detail=f"{node.attr_path} has no value of its own: compare one of its parts, such as "
        f"{_part(node.attr_path, parts[0])}."
    )


def _part(path: AttrPath, name: str) -> AttrPath:
    return replace(path, sub_attr=name)
