"""Read JSON that a client sent, within bounds, and without guessing what an ambiguous body means."""

import json
import re
import sys
from typing import Any

import orjson
from scim2_models import InvalidSyntaxException, InvalidValueException, PayloadTooLargeException, TooManyException

from scim_server.settings import Settings

_KEY = re.compile(rb'"[ \t\r\n]*:')
_LONG = frozenset({"photos", "x509certificates"})
"""Attributes whose values may be eight times as long: certificates, and photos as data."""

# Made once: a union in the place of one of these would be made for every value of a body.
_NESTED = (dict, list)
_BOUNDLESS = (bool, int, float, type(None))

_MANY = frozenset({"members", "value", "operations"})
"""Arrays that hold members or operations, which have bounds of their own."""


def read_json(body: bytes, settings: Settings) -> Any:
    """Return the value of a JSON body.

    :raises InvalidSyntaxException: When it is no JSON, nests too deeply, or says one thing twice.
    :raises PayloadTooLargeException: When it is longer than allowed.
    :raises InvalidValueException: When a text is too long.
    :raises TooManyException: When an attribute has too many values.
    """
    if len(body) > settings.max_body_size:
        raise PayloadTooLargeException(detail=f"The request body may have {settings.max_body_size} bytes at most.")
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidSyntaxException(detail=f"The request body is not valid JSON in UTF-8: {error}.") from None
    walk = _Walk(settings, measured=len(body) > settings.max_string_length)
    walk.visit(value, 0, "", long=False)
    if rb"\u0000" in body and _holds_nul(value):
        raise InvalidValueException(detail="A text holds the character U+0000, which cannot be stored; remove it.")
    if len(_KEY.findall(body)) != walk.keys:
        # Colons after quotes inside a text look like keys; only a full parse tells them from a key given twice.
        json.loads(body, object_pairs_hook=_unambiguous)
    return value


def _holds_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any(_holds_nul(each) for pair in value.items() for each in pair)
    return isinstance(value, list) and any(_holds_nul(item) for item in value)


class _Walk:
    """One pass over a parsed body that checks every bound."""

    def __init__(self, settings: Settings, *, measured: bool) -> None:
        self.keys = 0
        self._settings = settings
        self._longest = settings.max_string_length if measured else sys.maxsize
        """How long a text may be that needs no closer look."""

    def visit(self, value: Any, depth: int, name: str, *, long: bool) -> None:
        if isinstance(value, dict):
            self._visit_object(value, depth, long=long)
        elif isinstance(value, list):
            self._check_depth(depth)
            self._check_count(value, name)
            for item in value:
                if not isinstance(item, _BOUNDLESS):
                    self.visit(item, depth + 1, name, long=long)
        elif isinstance(value, str) and len(value) > self._longest:
            self._check_length(value, name, long=long)

    def _visit_object(self, value: dict[str, Any], depth: int, *, long: bool) -> None:
        self._check_depth(depth)
        self.keys += len(value)
        if len(value) > self._settings.max_values:
            raise TooManyException(
                detail=f"An object may hold {self._settings.max_values} attributes; one here has {len(value)}."
            )
        if len(set(map(str.lower, value))) != len(value):
            _unambiguous(list(value.items()))
        for name, item in value.items():
            if isinstance(item, _NESTED) or (isinstance(item, str) and len(item) > self._longest):
                lower = name.lower()
                self.visit(item, depth + 1, lower, long=long or lower in _LONG)

    def _check_depth(self, depth: int) -> None:
        if depth > self._settings.max_json_depth:
            raise InvalidSyntaxException(
                detail=f"The request body nests deeper than {self._settings.max_json_depth} levels."
            )

    def _check_count(self, value: list[Any], name: str) -> None:
        limit = self._settings.max_members if name in _MANY else self._settings.max_values
        if name in _MANY and len(value) > limit:
            raise PayloadTooLargeException(detail=f"'{name}' may hold {limit} entries in one request; send several.")
        if len(value) > limit:
            raise TooManyException(detail=f"'{name}' may hold {limit} values; this request has {len(value)}.")

    def _check_length(self, value: str, name: str, *, long: bool) -> None:
        limit = self._settings.max_string_length * (8 if long else 1)
        if len(value) > limit:
            raise InvalidValueException(detail=f"A text in '{name}' is longer than {limit} characters.")


def folded(name: str) -> str:
    """Return an attribute name in the form in which names are the same (RFC 7643 §2.1)."""
    return name.lower()


def _unambiguous(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    seen = set()
    for name, _ in pairs:
        if folded(name) in seen:
            raise InvalidSyntaxException(
                detail=f"The request says {name[:100]!r} twice in one object; attribute names do not depend on case."
            )
        seen.add(folded(name))
    return dict(pairs)
