"""Retention: entries go after some years, the personal data of deleted users and in refusals after some weeks."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import sqlalchemy as sa

from scim_server.db import Database, Transaction
from scim_server.journal.models import JournalEntry
from scim_server.journal.tables import changes
from scim_server.settings import Settings
from scim_server.store.dialects import JsonPresence
from scim_server.store.documents import search_form, utc_text
from scim_server.store.tables import resources

_c, _r = changes.c, resources.c
_TELLS = sa.or_(*[JsonPresence(_c.search, path) for path in (("detail",), ("target", "display"))])
"""Whether an entry still says whom or what a refusal was about."""


def purge(transaction: Transaction, *, entries_before: str, deleted_before: str) -> tuple[int, int]:
    """Remove old entries, and blank attribute values, names and requests where nobody needs them any more.

    That is in the entries of users who were deleted before a moment, and in refusals of that time that belong to no
    resource. Returns how many entries were removed and how many were blanked. Who did what and when stays.
    """
    removed = transaction.execute(sa.delete(changes).where(_c.created < entries_before)).rowcount
    # Who was blanked has no name there any more, and is not found again.
    deletions = (
        sa.select(_c.tenant, _c.resource_id)
        .where(_c.resource_type == "User", _c.outcome == "done", _c.created < deleted_before)
        .where(JsonPresence(_c.search, ("target", "display")))
        .where(~sa.exists().where(_r.tenant == _c.tenant, _r.resource_type == "User", _r.id == _c.resource_id))
        .distinct()
    )
    blanked = _blank(transaction, _c.resource_id.is_(None), _c.created < deleted_before, _TELLS)
    for row in transaction.execute(deletions).all():
        blanked += _blank(transaction, _c.tenant == row.tenant, _c.resource_id == row.resource_id)
    return removed, blanked


def purge_due(database: Database, settings: Settings) -> tuple[int, int]:
    """Purge what is past the retention that is set, and return what :func:`purge` does."""
    now = datetime.now(UTC)
    moments = {
        "entries_before": utc_text(now - timedelta(days=settings.journal_retention_days)),
        "deleted_before": utc_text(now - timedelta(days=settings.personal_data_retention_days)),
    }
    return database.run(lambda transaction: purge(transaction, **moments), writing=True)


def _blank(transaction: Transaction, *which: sa.ColumnElement[bool]) -> int:
    entries = transaction.execute(sa.select(_c.tenant, _c.id, _c.document).where(*which)).all()
    changed = 0
    for entry in entries:
        document = orjson.loads(entry.document)
        if _without_personal_data(document):
            changed += 1
            form = search_form(JournalEntry, document)
            transaction.execute(
                sa.update(changes).where(_c.tenant == entry.tenant, _c.id == entry.id),
                {
                    "document": orjson.dumps(document).decode(),
                    "search": orjson.dumps(form).decode() if transaction.database.is_sqlite else form,
                },
            )
    return changed


def _without_personal_data(document: dict[str, Any]) -> bool:
    """Blank a document in place, and tell whether anything was there to blank."""
    held = any("before" in each or "after" in each for each in document.get("attributes", []))
    named = document.get("target", {}).pop("display", None) is not None
    document["attributes"] = [{"path": each["path"]} for each in document.get("attributes", [])]
    if not document["attributes"]:
        del document["attributes"]
    told = [document.pop(name, None) is not None for name in ("detail", "request")]
    return held or named or any(told)
