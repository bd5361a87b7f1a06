"""How far the first synchronisation of a directory has come, by what its connection has sent."""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson
import sqlalchemy as sa

from mycambridge.connections.changes import connection_of
from scim_server.journal.tables import changes
from scim_server.protocol.guarded import GuardedStore

STEPS = ("request", "created", "changed", "deactivated", "group")
_NEVER_SENT = {"google": {"group"}}
"""What a kind of directory does not send, by client profile: nobody should wait for it."""

_LOOKED_AT = 300
_c = changes.c


def progress_of(guarded: GuardedStore, token_id: str) -> Mapping[str, bool]:
    """Return which of the requests to be expected of a connection it has sent since its token was made.

    They are called as in :data:`STEPS`.

    :raises NotPermitted: When somebody else asks, or it is no token of this centre's directories.
    """
    token = connection_of(guarded, token_id)
    sent = [each for each in _entries(guarded, token.created) if each["actor"]["value"] == token.connection_id]
    steps = {step for entry in sent if entry["outcome"] == "done" for step in _steps(entry)}
    if sent or token.last_used is not None:
        steps.add("request")
    return {step: step in steps for step in STEPS if step not in _NEVER_SENT.get(token.profile, ())}


def _entries(guarded: GuardedStore, since: str) -> Iterator[Mapping[str, Any]]:
    """Yield the first and the last entries of a centre since a moment: enough for a test, however much follows it."""
    statement = sa.select(_c.document).where(_c.tenant == guarded.store.tenant, _c.created >= since)
    for order in (_c.created.asc(), _c.created.desc()):
        rows = guarded.store.transaction.execute(statement.order_by(order).limit(_LOOKED_AT)).scalars()
        yield from map(orjson.loads, rows)


def _steps(entry: Mapping[str, Any]) -> Iterator[str]:
    kind, operation = entry.get("target", {}).get("type"), entry["operation"]
    changed = {each["path"]: each.get("after") for each in entry.get("attributes", ())}
    if kind == "Group" and any(member["operation"] == "add" for member in entry.get("members", ())):
        yield "group"
    elif kind == "User" and operation == "create":
        yield "created"
    elif kind == "User":
        yield "deactivated" if operation == "delete" or changed.get("active") == "false" else "changed"
