"""Retention: entries go after some years, the personal data of deleted users after some weeks."""

from typing import Any

import orjson
import sqlalchemy as sa

from scim_server.db import Transaction
from scim_server.journal.models import JournalEntry
from scim_server.journal.tables import changes
from scim_server.store.documents import search_form
from scim_server.store.tables import resources

_c, _r = changes.c, resources.c


def purge(transaction: Transaction, *, entries_before: str, deleted_before: str) -> tuple[int, int]:
    """Remove old entries, and blank attribute values and names in the entries of users deleted before a moment.

    Returns how many entries were removed and how many were blanked. Who did what and when stays.
    """
    removed = transaction.execute(sa.delete(changes).where(_c.created < entries_before)).rowcount
    deletions = (
        sa.select(_c.tenant, _c.resource_id)
        .where(_c.resource_type == "User", _c.outcome == "done", _c.created < deleted_before)
        .where(~sa.exists().where(_r.tenant == _c.tenant, _r.resource_type == "User", _r.id == _c.resource_id))
        .distinct()
    )
    blanked = 0
    for row in transaction.execute(deletions).all():
        blanked += _blank(transaction, row.tenant, row.resource_id)
    return removed, blanked


def _blank(transaction: Transaction, tenant: str, user_id: str) -> int:
    entries = transaction.execute(
        sa.select(_c.id, _c.document).where(_c.tenant == tenant, _c.resource_id == user_id)
    ).all()
    changed = 0
    for entry in entries:
        document = orjson.loads(entry.document)
        if _without_personal_data(document):
            changed += 1
            form = search_form(JournalEntry, document)
            transaction.execute(
                sa.update(changes).where(_c.tenant == tenant, _c.id == entry.id),
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
