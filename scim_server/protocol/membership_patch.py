"""Turn the PATCH of a group into memberships to begin and to end, whatever its form (RFC 7644 §3.5.2).

Groups of 50,000 members are changed one member at a time. Only the rows concerned are touched, so operations on
``members`` are taken out of a PATCH before anything loads the group.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from scim2_models import InvalidSyntaxException, InvalidValueException
from scim2_models.path import CompareOperator, Comparison, FilterNode, LogicalExpr, LogicalOperator, Path, ValuePath

GROUP_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:group"
_ONE_MEMBER = re.compile(r'members\[\s*value\s+eq\s+"(?P<id>[A-Za-z0-9._~-]+)"\s*\]', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class MembershipEdit:
    """Memberships of one group to change."""

    operation: Literal["add", "remove", "replace"]
    ids: tuple[str, ...]
    """Whose: with ``replace``, everybody who shall be a member afterwards."""


@dataclass(frozen=True, slots=True)
class SplitPatch:
    """The PATCH of a group in two parts, which change different things."""

    edits: tuple[MembershipEdit, ...]
    rest: list[dict[str, Any]]
    """The operations on other attributes."""


def split(operations: list[Any]) -> SplitPatch | None:
    """Split the operations of a group's PATCH, or return None when one needs the members themselves.

    An operation that selects members by anything but their value is such a one.

    :raises InvalidValueException: When the value of an operation on members holds no ids.
    """
    edits: list[MembershipEdit] = []
    rest: list[dict[str, Any]] = []
    for operation in operations:
        if not isinstance(operation, dict):
            raise InvalidSyntaxException(detail="Each entry of Operations must be an object with op, path and value.")
        found = _edits(operation)
        if found is None:
            return None
        members, other = found
        edits += members
        rest += other
    return SplitPatch(tuple(edits), rest)


def _edits(operation: dict[str, Any]) -> tuple[list[MembershipEdit], list[dict[str, Any]]] | None:
    members = {name.lower(): item for name, item in operation.items()}
    op, path, value = str(members.get("op", "")).lower(), members.get("path"), members.get("value")
    if op not in ("add", "remove", "replace") or not (path is None or isinstance(path, str)):
        return [], [operation]
    if not path:
        return _without_path(op, operation, value)
    place = path.strip()
    if place.lower().startswith(GROUP_SCHEMA + ":"):
        place = place[len(GROUP_SCHEMA) + 1 :]
    if place.lower() == "members":
        if op == "remove":
            return [_removal(value)], []
        if value is None:
            raise InvalidValueException(
                detail=f"The operation {op} on members needs a value: a list of members. An empty list stands for none."
            )
        return [MembershipEdit(_kind(op), member_ids(value))], []
    if not place.lower().startswith("members"):
        return [], [operation]
    selected = _selected(place) if op == "remove" else None
    return None if selected is None else ([MembershipEdit("remove", selected)], [])


def _kind(op: str) -> Literal["add", "replace"]:
    return "add" if op == "add" else "replace"


def _removal(value: Any) -> MembershipEdit:
    return MembershipEdit("replace", ()) if value is None else MembershipEdit("remove", member_ids(value))


def _without_path(
    op: str, operation: dict[str, Any], value: Any
) -> tuple[list[MembershipEdit], list[dict[str, Any]]] | None:
    if op == "remove" or not isinstance(value, dict):
        return [], [operation]
    names = {name for name in value if name.lower() in ("members", f"{GROUP_SCHEMA}:members")}
    if any(name.lower().startswith(("members.", "members[", f"{GROUP_SCHEMA}:members[")) for name in value):
        return None
    edits = [MembershipEdit(_kind(op), member_ids(value[name])) for name in names]
    other = {name: item for name, item in value.items() if name not in names}
    if not edits:
        return [], [operation]
    return edits, [{**_without_value(operation), "value": other}] if other else []


def _without_value(operation: dict[str, Any]) -> dict[str, Any]:
    return {name: item for name, item in operation.items() if name.lower() != "value"}


def _selected(place: str) -> tuple[str, ...] | None:
    """Return the ids that a path selects by value, or None when it selects in another way."""
    if found := _ONE_MEMBER.fullmatch(place):
        return (found["id"],)
    node: Any = Path(place)._as_value_path()
    if not isinstance(node, ValuePath) or node.sub_attr is not None:
        return None
    ids = list(_alternatives(node.val_filter))
    return None if None in ids else tuple(str(each) for each in ids)


def _alternatives(node: FilterNode) -> Iterator[str | None]:
    """Yield the values of ``value eq "a" or value eq "b"``, and None for anything else."""
    if isinstance(node, LogicalExpr) and node.op == LogicalOperator.or_:
        for term in node.terms:
            yield from _alternatives(term)
    elif (
        isinstance(node, Comparison)
        and node.op == CompareOperator.eq
        and str(node.attr_path).lower() == "value"
        and isinstance(node.value, str)
    ):
        yield node.value
    else:
        yield None


def member_ids(value: Any) -> tuple[str, ...]:
    """Return the ids in the value of ``members``: objects with a ``value``, one or several.

    :raises InvalidValueException: When an entry holds no id.
    """
    entries = value if isinstance(value, list) else [] if value is None else [value]
    return tuple(_member_id(entry) for entry in entries)


def _member_id(entry: Any) -> str:
    if isinstance(entry, dict):
        for name, item in entry.items():
            if name.lower() == "value" and isinstance(item, str) and item:
                return item
    elif isinstance(entry, str) and entry:
        return entry
    raise InvalidValueException(
        detail='Each member needs the id of a user or group as its value, as in {"value": "2819c223-7f76-453a"}.'
    )
