"""Sends what was recorded of a provider, and compares the answers with what it needs."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from tests.support.server import Answer, Client


def send(client: Client, step: Mapping[str, Any], kept: Mapping[str, Any]) -> Answer:
    """Send the request of a step, with what earlier answers held."""
    path = quote(filled(step["path"], kept), safe="/?&=+%")
    body = filled(step["body"], kept) if "body" in step else None
    return client.send(step["method"], path, body, step.get("headers"))


def filled(value: Any, kept: Mapping[str, Any]) -> Any:
    """Return a recorded value with every ``{name}`` replaced by what was kept under it."""
    if isinstance(value, str):
        whole = re.fullmatch(r"\{(\w+)\}", value)
        if whole and whole[1] in kept:
            return kept[whole[1]]
        return re.sub(r"\{(\w+)\}", lambda found: str(kept.get(found[1], found[0])), value)
    if isinstance(value, list):
        return [filled(entry, kept) for entry in value]
    if isinstance(value, dict):
        return {filled(name, kept): filled(item, kept) for name, item in value.items()}
    return value


def part(value: Any, path: str) -> Any:
    """Return the part of an answer at a path such as ``Resources.0.id``; ``.`` is the whole of it."""
    for name in path.split(".") if path != "." else ():
        value = value[int(name)] if isinstance(value, list) else value[name]
    return value


def differences(expected: Any, found: Any, where: str = "answer") -> list[str]:
    """Return where an answer is not what was expected."""
    if isinstance(expected, dict) and isinstance(found, dict):
        return [
            difference
            for name, item in expected.items()
            for difference in differences(item, found.get(name), f"{where}.{name}")
        ]
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        missing = [item for item in expected if all(differences(item, entry) for entry in found)]
        return [f"{where}: nothing like {item!r} in {found!r}" for item in missing]
    if expected == found and isinstance(expected, bool) == isinstance(found, bool):
        return []
    return [f"{where}: {expected!r} expected, but {found!r} found"]
