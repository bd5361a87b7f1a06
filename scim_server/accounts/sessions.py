"""Who is signed in where: sessions are kept in the database, so that each can be listed and ended at once."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from scim_server.accounts.tables import account_links, accounts, sessions
from scim_server.db import Transaction
from scim_server.store.documents import utc_text

#: OWASP ASVS 5 §7.3: signed out after a time without use, and after a working day in any case.
IDLE = timedelta(hours=2)
LIFETIME = timedelta(hours=12)
#: How long after a password or passkey a person need not give it again for what needs it.
PROVEN_FOR = timedelta(minutes=15)
_SEEN_EVERY = timedelta(minutes=1)
_c, _l = sessions.c, account_links.c


@dataclass(frozen=True, slots=True)
class Session:
    """One browser in which a person is signed in."""

    id_hash: str
    account_id: str
    created: str
    last_seen: str
    proven: str
    second_factor: str | None
    tenant: str | None
    user_id: str | None
    user_agent: str
    address: str

    @property
    def is_fresh(self) -> bool:
        """Whether the person gave a password or passkey a short time ago."""
        return datetime.fromisoformat(self.proven) > datetime.now(UTC) - PROVEN_FOR


_COLUMNS = tuple(_c[name] for name in Session.__dataclass_fields__)


def open_session(
    transaction: Transaction, account_id: str, *, second_factor: bool, user_agent: str, address: str
) -> str:
    """Return the secret of a new session, which only the person's browser keeps."""
    now = datetime.now(UTC)
    secret = secrets.token_urlsafe(32)
    text = utc_text(now)
    transaction.execute(
        sa.insert(sessions),
        {
            "id_hash": _hash(secret),
            "account_id": account_id,
            "created": text,
            "last_seen": text,
            "expires": utc_text(now + LIFETIME),
            "proven": text,
            "second_factor": text if second_factor else None,
            "user_agent": user_agent[:200],
            "address": address[:64],
        },
    )
    transaction.execute(sa.update(accounts).where(accounts.c.id == account_id).values(last_sign_in=text, warned=None))
    return secret


def find_session(transaction: Transaction, secret: str) -> Session | None:
    """Return the session of a secret, or None when it has ended."""
    now = datetime.now(UTC)
    found: Any = transaction.execute(
        sa.select(*_COLUMNS).where(
            _c.id_hash == _hash(secret), _c.expires > utc_text(now), _c.last_seen > utc_text(now - IDLE)
        )
    ).first()
    return None if found is None else Session(*found)


def needs_noting(session: Session) -> bool:
    """Tell whether it is time to note that a session is in use."""
    return datetime.fromisoformat(session.last_seen) < datetime.now(UTC) - _SEEN_EVERY


def note_use(transaction: Transaction, session: Session) -> None:
    """Note that a session is in use."""
    _update(transaction, session, last_seen=utc_text(datetime.now(UTC)))


def choose_user(transaction: Transaction, session: Session, tenant: str, user_id: str) -> None:
    """Note as whom, and for which organisation, a person goes on."""
    _update(transaction, session, tenant=tenant, user_id=user_id)


def prove_again(transaction: Transaction, session: Session, *, second_factor: bool = False) -> str:
    """Note that the person gave a password, passkey or second factor just now.

    Returns the secret under which the session goes on: the one before is worth less, and ends (ASVS 5 §7.2.4).
    """
    now, secret = utc_text(datetime.now(UTC)), secrets.token_urlsafe(32)
    given = {"second_factor": now} if second_factor else {}
    _update(transaction, session, id_hash=_hash(secret), proven=now, **given)
    return secret


def list_sessions(transaction: Transaction, account_id: str) -> Sequence[Session]:
    """Return the sessions of a person that have not ended, the one used last first."""
    now = datetime.now(UTC)
    rows: Any = transaction.execute(
        sa.select(*_COLUMNS)
        .where(_c.account_id == account_id, _c.expires > utc_text(now), _c.last_seen > utc_text(now - IDLE))
        .order_by(_c.last_seen.desc(), _c.id_hash)
    )
    return [Session(*row) for row in rows]


def end_session(transaction: Transaction, account_id: str, id_hash: str) -> None:
    """Sign a person out in one browser."""
    transaction.execute(sa.delete(sessions).where(_c.account_id == account_id, _c.id_hash == id_hash))


def end_secret(transaction: Transaction, secret: str) -> None:
    """Sign a person out in the browser that holds a secret."""
    transaction.execute(sa.delete(sessions).where(_c.id_hash == _hash(secret)))


def end_sessions(transaction: Transaction, account_id: str, *, but: str | None = None) -> None:
    """Sign a person out everywhere, except in the browser whose session is named."""
    ending = sa.delete(sessions).where(_c.account_id == account_id)
    transaction.execute(ending if but is None else ending.where(_c.id_hash != but))


def end_sessions_of_user(transaction: Transaction, tenant: str, user_id: str) -> None:
    """Sign the person out that a User is linked to, as when a directory deactivates or deletes it (at once)."""
    linked = sa.select(_l.account_id).where(_l.tenant == tenant, _l.user_id == user_id)
    transaction.execute(sa.delete(sessions).where(_c.account_id.in_(linked)))


def purge_sessions(transaction: Transaction) -> int:
    """Remove sessions that have ended, and return how many."""
    now = datetime.now(UTC)
    ended = sa.or_(_c.expires <= utc_text(now), _c.last_seen <= utc_text(now - IDLE))
    return int(transaction.execute(sa.delete(sessions).where(ended)).rowcount)


def _update(transaction: Transaction, session: Session, **values: str) -> None:
    transaction.execute(sa.update(sessions).where(_c.id_hash == session.id_hash).values(values))


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
