"""Slow guessing down: failures are counted for each account name and each address that sends them."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from scim_server.accounts.errors import TooManyAttempts
from scim_server.accounts.tables import attempts
from scim_server.db import Transaction
from scim_server.store.conflicts import insert
from scim_server.store.documents import utc_text

WINDOW = timedelta(minutes=15)
PER_NAME = 10
PER_ADDRESS = 100
MAILS_PER_NAME = 3
MAILS_PER_ADDRESS = 30
_c = attempts.c


def keys_of(kind: str, name: str | None, address: str) -> dict[str, int]:
    """Return what to count under, with how often it may fail in the window; names are kept as hashes only."""
    named = {} if name is None else {_key(kind, "name", name.casefold()): PER_NAME}
    return {**named, _key(kind, "address", address): PER_ADDRESS}


def mail_keys(email: str, address: str) -> dict[str, int]:
    """Return what mails that somebody asks for are counted under: nobody's mailbox is filled by strangers."""
    return {
        _key("mail", "name", email.casefold()): MAILS_PER_NAME,
        _key("mail", "address", address): MAILS_PER_ADDRESS,
    }


def ensure_not_throttled(transaction: Transaction, keys: dict[str, int]) -> None:
    """Refuse a further attempt while there were too many.

    :raises TooManyAttempts: Until the window has passed.
    """
    start = utc_text(datetime.now(UTC) - WINDOW)
    rows: Any = transaction.execute(sa.select(_c.key, _c.failures).where(_c.key.in_(keys), _c.since > start))
    if any(failures >= keys[key] for key, failures in rows):
        minutes = int(WINDOW.total_seconds() // 60)
        raise TooManyAttempts("There were too many attempts. Wait %(number)s minutes, then try again.", number=minutes)


def note_failure(transaction: Transaction, keys: dict[str, int]) -> None:
    """Count a failure under each key."""
    now = datetime.now(UTC)
    start, text = utc_text(now - WINDOW), utc_text(now)
    is_old = _c.since <= start
    for key in keys:
        counting = insert(attempts).values(key=key, failures=1, since=text)
        transaction.execute(
            counting.on_conflict_do_update(
                index_elements=[_c.key],
                set_={
                    "failures": sa.case((is_old, 1), else_=_c.failures + 1),
                    "since": sa.case((is_old, text), else_=_c.since),
                },
            )
        )


def count_attempt(transaction: Transaction, keys: dict[str, int]) -> None:
    """Count an attempt as failed before it is judged, so that many at one moment are no way around the limit.

    What succeeds calls :func:`forget_failures`, and what could not be judged :func:`take_back`.

    :raises TooManyAttempts: When there were too many; this one is not counted then.
    """
    note_failure(transaction, keys)
    ensure_not_throttled(transaction, {key: limit + 1 for key, limit in keys.items()})


def is_first_use(transaction: Transaction, kind: str, value: str) -> bool:
    """Note that a value was used, and tell whether it was for the first time within the window."""
    row = {"key": _key(kind, "value", value), "failures": 1, "since": utc_text(datetime.now(UTC))}
    noting = insert(attempts).values(row).on_conflict_do_nothing().returning(_c.key)
    return transaction.execute(noting).first() is not None


def take_back(transaction: Transaction, keys: Iterable[str]) -> None:
    """Undo the counting of one attempt."""
    counted = sa.update(attempts).where(_c.key.in_(list(keys)), _c.failures > 0)
    transaction.execute(counted.values(failures=_c.failures - 1))


def forget_failures(transaction: Transaction, keys: dict[str, int]) -> None:
    """Forget the failures of a name, after an attempt that succeeded; those of an address stay, but for this one."""
    names = {key for key, limit in keys.items() if limit == PER_NAME}
    transaction.execute(sa.delete(attempts).where(_c.key.in_(names)))
    take_back(transaction, keys.keys() - names)


def purge_attempts(transaction: Transaction) -> int:
    """Remove what no longer counts, and return how much that was."""
    old = sa.delete(attempts).where(_c.since <= utc_text(datetime.now(UTC) - WINDOW))
    return int(transaction.execute(old).rowcount)


def _key(kind: str, what: str, value: str) -> str:
    return f"{kind}:{what}:{hashlib.sha256(value.encode('utf-8', 'surrogatepass')).hexdigest()}"
