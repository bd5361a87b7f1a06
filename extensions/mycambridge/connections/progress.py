"""How far the first synchronisation of a directory has come, by what its connection has sent."""

from collections.abc import Mapping
from typing import Any

import orjson
import sqlalchemy as sa

from mycambridge.connections.changes import connection_of
from scim_server.journal.tables import changes
from scim_server.protocol.guarded import GuardedStore

STEPS = ("request", "created", "changed", "deactivated", "group")
_LOOKED_AT = 500
_c = changes.c


def progress_of(guarded: GuardedStore, token_id: str) -> Mapping[str, bool]:
    """Return which kinds of requests a connection has sent since its token was made.

    :raises NotPermitted: When somebody else asks, or it is no token of this centre's directories.
    """
    token = connection_of(guarded, token_id)
    statement = sa.select(_c.document).where(_c.tenant == guarded.store.tenant, _c.created >= token.created)
    rows = guarded.store.transaction.execute(statement.order_by(_c.created.desc()).limit(_LOOKED_AT)).scalars()
    done = dict.fromkeys(STEPS, False)
    done["request"] = token.last_used is not None
    for entry in map(orjson.loads, rows):
        if entry["actor"]["value"] == token.connection_id and entry["outcome"] == "done":
            _tick(done, entry)
    return done


def _tick(done: dict[str, bool], entry: Mapping[str, Any]) -> None:
    done["request"] = True
    kind = entry.get("target", {}).get("type")
    if kind == "Group" and any(member["operation"] == "add" for member in entry.get("members", ())):
        done["group"] = True
    if kind != "User":
        return
    changed = {each["path"]: each.get("after") for each in entry.get("attributes", ())}
    if entry["operation"] == "create":
        done["created"] = True
    elif changed.get("active") == "false" or entry["operation"] == "delete":
        done["deactivated"] = True
    else:
        done["changed"] = True
