"""Read the journal as it goes on."""

from datetime import UTC, datetime, timedelta

from scim_server.db import Transaction
from scim_server.journal.read import JournalRow, entries_since
from scim_server.store.documents import utc_text

LATE = timedelta(minutes=2)
"""How long after an entry got its time it may still become visible: longer than any request takes."""


class Follower:
    """Reads each of a tenant's entries once.

    An entry has its time and its id from before its transaction commits, so one may appear after others that are newer.
    What is newer than :data:`LATE` is therefore read again, and what was returned of it remembered.
    """

    def __init__(self, tenant: str, since: str = "", *, refused_only: bool = False) -> None:
        """Follow a tenant's journal from a moment (UTC text), or from its beginning."""
        self._tenant = tenant
        self._since = since
        self._refused_only = refused_only
        self._returned: set[str] = set()

    def news(self, transaction: Transaction) -> list[JournalRow]:
        """Return the entries that have appeared since the last time, in the order in which they were written."""
        horizon = max(self._since, utc_text(datetime.now(UTC) - LATE))
        rows = list(entries_since(transaction, self._tenant, since=self._since, refused_only=self._refused_only))
        found = [row for row in rows if row.id not in self._returned]
        self._returned = {row.id for row in rows if row.document["at"] >= horizon}
        self._since = horizon
        return found
