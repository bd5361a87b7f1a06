"""What went wrong last with each connection of a centre's directories."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import sqlalchemy as sa

from mycambridge.connections.changes import require_connections
from scim_server.journal.tables import changes
from scim_server.protocol.guarded import GuardedStore
from scim_server.store.documents import utc_text

LOOKED_BACK = timedelta(days=30)
_LOOKED_AT = 300
_c = changes.c


def last_refusals(guarded: GuardedStore) -> Mapping[str, Mapping[str, Any]]:
    """Return the newest journal entry about a refusal of each connection, by the id of the connection.

    Only the last refusals of the centre are looked at, so a connection may have older ones.

    :raises NotPermitted: When somebody else asks than people with user management and the board.
    """
    require_connections(guarded)
    since = utc_text(datetime.now(UTC) - LOOKED_BACK)
    statement = (
        sa.select(_c.document)
        .where(_c.tenant == guarded.store.tenant, _c.outcome == "refused", _c.created >= since)
        .order_by(_c.created.desc())
        .limit(_LOOKED_AT)
    )
    newest: dict[str, Mapping[str, Any]] = {}
    for document in guarded.store.transaction.execute(statement).scalars():
        entry = orjson.loads(document)
        newest.setdefault(entry["actor"]["value"], entry)
    return newest
