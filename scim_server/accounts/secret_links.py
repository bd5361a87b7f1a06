"""Links sent by mail: whoever opens one reads the mailbox of its address.

Each is good once, and only its hash is kept.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa

from scim_server.accounts.errors import AccountError
from scim_server.accounts.tables import account_proofs
from scim_server.db import Transaction
from scim_server.store.documents import utc_text

Purpose = Literal["invitation", "registration", "reset", "agree", "email"]
LIFETIMES = {
    "invitation": timedelta(days=14),
    "registration": timedelta(days=1),
    "reset": timedelta(hours=1),
    "agree": timedelta(days=1),
    "email": timedelta(days=1),
}
_c = account_proofs.c


@dataclass(frozen=True, slots=True)
class Proof:
    """What opening a link proves."""

    purpose: str
    email: str
    account_id: str | None = None
    tenant: str | None = None
    user_id: str | None = None
    administrator: str | None = None


def make_link(transaction: Transaction, proof: Proof) -> str:
    """Return the secret of a new link; a link made before for the same purpose and receiver is no longer good."""
    now = datetime.now(UTC)
    same = [_c.purpose == proof.purpose, _c.email == proof.email, _c.tenant.is_not_distinct_from(proof.tenant)]
    transaction.execute(sa.delete(account_proofs).where(*same, _c.user_id.is_not_distinct_from(proof.user_id)))
    secret = secrets.token_urlsafe(32)
    row: dict[str, Any] = {
        "secret_hash": _hash(secret),
        "purpose": proof.purpose,
        "email": proof.email,
        "account_id": proof.account_id,
        "tenant": proof.tenant,
        "user_id": proof.user_id,
        "administrator": proof.administrator,
        "created": utc_text(now),
        "expires": utc_text(now + LIFETIMES[proof.purpose]),
    }
    transaction.execute(sa.insert(account_proofs), row)
    return secret


def read_link(transaction: Transaction, secret: str, purpose: Purpose) -> Proof:
    """Return what a link proves, leaving it good.

    :raises AccountError: When it was never made, was used, or is too old.
    """
    columns = (_c.purpose, _c.email, _c.account_id, _c.tenant, _c.user_id, _c.administrator)
    found: Any = transaction.execute(
        sa.select(*columns).where(
            _c.secret_hash == _hash(secret), _c.purpose == purpose, _c.expires > utc_text(datetime.now(UTC))
        )
    ).first()
    if found is None:
        raise AccountError("This link has been used, or is too old. Ask for a new one.")
    return Proof(*found)


def use_link(transaction: Transaction, secret: str, purpose: Purpose) -> Proof:
    """Return what a link proves, and end it.

    :raises AccountError: When it was never made, was used, or is too old.
    """
    proof = read_link(transaction, secret, purpose)
    ended = transaction.execute(sa.delete(account_proofs).where(_c.secret_hash == _hash(secret)))
    if not ended.rowcount:
        raise AccountError("This link has been used, or is too old. Ask for a new one.")
    return proof


def end_links(transaction: Transaction, account_id: str, purpose: Purpose) -> None:
    """End the links of an account that were made for a purpose."""
    transaction.execute(sa.delete(account_proofs).where(_c.account_id == account_id, _c.purpose == purpose))


def end_links_of_user(transaction: Transaction, tenant: str, user_id: str) -> None:
    """End the links that invite the person of a User."""
    transaction.execute(sa.delete(account_proofs).where(_c.tenant == tenant, _c.user_id == user_id))


def purge_links(transaction: Transaction) -> int:
    """Remove links that are too old, and return how many."""
    old = sa.delete(account_proofs).where(_c.expires <= utc_text(datetime.now(UTC)))
    return int(transaction.execute(old).rowcount)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
