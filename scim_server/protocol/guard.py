"""Bounds on what a request may ask, checked before the protocol library sees it.

The library reads any filter, header or body it is given, and some take it seconds. Everything here is linear.
"""

import re
from collections.abc import Mapping
from typing import Any

from scim2_models import (
    InvalidFilterException,
    InvalidPathException,
    InvalidSyntaxException,
    InvalidValueException,
    PayloadTooLargeException,
    TooManyException,
)

from scim_server.protocol.json_body import read_json
from scim_server.protocol.usernames import check_document
from scim_server.settings import Settings

__all__ = [
    "check_document",
    "check_filter",
    "check_patch",
    "check_selections",
    "entity_tags",
    "query_parameters",
    "read_json",
    "search_parameters",
]

MAX_ENTITY_TAGS = 1000
MAX_ATTRIBUTES = 100
MAX_NUMBER = 2**31 - 1
MOST_COMPARISONS = 4000
"""How many entries of attributes the operations of one PATCH may look at, when several select some."""
_LITERAL = re.compile(r'"(?:[^"\\]|\\.)*"')
_WORDS = re.compile(r"\b(?:and|or|not)\b", re.IGNORECASE)
_PASSWORD = re.compile(r"(?:^|[\s(\[:])password(?:$|[\s)\].])", re.IGNORECASE)
_NUMBER = re.compile(r"\s*([+-]?)(\d+)\s*")
_PARAMETERS = {
    name.lower(): name
    for name in (
        "schemas", "attributes", "excludedAttributes", "filter", "sortBy", "sortOrder", "startIndex", "count", "cursor",
    )
}  # fmt: skip


def check_selections(patch_op: Any, document: Mapping[str, Any], members: int) -> None:
    """Refuse a PATCH whose operations would look at too many entries: the library compares each with each.

    :param members: How many members the group has that it changes, where it selects among them.
    :raises PayloadTooLargeException: When they do.
    """
    held = {name.lower(): len(value) for name, value in document.items() if isinstance(value, list)}
    held["members"] = members
    looked = []
    for operation in patch_op.operations or []:
        name, selects, _ = str(operation.path or "").partition("[")
        name = name.rpartition(":")[2].partition(".")[0].lower()
        if isinstance(operation.value, list):
            held[name] = held.get(name, 0) + len(operation.value)
        if selects:
            looked.append(held.get(name, 0))
    if len(looked) > 1 and sum(looked) > MOST_COMPARISONS:
        raise PayloadTooLargeException(
            detail=f"These operations select among {sum(looked)} values; {MOST_COMPARISONS} are possible in one PATCH. "
            "Send fewer operations at once."
        )


def check_filter(text: str, settings: Settings) -> None:
    """Refuse a filter that is too long, too deep or too broad, or that could guess a password.

    :raises InvalidFilterException: With what to do instead.
    """
    if _PASSWORD.search(_check_size(text, settings)):
        raise InvalidFilterException(detail="password cannot be used in a filter.")


def _check_size(text: str, settings: Settings) -> str:
    """Return a filter without its literals, once it is known to be of bearable size."""
    if len(text) > settings.filter_max_length:
        raise InvalidFilterException(detail=f"The filter may have {settings.filter_max_length} characters at most.")
    bare = _LITERAL.sub('""', text)
    if len(_WORDS.findall(bare)) >= settings.filter_max_terms:
        raise InvalidFilterException(detail=f"The filter may hold {settings.filter_max_terms} comparisons at most.")
    if _depth(bare) > settings.filter_max_depth:
        raise InvalidFilterException(detail=f"The filter may nest {settings.filter_max_depth} levels at most.")
    return bare


def _depth(text: str) -> int:
    depth = deepest = 0
    for character in text:
        if character in "([":
            depth += 1
            deepest = max(deepest, depth)
        elif character in ")]":
            depth -= 1
    return deepest


def check_patch(payload: Any, settings: Settings) -> None:
    """Refuse a PATCH with too many operations, or with a path that selects too broadly.

    :raises TooManyException: When it holds more operations than allowed.
    :raises InvalidPathException: When a path is too long or too deep.
    """
    if not isinstance(payload, dict):
        raise InvalidSyntaxException(detail="A PATCH needs an object with schemas and Operations.")
    operations = next((value for name, value in payload.items() if name.lower() == "operations"), None)
    if not isinstance(operations, list):
        raise InvalidSyntaxException(detail="A PATCH needs Operations, a list of objects with op, path and value.")
    if len(operations) > settings.patch_max_operations:
        raise TooManyException(
            detail=f"One PATCH may hold {settings.patch_max_operations} operations; this one holds {len(operations)}."
        )
    for operation in operations:
        path = (
            next((value for name, value in operation.items() if name.lower() == "path"), None)
            if isinstance(operation, dict)
            else None
        )
        if isinstance(path, str):
            _check_path(path, settings)


def _check_path(path: str, settings: Settings) -> None:
    try:
        _check_size(path, settings)
    except InvalidFilterException as error:
        raise InvalidPathException(detail=str(error.detail).replace("The filter", "A path")) from None


def entity_tags(header: str | None) -> str | None:
    """Return an ``If-Match`` or ``If-None-Match`` header without runs of white space.

    :raises InvalidValueException: When it is longer than any list of tags this server gave.
    """
    if header is None:
        return None
    if len(header) > MAX_ENTITY_TAGS:
        raise InvalidValueException(detail=f"If-Match and If-None-Match may have {MAX_ENTITY_TAGS} characters at most.")
    return " ".join(header.split())


def query_parameters(parameters: Mapping[str, str], settings: Settings) -> dict[str, str]:
    """Return the query parameters of a request, with numbers that a database can count to.

    :raises TooManyException: When it names more attributes than any schema has.
    """
    if any("\0" in value for value in parameters.values()):
        raise InvalidValueException(detail="The query holds the character U+0000; remove it.")
    return {name: str(_bounded(name, value, settings)) for name, value in parameters.items()}


def search_parameters(payload: Any, settings: Settings) -> dict[str, Any]:
    """Return the parameters of a search that came as a body (RFC 7644 §3.4.3), under their canonical names.

    :raises InvalidSyntaxException: When the body is no object, or names an unknown parameter.
    """
    if not isinstance(payload, dict):
        raise InvalidSyntaxException(detail="A search needs an object with schemas, filter, startIndex and count.")
    unknown = [name for name in payload if name.lower() not in _PARAMETERS]
    if unknown:
        raise InvalidSyntaxException(detail=f"A search has no parameter {unknown[0][:100]!r}.")
    return {
        _PARAMETERS[name.lower()]: _bounded(_PARAMETERS[name.lower()], value, settings)
        for name, value in payload.items()
        if value is not None
    }


def _bounded(name: str, value: Any, settings: Settings) -> Any:
    if name in ("startIndex", "count"):
        return _number(value)
    if name in ("attributes", "excludedAttributes"):
        names = value.split(",") if isinstance(value, str) else value
        if isinstance(names, list) and (len(names) > MAX_ATTRIBUTES or any(len(str(each)) > 500 for each in names)):
            raise TooManyException(detail=f"{name} may name {MAX_ATTRIBUTES} attributes at most.")
    if name == "cursor" and isinstance(value, str) and len(value) > settings.filter_max_length:
        raise InvalidValueException(detail="This cursor was not given by this server.")
    return value


def _number(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return max(-MAX_NUMBER, min(value, MAX_NUMBER))
    if isinstance(value, str) and (found := _NUMBER.fullmatch(value)):
        digits = found[2].lstrip("0")[:11] or "0"
        return max(-MAX_NUMBER, min(int(found[1] + digits), MAX_NUMBER))
    return value
