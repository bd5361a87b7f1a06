"""What is due: claimed by one worker at a time, and settled once it was sent or has failed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any

import sqlalchemy as sa

from scim_server.db import Database, Transaction
from scim_server.outbox.delivery import Letter
from scim_server.outbox.tables import outbox
from scim_server.store.documents import utc_text

LEASE = timedelta(minutes=15)
"""How long one attempt may take before another worker makes the next."""

FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(days=1)

_c = outbox.c


@dataclass(frozen=True, slots=True)
class Claimed:
    """A mail that one worker delivers now."""

    letter: Letter
    kind: str
    tenant: str | None
    attempt: int
    expires: datetime
    claim: str


def claim(database: Database, now: datetime) -> Claimed | None:
    """Return the mail that has been due for longest, claimed for the caller, or None when none is due.

    Two workers never claim one at the same time: PostgreSQL passes over a row that another has locked, and on SQLite
    only one writes at a time.
    """
    due = sa.select(outbox).where(_c.due <= utc_text(now)).order_by(_c.due).limit(1)

    # Looking keeps no writer waiting; only who has found something claims.
    if database.run(lambda reading: reading.execute(due).first(), writing=False) is None:
        return None

    def take(transaction: Transaction) -> Claimed | None:
        row = transaction.execute(due.with_for_update(skip_locked=True)).first()
        if row is None:
            return None
        mark = token_hex(16)
        changes = {"claim": mark, "due": utc_text(now + LEASE), "attempts": row.attempts + 1}
        transaction.execute(sa.update(outbox).where(_c.id == row.id).values(changes))
        return _claimed(row, mark)

    return database.run(take, writing=True)


def _claimed(row: Any, mark: str) -> Claimed:
    created, expires = datetime.fromisoformat(row.created), datetime.fromisoformat(row.expires)
    letter = Letter(row.id, row.recipient, row.subject, row.text, created)
    return Claimed(letter, row.kind, row.tenant, row.attempts + 1, expires, mark)


def settle_sent(database: Database, claimed: Claimed, now: datetime) -> None:
    """Write down that a mail was sent, and blank its text."""
    _settle(database, claimed, {"due": None, "sent": utc_text(now), "text": "", "reason": None})


def settle_failed(database: Database, claimed: Claimed, now: datetime, reason: str) -> None:
    """Write down why a mail was not sent, and when it is tried again, if it is."""
    if now >= claimed.expires:
        _settle(database, claimed, {"due": None, "failed": utc_text(now), "reason": reason})
        return
    again = min(now + pause_after(claimed.attempt), claimed.expires)
    _settle(database, claimed, {"due": utc_text(again), "reason": reason})


def pause_after(attempt: int) -> timedelta:
    """Return how long to wait after an attempt that failed: a minute after the first, then twice as long each time."""
    return min(FIRST_PAUSE * (1 << min(attempt - 1, 20)), LONGEST_PAUSE)


def _settle(database: Database, claimed: Claimed, changes: dict[str, Any]) -> None:
    # Whose lease is over has lost the mail to another worker, who writes down what becomes of it.
    mine = sa.update(outbox).where(_c.id == claimed.letter.id, _c.claim == claimed.claim)
    settled = mine.values({"claim": None, **changes})
    database.run(lambda transaction: transaction.execute(settled), writing=True)
