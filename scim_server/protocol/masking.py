"""What the journal keeps of a refused request: enough to see what was wrong with it, and nobody's personal data."""

import re
from typing import Any

import orjson

_KEPT = frozenset({"schemas", "op", "path", "type", "active", "primary", "method", "bulkid", "operations", "location"})
"""Attributes that say what a request is, not who it is about."""

_DROPPED = frozenset({"password", "x509certificates", "photos"})
_LONGEST = 4096
_DEEPEST = 12
_WORD = re.compile(r"[^\s@.\-_'\"()\[\]]+")


def masked_body(body: bytes) -> str | None:
    """Return the body of a request with its values made unreadable but recognisable, or None when it has none.

    A text keeps the first letter of each word: ``asha@school.example`` becomes ``a•••@s•••.e•••``.
    """
    if not body.strip():
        return None
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        return f"{len(body)} bytes that are no JSON"
    text = orjson.dumps(_masked(content, "", 0)).decode()
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def masked_text(text: str) -> str:
    """Return a text of which only the first letter of each word can be read."""
    return _WORD.sub(lambda word: f"{word[0][0]}•••", text)


def _masked(value: Any, name: str, depth: int) -> Any:
    if depth > _DEEPEST:
        return "…"
    if isinstance(value, dict):
        return {
            key: _masked(
                each, key.rpartition(":")[2].lower() if key.lower().startswith("urn:") else key.lower(), depth + 1
            )
            for key, each in value.items()
            if key.lower() not in _DROPPED
        }
    if isinstance(value, list):
        return [_masked(each, name, depth + 1) for each in value[:50]]
    if isinstance(value, str):
        return _path(value) if name == "path" else value if name in _KEPT else masked_text(value)
    return value if isinstance(value, bool) or value is None else "•••"


def _path(path: str) -> str:
    """Return a path whose filter hides what it looks for."""
    return re.sub(r'"[^"]*"', lambda found: f'"{masked_text(found[0][1:-1])}"', path)
