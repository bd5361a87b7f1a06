"""Read a PATCH: what it changes in the resource, what in its memberships, and what of it is left out."""

# PatchOp takes a model as its parameter when it runs, and refuses the Any of these annotations.
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from scim2_models import ComplexAttribute, Context, InvalidPathException, PatchOp
from scim2_models.path import Path
from scim2_server.utils import parametrize

from scim_server.protocol import normalise
from scim_server.protocol.membership_patch import MembershipEdit, split
from scim_server.protocol.service import Service
from scim_server.protocol.unknown import dropped_operations, refuse_undeclared
from scim_server.store.types import StoredType

_PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:patchop"
_OF_MEMBERS = frozenset({"value", "$ref", "type", "display"})


@dataclass(slots=True)
class ReadPatch:
    """A PATCH, validated before the resource is loaded."""

    edits: list[MembershipEdit] = field(default_factory=list)
    patch_op: PatchOp[Any] | None = None
    """What it changes in the resource itself, if anything."""

    ignored: list[str] = field(default_factory=list)

    @property
    def is_commutative(self) -> bool:
        """Whether it only adds or removes some members, which others may do at the same time with the same outcome."""
        return self.patch_op is None and bool(self.edits) and all(edit.operation != "replace" for edit in self.edits)


def read_patch(service: Service, stored_type: StoredType, resource_id: str, payload: dict[str, Any]) -> ReadPatch:
    """Return a PATCH as the client profile reads it.

    :raises SCIMException: 400 about the first fault of the payload.
    """
    profile = service.profile
    normalise.require_schemas(payload, profile)
    normal = normalise.patch(payload, stored_type.name, resource_id, profile)
    if normal is None:
        return ReadPatch()
    name = next((key for key in normal if key.lower() == "operations"), "Operations")
    operations = normal.get(name)
    if not isinstance(operations, list) or not operations:
        return ReadPatch(patch_op=_validated(service, stored_type, normal))
    if profile.undeclared_is_bad_syntax:
        refuse_undeclared(stored_type.model, operations)
    if profile.replaces_whole:
        operations = [part for each in operations for part in _replaced_whole(stored_type, each)]
    if not profile.tolerant and not _is_to_the_letter(normal, operations):
        return ReadPatch(patch_op=_validated(service, stored_type, normal))
    edits, rest = _memberships(stored_type, operations)
    if not rest:
        return ReadPatch(edits)
    patch_op = _validated(service, stored_type, {**normal, name: rest})
    return ReadPatch(edits, patch_op, dropped_operations(stored_type.model, patch_op) if profile.tolerant else [])


def _is_to_the_letter(payload: dict[str, Any], operations: list[Any]) -> bool:
    """Tell whether a PATCH has the form of RFC 7644 §3.5.2 where it changes memberships, which no model reads."""
    schemas = payload.get("schemas")
    if not isinstance(schemas, list) or _PATCH_OP not in [str(urn).lower() for urn in schemas]:
        return False
    if not {name.lower() for name in payload} <= {"schemas", "operations"}:
        return False
    return all(isinstance(each, dict) and _is_strict_operation(each) for each in operations)


def _is_strict_operation(operation: dict[str, Any]) -> bool:
    folded = {name.lower(): item for name, item in operation.items()}
    path, value = str(folded.get("path") or ""), folded.get("value")
    if not folded.keys() <= {"op", "path", "value"}:
        return False
    if not path and isinstance(value, dict):
        path = next((name for name in value if _names_members(name)), "")
        value = value.get(path)
    if not _names_members(path):
        return True
    entries = value if isinstance(value, list) else [value]
    if str(folded.get("op")).lower() == "remove":
        return value is None
    return all(isinstance(each, dict) and {name.lower() for name in each} <= _OF_MEMBERS for each in entries)


def _names_members(path: str) -> bool:
    return path.rpartition(":")[2].strip().lower() == "members"


def _validated(service: Service, stored_type: StoredType, payload: dict[str, Any]) -> PatchOp[Any]:
    model: Any = parametrize(PatchOp, stored_type.model)
    patch_op: PatchOp[Any] = service.validate(model, payload, Context.RESOURCE_PATCH_REQUEST)
    return patch_op


def _memberships(stored_type: StoredType, operations: list[Any]) -> tuple[list[MembershipEdit], list[Any]]:
    """Take the edits of memberships out of operations, and return them with what is left for the model."""
    parts = split(operations) if stored_type.has_members else None
    return ([], operations) if parts is None else (list(parts.edits), parts.rest)


def _replaced_whole(stored_type: StoredType, operation: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the operations that leave nothing of a complex attribute but what replaces it.

    RFC 7644 §3.5.2.3 keeps the sub-attributes that a replacement leaves out; the interoperability profile does not.
    """
    folded = {name.lower(): item for name, item in operation.items()}
    if str(folded.get("op")).lower() != "replace" or not isinstance(folded.get("value"), dict):
        return [operation]
    bound: Any = parametrize(Path, stored_type.model)
    try:
        target = bound(str(folded.get("path") or "")).resolve()
    except InvalidPathException:
        return [operation]
    if target is None or target.is_multivalued or target.sub_field_name is not None:
        return [operation]
    if not (isinstance(target.field_type, type) and issubclass(target.field_type, ComplexAttribute)):
        return [operation]
    return [{"op": "remove", "path": folded["path"]}, {**folded, "op": "add"}]
