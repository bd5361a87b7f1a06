"""Comparisons of single SQL values, agreeing with ``scim2-models`` in what null, empty and unlike values mean."""

import base64
import operator
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from math import inf
from typing import Any

import sqlalchemy as sa
from scim2_models import InvalidFilterException
from scim2_models.path import AttributeBinding, CompareOperator

from scim_server.store.dialects import JsonBoolean, JsonNumber, JsonText
from scim_server.store.documents import utc_text
from scim_server.store.paths import Keys

Condition = sa.ColumnElement[bool]
_ORDERINGS: Mapping[CompareOperator, Callable[[Any, Any], Any]] = {
    CompareOperator.eq: operator.eq,
    CompareOperator.gt: operator.gt,
    CompareOperator.ge: operator.ge,
    CompareOperator.lt: operator.lt,
    CompareOperator.le: operator.le,
}
_PATTERNS = frozenset({CompareOperator.co, CompareOperator.sw, CompareOperator.ew})
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_MAX_WHOLE = 2**63 - 1
_LAST_CHARACTER = 0x10FFFF


def read_json(binding: AttributeBinding, column: sa.ColumnElement[Any], keys: Keys) -> sa.ColumnElement[Any]:
    """Return the value of an attribute at a place of a search form."""
    target = binding.target_type
    if isinstance(target, type) and issubclass(target, bool):
        return JsonBoolean(column, keys)
    return JsonNumber(column, keys) if _is_number(binding) else JsonText(column, keys)


def _is_number(binding: AttributeBinding) -> bool:
    target = binding.target_type
    return isinstance(target, type) and issubclass(target, int | float | Decimal) and not issubclass(target, bool)


def comparison_form(binding: AttributeBinding, value: Any) -> Any:
    """Return a value of a filter in the form in which the store keeps values of its attribute.

    A date without an offset is taken as UTC, as everywhere else; the library would find nothing with it.

    :raises InvalidFilterException: When it holds a character that no stored value can hold.
    """
    if isinstance(value, datetime):
        return utc_text(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, str):
        return _text(binding.comparable(value))
    return _number(value) if _is_number(binding) else value


def _text(value: str) -> str:
    if (not value.isascii() or "\0" in value) and _UNSTORABLE.search(value):
        raise InvalidFilterException(
            detail="The filter holds a character (NUL or half a surrogate pair) that no value has."
        )
    return value


def _number(value: Any) -> Any:
    """Return a number that both engines take: beyond 64 bits they know approximate ones only."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int) and abs(value) > _MAX_WHOLE:
        try:
            return float(value)
        except OverflowError:
            return inf if value > 0 else -inf
    return value


def compares(actual: sa.ColumnElement[Any], binding: AttributeBinding, op: CompareOperator, expected: Any) -> Condition:
    """Return whether one value compares to an expected one; NULL may stand for false."""
    if expected is None:
        if op == CompareOperator.eq:
            return actual.is_(None)
        return actual.is_not(None) if op == CompareOperator.ne else sa.false()
    if op == CompareOperator.ne:
        return actual.is_(None) | (actual != comparison_form(binding, expected))  # type: ignore[no-any-return]
    if op in _PATTERNS:
        return _matches(actual, binding, op, expected)
    return _ORDERINGS[op](actual, comparison_form(binding, expected))  # type: ignore[no-any-return]


def _matches(actual: sa.ColumnElement[Any], binding: AttributeBinding, op: CompareOperator, expected: Any) -> Condition:
    target = binding.target_type
    textual = isinstance(target, type) and issubclass(target, str)
    if not isinstance(expected, str) or not textual:
        return sa.false()
    fragment = comparison_form(binding, expected)
    if op == CompareOperator.co:
        return actual.contains(fragment, autoescape=True)
    if op == CompareOperator.sw:
        return sa.and_(*_between(actual, fragment), actual.startswith(fragment, autoescape=True))
    return actual.endswith(fragment, autoescape=True)


def _between(actual: sa.ColumnElement[Any], prefix: str) -> list[Condition]:
    """Return the range of an index that values with a prefix are in, which neither engine sees in a LIKE parameter."""
    if not isinstance(actual, sa.Column) or not prefix:
        return []
    last = ord(prefix[-1]) + 1
    after = 0xE000 if 0xD800 <= last <= 0xDFFF else last  # surrogates are no characters
    upper = [actual < prefix[:-1] + chr(after)] if after <= _LAST_CHARACTER else []
    return [actual >= prefix, *upper]


def is_present(actual: sa.ColumnElement[Any], binding: AttributeBinding) -> Condition:
    """Return whether a single value is there and not empty (RFC 7644 §3.4.2.2, ``pr``)."""
    target = binding.target_type
    if _is_number(binding) or (isinstance(target, type) and issubclass(target, bool)):
        return actual.is_not(None)
    return actual.is_not(None) & (actual != "")
