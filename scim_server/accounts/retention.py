"""Accounts that nobody uses: their people are warned, and long afterwards the accounts are removed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from scim_server.accounts import letters
from scim_server.accounts.events import entry_of
from scim_server.accounts.register import delete_accounts, links_of_several
from scim_server.accounts.tables import account_administrators, account_emails, accounts
from scim_server.db import Database, Transaction
from scim_server.journal.record import Actor, Entry, record
from scim_server.outbox.mail import post
from scim_server.settings import Settings
from scim_server.store.documents import utc_text

AT_ONCE = 200
#: However soon accounts are removed after the warning, people have so long to sign in.
NOTICE = timedelta(days=30)
RETENTION = Actor("system", "retention", "Retention of accounts")
_a, _e = accounts.c, account_emails.c
_last_use = sa.func.coalesce(_a.last_sign_in, _a.created)
_is_administrator = sa.exists().where(account_administrators.c.account_id == _a.id)


@dataclass(frozen=True, slots=True)
class Retired:
    """How many accounts that nobody uses were warned about, and removed."""

    warned: int
    removed: int


def retire(database: Database, settings: Settings) -> Retired:
    """Warn whose account nobody uses, remove what nobody used in spite of a warning, and return how many those were.

    Some at a time, each of these in a transaction of its own, so that others may write between them. Looking takes no
    turn among writers.
    """
    now = datetime.now(UTC)
    return Retired(
        _in_turns(database, _to_warn(now, settings), lambda transaction: _warn(transaction, now, settings)),
        _in_turns(database, _to_remove(now, settings), lambda transaction: _remove(transaction, now, settings)),
    )


def _in_turns(database: Database, due: sa.Select[Any], work: Callable[[Transaction], int]) -> int:
    done = 0
    while database.run(lambda reading: reading.execute(due.limit(1)).first(), writing=False) is not None:
        if not (some := database.run(work, writing=True)):
            break
        done += some
    return done


def _notice(settings: Settings) -> timedelta:
    """Return how long after a warning an account is removed, at the soonest."""
    return max(timedelta(days=settings.account_remove_after - settings.account_warn_after), NOTICE)


def _to_warn(now: datetime, settings: Settings) -> sa.Select[Any]:
    since = utc_text(now - timedelta(days=settings.account_warn_after))
    statement = sa.select(_a.id, _a.name, _last_use, _e.email, _is_administrator)
    statement = statement.join(account_emails, sa.and_(_e.account_id == _a.id, _e.is_primary))
    return statement.where(_last_use <= since, _a.warned.is_(None)).order_by(_a.id)


def _warn(transaction: Transaction, now: datetime, settings: Settings) -> int:
    rows: Any = _taken(transaction, _to_warn(now, settings))
    link = f"{settings.base_url}/sign-in"
    for _, name, last_use, email, is_administrator in rows:
        if is_administrator:
            post(transaction, letters.unused_by_administrator(email, name, link))
            continue
        allowed = datetime.fromisoformat(last_use) + timedelta(days=settings.account_remove_after)
        post(transaction, letters.unused(email, name, max(allowed, now + _notice(settings)).date(), link))
    warned = sa.update(accounts).where(_a.id.in_([row[0] for row in rows]))
    transaction.execute(warned.values(warned=utc_text(now)))
    return len(rows)


def _to_remove(now: datetime, settings: Settings) -> sa.Select[Any]:
    since = utc_text(now - timedelta(days=settings.account_remove_after))
    statement = sa.select(_a.id, _a.name).where(_last_use <= since, sa.not_(_is_administrator))
    return statement.where(_a.warned <= utc_text(now - _notice(settings))).order_by(_a.id)


def _remove(transaction: Transaction, now: datetime, settings: Settings) -> int:
    """Remove accounts as their people would, tell every address, and record it where tenants know the people."""
    names: dict[str, str] = {row[0]: row[1] for row in _taken(transaction, _to_remove(now, settings))}
    by_tenant: dict[str, list[Entry]] = {}
    for links in links_of_several(transaction, list(names)).values():
        for link in links:
            by_tenant.setdefault(link.tenant, []).append(entry_of(link, "account-expired", by=RETENTION))
    for tenant, entries in by_tenant.items():
        record(transaction, tenant, entries)
    addresses: Any = transaction.execute(sa.select(_e.account_id, _e.email).where(_e.account_id.in_(list(names))))
    for account_id, email in addresses.all():
        post(transaction, letters.removed_unused(email, names[account_id]))
    delete_accounts(transaction, list(names))
    return len(names)


def _taken(transaction: Transaction, due: sa.Select[Any]) -> Sequence[Any]:
    """Return some of what is due; who signs in at this moment is not among them."""
    return transaction.execute(due.limit(AT_ONCE).with_for_update(of=accounts, skip_locked=True)).all()
