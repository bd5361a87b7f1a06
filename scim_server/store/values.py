"""Comparisons of single SQL values, agreeing with ``scim2-models`` in what null, empty and unlike values mean."""

import base64
import operator
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from scim2_models import BaseModel
from scim2_models.path import AttributeBinding, CompareOperator

from scim_server.store.dialects import JsonBoolean, JsonNumber, JsonText
from scim_server.store.documents import utc_text

Condition = sa.ColumnElement[bool]
_ORDERINGS: Mapping[CompareOperator, Callable[[Any, Any], Any]] = {
    CompareOperator.eq: operator.eq,
    CompareOperator.gt: operator.gt,
    CompareOperator.ge: operator.ge,
    CompareOperator.lt: operator.lt,
    CompareOperator.le: operator.le,
}
_PATTERNS = frozenset({CompareOperator.co, CompareOperator.sw, CompareOperator.ew})


def is_complex(binding: AttributeBinding) -> bool:
    """Tell whether the attribute compared has sub-attributes."""
    target = binding.target_type
    return isinstance(target, type) and issubclass(target, BaseModel)


def read_json(binding: AttributeBinding, column: sa.ColumnElement[Any], path: tuple[str, ...]) -> sa.ColumnElement[Any]:
    """Return the value of an attribute at a path of a search form."""
    target = binding.target_type
    if isinstance(target, type) and issubclass(target, bool):
        return JsonBoolean(column, path)
    if isinstance(target, type) and issubclass(target, int | float | Decimal):
        return JsonNumber(column, path)
    return JsonText(column, path)


def comparison_form(binding: AttributeBinding, value: Any) -> Any:
    """Return a value of a filter in the form in which the store keeps values of its attribute."""
    if isinstance(value, datetime):
        return utc_text(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return binding.comparable(value)


def compares(actual: sa.ColumnElement[Any], binding: AttributeBinding, op: CompareOperator, expected: Any) -> Condition:
    """Return whether one value compares to an expected one; NULL may stand for false."""
    if expected is None:
        if op == CompareOperator.eq:
            return actual.is_(None)
        return actual.is_not(None) if op == CompareOperator.ne else sa.false()
    if op == CompareOperator.ne:
        return actual.is_(None) | (actual != comparison_form(binding, expected))
    if op in _PATTERNS:
        return _matches(actual, binding, op, expected)
    return _ORDERINGS[op](actual, comparison_form(binding, expected))  # type: ignore[no-any-return]


def _matches(actual: sa.ColumnElement[Any], binding: AttributeBinding, op: CompareOperator, expected: Any) -> Condition:
    target = binding.target_type
    textual = isinstance(target, type) and issubclass(target, str)
    if not isinstance(expected, str) or not textual:
        return sa.false()
    fragment = binding.comparable(expected)
    if op == CompareOperator.co:
        return actual.contains(fragment, autoescape=True)
    if op == CompareOperator.sw:
        return actual.startswith(fragment, autoescape=True)
    return actual.endswith(fragment, autoescape=True)


def is_present(actual: sa.ColumnElement[Any], binding: AttributeBinding) -> Condition:
    """Return whether a single value is there and not empty (RFC 7644 §3.4.2.2, ``pr``)."""
    target = binding.target_type
    if isinstance(target, type) and issubclass(target, bool | int | float | Decimal):
        return actual.is_not(None)
    return actual.is_not(None) & (actual != "")
