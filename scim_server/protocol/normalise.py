"""Turn what a provider really sends into what the RFCs mean, as far as its client profile allows.

Nothing is dropped here that could be the deactivation of a person: such a request fails loudly instead of succeeding
half understood.
"""

import json
import re
from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

from scim2_models import InvalidSyntaxException, InvalidValueException

from scim_server.protocol.profiles import ClientProfile

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:user"
CORE = "urn:ietf:params:scim:schemas:core:2.0:"
_READ_ONLY = {"User": frozenset({"id", "meta", "groups"}), "Group": frozenset({"id", "meta"})}
_NEVER_EMPTY = {"User": frozenset({"username"}), "Group": frozenset({"displayname"})}
"""What must not be left out when it is sent empty, but be refused."""
_SERVER_OWNED = frozenset({"id", "meta"})
_FALSE = frozenset({"false", "0", "no", "off", "disabled", "inactive"})
_VALUE_OF_ENTRY = re.compile(r"(?P<entry>.+\])\.value", re.IGNORECASE)
_MANAGER = re.compile(r'"(?:[^"\\]|\\.)*"|(?<![\w:.$-])(?P<name>manager)(?=[.\s])', re.IGNORECASE)
_AFTER_VALUE_PATH = re.compile(
    r'(?<![\w:.$-])(?P<attr>[\w:.$-]+)\[(?P<inner>(?:"(?:[^"\\]|\\.)*"|[^\[\]"])*)\]\.(?P<sub>[\w$-]+)\s+'
    r'(?P<test>pr\b|(?:eq|ne|co|sw|ew|gt|ge|lt|le)\s+(?:"(?:[^"\\]|\\.)*"|[^\s)]+))',
    re.IGNORECASE,
)


def resource(payload: Any, resource_type: str, profile: ClientProfile) -> Any:
    """Return the payload of a POST or PUT as the RFCs mean it."""
    if not isinstance(payload, dict):
        return payload
    if profile.empty_values_absent:
        needed = _NEVER_EMPTY.get(resource_type, frozenset())
        payload = {name: value for name, value in payload.items() if value != "" or name.lower() in needed}
    return _attributes(payload, resource_type, profile)


def require_schemas(payload: Any, profile: ClientProfile) -> None:
    """Refuse a body that names no schema, which the RFCs require and tolerant profiles forgive (RFC 7643 §3).

    :raises InvalidSyntaxException: When ``schemas`` is missing or empty.
    """
    if profile.tolerant or not isinstance(payload, dict):
        return
    if not next((value for name, value in payload.items() if name.lower() == "schemas"), None):
        raise InvalidSyntaxException(detail="schemas is required: it lists the URNs of the schemas of this body.")


def _attributes(payload: Mapping[str, Any], resource_type: str, profile: ClientProfile) -> dict[str, Any]:
    """Return attributes without those that only the server sets (RFC 7644 §3.3), and each value in its form."""
    read_only = _READ_ONLY.get(resource_type, _SERVER_OWNED)
    normal: dict[str, Any] = {}
    is_qualified = False
    for sent, value in payload.items():
        name, lower = sent, sent.lower()
        if lower in profile.schema_names:
            name = _schema_name(sent, resource_type, profile)
            lower = name.lower()
        if lower in read_only:
            continue
        if lower == "schemas" and isinstance(value, list):
            normal[name] = [_schema_name(each, resource_type, profile) for each in value]
            continue
        normal[name] = _value(lower, value, profile)
        is_qualified = is_qualified or lower.startswith(CORE)
    if is_qualified:
        _refuse_same_names(normal)
    return normal


def _refuse_same_names(attributes: Mapping[str, Any]) -> None:
    """Refuse attributes of which two names mean the same one, as ``active`` and its name with the core schema do.

    :raises InvalidSyntaxException: When it is not clear which of two values is meant.
    """
    plain = [name.lower().partition(CORE)[2].partition(":")[2] or name.lower() for name in attributes]
    twice = next((name for name, times in Counter(plain).items() if times > 1), None)
    if twice is not None:
        raise InvalidSyntaxException(detail=f"The request says {twice[:100]!r} twice, with and without its schema.")


def _schema_name(name: Any, resource_type: str, profile: ClientProfile) -> Any:
    """Return the URN of a schema that the client calls by another name."""
    meant = profile.schema_names.get(name.lower()) if isinstance(name, str) else None
    return meant.replace("{type}", resource_type) if meant else name


def _value(name: str, value: Any, profile: ClientProfile) -> Any:
    """Return the value of an attribute, by its name or path in lower case."""
    if name == ENTERPRISE and isinstance(value, dict):
        return {key: _value(f"{ENTERPRISE}:{key.lower()}", item, profile) for key, item in value.items()}
    if name.endswith(":manager") and profile.manager_as_text:
        return _manager(value)
    if isinstance(value, list):
        return _entries(name, value, profile)
    return value


def _manager(value: Any) -> Any:
    """Return a manager that is sent as an id, or as the only entry of a list; one without an id is none."""
    only = value[0] if isinstance(value, list) and len(value) == 1 else value
    if isinstance(only, str):
        return {"value": only} if only else None
    return None if isinstance(only, dict) and _is_empty(only) else only


def _entries(name: str, entries: list[Any], profile: ClientProfile) -> list[Any]:
    if name == "roles" and profile.values_as_json_text:
        entries = [_from_json_text(entry) for entry in entries]
    if profile.empty_values_absent and name.rpartition(":")[2] != "members":
        return [entry for entry in entries if not (isinstance(entry, dict) and _is_empty(entry))]
    return entries


def _is_empty(entry: Mapping[str, Any]) -> bool:
    """Tell whether an entry says nothing but what kind of value it would be."""
    folded = {name.lower(): value for name, value in entry.items()}
    return "value" in folded and folded["value"] in ("", None)


def _from_json_text(entry: Any) -> Any:
    """Return a role that Entra ID sent as JSON inside a text, with the names RFC 7643 gives its parts."""
    text = entry.get("value") if isinstance(entry, dict) else entry
    if not isinstance(text, str) or not text.lstrip().startswith("{"):
        return {"value": entry} if isinstance(entry, str) else entry
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return entry
    folded = {name.lower(): item for name, item in parsed.items()} if isinstance(parsed, dict) else {}
    if not isinstance(folded.get("value"), str):
        return entry
    role = {"value": folded["value"], "display": folded.get("displayname") or folded.get("display")}
    return {name: item for name, item in role.items() if item is not None}


# -- PATCH ------------------------------------------------------------------


def patch(
    payload: dict[str, Any], resource_type: str, resource_id: str, profile: ClientProfile
) -> dict[str, Any] | None:
    """Return a PATCH as the RFCs mean it, or None when nothing of it is left.

    :raises InvalidSyntaxException: When an operation lacks the path that this profile requires.
    """
    name = next((key for key in payload if key.lower() == "operations"), "Operations")
    operations = payload.get(name)
    if not isinstance(operations, list) or not operations:
        return payload
    parts = [part for each in operations for part in (_selections_apart(each) if profile.tolerant else [each])]
    normal = [_operation(each, resource_type, resource_id, profile) for each in parts]
    kept = [each for each in normal if each is not None]
    return {**payload, name: kept} if kept else None


def _selections_apart(operation: Any) -> list[Any]:
    """Return an operation without path, and one for each of its names that selects entries, as a path of its own.

    The library leaves such a name out, which would lose what it says.
    """
    folded = {name.lower(): value for name, value in operation.items()} if isinstance(operation, dict) else {}
    value = folded.get("value")
    if folded.get("path") or not isinstance(value, dict) or not any("[" in name for name in value):
        return [operation]
    rest = {name: item for name, item in value.items() if "[" not in name}
    selecting = [{"op": folded.get("op"), "path": name, "value": value[name]} for name in value if "[" in name]
    return [*([{**_without(operation, "value"), "value": rest}] if rest else []), *selecting]


def _operation(operation: Any, resource_type: str, resource_id: str, profile: ClientProfile) -> Any | None:
    if not isinstance(operation, dict):
        raise InvalidSyntaxException(detail="Each entry of Operations must be an object with op, path and value.")
    folded = {name.lower(): value for name, value in operation.items()}
    path, value = folded.get("path"), folded.get("value")
    if not path and profile.patch_requires_path:
        raise InvalidSyntaxException(detail="Each PATCH operation needs a path in this client profile.")
    if isinstance(path, str) and path:
        return _with_path(operation, path, profile)
    if isinstance(value, dict):
        rest = {key: item for key, item in value.items() if not (key.lower() == "id" and item == resource_id)}
        normal = _attributes(rest, resource_type, profile)
        return {**_without(operation, "path", "value"), "value": normal} if normal else None
    return operation


def _with_path(operation: dict[str, Any], path: str, profile: ClientProfile) -> Any:
    folded = {name.lower(): item for name, item in operation.items()}
    op, value = str(folded.get("op", "")).lower(), folded.get("value")
    lower = path.strip().lower()
    if op == "remove" and profile.empty_values_absent and (entry := _VALUE_OF_ENTRY.fullmatch(path.strip())):
        return {**_without(operation, "path"), "path": entry["entry"]}
    if value is None or op == "remove":
        return operation
    attribute = lower if lower.startswith(ENTERPRISE) else lower.rpartition(":")[2]
    normal = _value(attribute, value, profile)
    if normal is None:
        return {**_without(operation, "op", "value"), "op": "remove"}
    return operation if normal is value else {**_without(operation, "value"), "value": normal}


def _without(operation: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in operation.items() if name.lower() not in names}


# -- Filters ------------------------------------------------------------------


def filter_text(text: str, searched: Collection[str], profile: ClientProfile) -> str:
    """Return a filter of some resource types in the grammar of RFC 7644, with the attributes of their schemas.

    Entra ID tests a sub-attribute after a value path, and calls a user's manager by its name alone.
    """
    if profile.manager_as_text and "manager" in text.lower() and list(searched) == ["User"]:
        text = _MANAGER.sub(lambda found: f"{ENTERPRISE}:{found[0]}" if found["name"] else found[0], text)
    if not profile.filters_after_value_path or "]." not in text:
        return text
    return _AFTER_VALUE_PATH.sub(r"\g<attr>[(\g<inner>) and \g<sub> \g<test>]", text)


# -- Deactivation ---------------------------------------------------------------


def refuse_lost_deactivation(dropped: Any) -> None:
    """Refuse to leave out something that may deactivate a person.

    :raises InvalidValueException: When ``active`` is false anywhere inside it, in any spelling, even inside a text.
    """
    if _deactivates(dropped, 0):
        raise InvalidValueException(
            detail="This request seems to deactivate somebody, but in a form that is not understood, so nothing was "
            'changed. Send active as its own attribute: {"op": "replace", "path": "active", "value": false}.'
        )


def _deactivates(value: Any, depth: int) -> bool:
    if depth > 8:
        return False
    if isinstance(value, Mapping):
        return any(
            (_is_active(name) and _is_false(item)) or _deactivates(item, depth + 1) for name, item in value.items()
        )
    if isinstance(value, list | tuple):
        return any(_deactivates(item, depth + 1) for item in value)
    if isinstance(value, str) and "active" in value.lower() and value.lstrip()[:1] in ("{", "["):
        try:
            return _deactivates(json.loads(value), depth + 1)
        except (ValueError, RecursionError):
            return True
    return False


def _is_active(name: Any) -> bool:
    return re.split(r"[:.]", str(name).strip().lower())[-1].strip() == "active"


def _is_false(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_is_false(item) for item in value.values())
    if isinstance(value, list):
        return any(_is_false(item) for item in value)
    return value is False or (not isinstance(value, bool) and str(value).strip().lower() in _FALSE)
