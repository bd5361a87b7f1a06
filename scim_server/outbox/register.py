"""What operators ask of the outbox: what is in it, another try, and the end of what is old."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from scim_server.db import Transaction
from scim_server.outbox.mail import PATIENCE
from scim_server.outbox.tables import outbox
from scim_server.store.documents import utc_text

_c = outbox.c

State = Literal["waiting", "retrying", "given up", "sent"]

_STATE: sa.ColumnElement[Any] = sa.case(
    (_c.sent.is_not(None), "sent"),
    (_c.failed.is_not(None), "given up"),
    (_c.reason.is_not(None), "retrying"),
    else_="waiting",
)


@dataclass(frozen=True, slots=True)
class Posted:
    """A mail in the outbox, without its text."""

    id: str
    tenant: str | None
    kind: str
    to: str
    subject: str
    state: State
    created: str
    due: str | None
    sent: str | None
    attempts: int
    reason: str | None


@dataclass(frozen=True, slots=True)
class Count:
    """How many mails of a kind are in a state."""

    kind: str
    state: State
    total: int


def posted(transaction: Transaction, *, failed_only: bool = False) -> list[Posted]:
    """Return what is in the outbox, oldest first; on request only what has failed so far, or for good."""
    query = sa.select(
        _c.id, _c.tenant, _c.kind, _c.recipient.label("to"), _c.subject, _STATE.label("state"),
        _c.created, _c.due, _c.sent, _c.attempts, _c.reason,
    ).order_by(_c.id)  # fmt: skip
    if failed_only:
        query = query.where(_c.sent.is_(None), _c.reason.is_not(None))
    return [Posted(**row._asdict()) for row in transaction.execute(query)]


def retry(transaction: Transaction, mail_id: str, now: datetime) -> bool:
    """Have a mail tried now, and for as long as a new one; tell whether one waits or was given up."""
    free = sa.or_(_c.claim.is_(None), _c.due <= utc_text(now))
    again = {"due": utc_text(now), "expires": utc_text(now + PATIENCE), "attempts": 0, "failed": None, "claim": None}
    found = transaction.execute(sa.update(outbox).where(_c.id == mail_id, _c.sent.is_(None), free).values(again))
    return bool(found.rowcount)


def purge(transaction: Transaction, *, before: str) -> int:
    """Remove what was sent or given up before a moment, and return how many those were."""
    ended = sa.or_(_c.sent < before, _c.failed < before)
    return transaction.execute(sa.delete(outbox).where(ended)).rowcount


def counts(transaction: Transaction) -> list[Count]:
    """Return how many mails the outbox holds, by kind and state."""
    state = _STATE.label("state")
    query = sa.select(_c.kind, state, sa.func.count().label("total")).group_by(_c.kind, state).order_by(_c.kind, state)
    return [Count(**row._asdict()) for row in transaction.execute(query)]
