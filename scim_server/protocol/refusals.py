"""Whom or what a refused request was about, as the journal shows it."""

from dataclasses import dataclass
from typing import Any

import orjson

from scim_server.store.resources import ResourceStore
from scim_server.store.types import StoredType, StoredTypes

_LONGEST_ID = 100
_LONGEST_NAME = 200
_LONGEST_BODY = 2**16
"""A body with more bytes, which holds more than one resource, is not read again for a name."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a refusal was about."""

    resource_type: str | None = None
    resource_id: str | None = None
    display: str | None = None
    """Its name, or the one that was sent for it."""


def subject(
    store: ResourceStore, stored_type: StoredType | None, resource_id: str | None, payload: Any, scim_type: str | None
) -> Subject:
    """Return what a request was about.

    A creation that was refused because its unique value is taken is about the resource that has it: it is that one
    that the directory should have found, and the journal shall say which.
    """
    if stored_type is None:
        return Subject()
    if resource_id is not None and (len(resource_id) > _LONGEST_ID or not resource_id.isprintable()):
        return Subject(stored_type.name)
    if resource_id is not None:
        found = store.find(stored_type.name, resource_id)
        known = None if found is None else _name(stored_type, found.attributes)
        return Subject(stored_type.name, resource_id, known)
    sent = payload if isinstance(payload, dict) else {}
    if scim_type == "uniqueness" and stored_type.unique is not None:
        holder = store.holder(stored_type.name, _sent_value(sent, stored_type.unique))
        if holder is not None:
            return Subject(stored_type.name, holder.id, _name(stored_type, holder.attributes))
    return Subject(stored_type.name, None, _name(stored_type, sent))


def type_at(types: StoredTypes, path: str | None) -> StoredType | None:
    """Return the type of the resources below a path such as ``/Users`` or ``/Users/2819c223``, or None."""
    endpoint = (path or "").strip("/").partition("/")[0].casefold()
    return next((each for each in types.values() if each.endpoint.strip("/").casefold() == endpoint), None)


def sent_resource(body: bytes) -> Any:
    """Return what a body holds, or None when it is nothing to find a name in."""
    try:
        return orjson.loads(body) if len(body) <= _LONGEST_BODY else None
    except orjson.JSONDecodeError:
        return None


def _name(stored_type: StoredType, attributes: dict[str, Any]) -> str | None:
    names = (stored_type.unique, stored_type.display)
    values = (_sent_value(attributes, name) for name in names if name is not None)
    return next((value[:_LONGEST_NAME] for value in values if value and value.isprintable()), None)


def _sent_value(attributes: dict[str, Any], name: str) -> str | None:
    folded = name.lower()
    value = next((value for key, value in attributes.items() if key.lower() == folded), None)
    return value if isinstance(value, str) else None
