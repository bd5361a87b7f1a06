"""Write journal entries: a change in the transaction that makes it, a refusal in one of its own."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import uuid_utils

from scim_server.db import Transaction
from scim_server.journal.models import JournalEntry
from scim_server.journal.tables import changes
from scim_server.store.dialects import Insert
from scim_server.store.documents import search_form
from scim_server.store.resources import now_text

UNRECORDED = frozenset({"phoneNumbers", "addresses", "ims", "photos", "x509Certificates"})
"""Attributes whose change is recorded without their values: no question about access needs them."""

_INSERT = Insert(changes)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it, as the journal names them."""

    type: str
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What happened, before it is written."""

    actor: Actor
    operation: str
    resource_type: str | None = None
    resource_id: str | None = None
    display: str | None = None
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    members_added: Sequence[str] = ()
    members_removed: Sequence[str] = ()
    ignored: Sequence[str] = ()
    status: int = 200
    scim_type: str | None = None
    detail: str | None = None
    request_id: str | None = None
    request: Mapping[str, str] | None = None
    """What was asked: the method, the path, and the body without personal data."""


def record(transaction: Transaction, tenant: str, entries: Sequence[Entry]) -> None:
    """Write entries into a tenant's journal."""
    if entries:
        now = now_text()
        _INSERT.run(transaction, [_row(tenant, entry, now) for entry in entries])


def _row(tenant: str, entry: Entry, now: str) -> dict[str, Any]:
    document = _document(entry, now)
    # Nobody searches in what was asked, so it is not kept twice.
    form = search_form(JournalEntry, {name: value for name, value in document.items() if name != "request"})
    return {
        "tenant": tenant,
        "id": str(uuid_utils.uuid7()),
        "created": now,
        "outcome": document["outcome"],
        "resource_type": entry.resource_type,
        "resource_id": entry.resource_id,
        "document": orjson.dumps(document).decode(),
        "search": orjson.dumps(form).decode(),
    }


def _document(entry: Entry, now: str) -> dict[str, Any]:
    document: dict[str, Any] = {
        "schemas": [str(JournalEntry.__schema__)],
        "at": now,
        "operation": entry.operation,
        "outcome": "refused" if entry.status >= 400 else "done",
        "actor": {"value": entry.actor.id, "display": entry.actor.name, "type": entry.actor.type},
        "status": entry.status,
    }
    target = {"value": entry.resource_id, "display": entry.display, "type": entry.resource_type}
    optional: dict[str, Any] = {
        "target": {name: value for name, value in target.items() if value is not None},
        "attributes": list(_differences(entry.before or {}, entry.after or {})),
        "members": [{"value": member, "operation": "add"} for member in entry.members_added]
        + [{"value": member, "operation": "remove"} for member in entry.members_removed],
        "ignored": list(entry.ignored),
        "scimType": entry.scim_type,
        "detail": entry.detail,
        "requestId": entry.request_id,
        "request": entry.request,
    }
    return document | {name: value for name, value in optional.items() if value}


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """Yield the attributes that differ, those of an extension one by one."""
    for name in dict.fromkeys([*before, *after]):
        old, new = before.get(name), after.get(name)
        if name == "schemas" or old == new:
            continue
        if name.lower().startswith("urn:"):
            for inner in _differences(old or {}, new or {}):
                yield {**inner, "path": f"{name}:{inner['path']}"}
        elif name in UNRECORDED:
            yield {"path": name}
        else:
            difference = {"path": name}
            if old is not None:
                difference["before"] = _text(old)
            if new is not None:
                difference["after"] = _text(new)
            yield difference


def _text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()
