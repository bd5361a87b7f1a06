"""The operations of a bulk request as they are sent and answered (RFC 7644 §3.7)."""

# BulkOperation takes the models of resources as its parameter when it runs, and refuses the Any of these annotations.
from __future__ import annotations

from typing import Any

from scim2_models import BulkOperation

from scim_server.store.models import User
from scim_server.store.resources import StoredResource

# The parameter stands for nothing: the data of an operation stays as it was sent until its endpoint is known.
_Operation = BulkOperation[User[Any]]
_EMPTY = _Operation.model_construct()
_METHODS = {method.value: method for method in BulkOperation.Method}


def read_operation(raw: dict[str, Any]) -> BulkOperation[Any]:
    """Return an operation as it was sent, before anything of it is checked."""
    members = {name.lower(): value for name, value in raw.items()}
    sent = {
        "method": _METHODS.get(str(members.get("method", "")).upper()),
        "bulk_id": _text(members.get("bulkid")),
        "path": _text(members.get("path")),
        "version": _text(members.get("version")),
        "data": members.get("data"),
    }
    # A copy: it costs half of what making one anew costs.
    return _EMPTY.model_copy(update=sent)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def rendered_outcome(outcome: dict[str, Any]) -> dict[str, Any]:
    """Return what became of an operation, as the answer says it."""
    shown = {"bulkId" if name == "bulk_id" else name: value for name, value in outcome.items() if value is not None}
    shown["status"] = str(int(outcome["status"]))
    if outcome.get("method") is not None:
        shown["method"] = outcome["method"].value
    return shown


class _Identified:
    """What a plan keeps of a stored resource: the id that references are replaced with."""

    def __init__(self, resource: StoredResource) -> None:
        self.id = resource.id


def identified(resource: StoredResource | None) -> Any:
    """Return what a plan keeps of what an operation left behind, or None of nothing."""
    return None if resource is None else _Identified(resource)
