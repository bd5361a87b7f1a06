"""Invite people whom schools provision: the mail is written after the commit, and accepting it links the account."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
import sqlalchemy as sa

from scim_server.accounts import letters
from scim_server.accounts.errors import AccountError
from scim_server.accounts.register import Account, add_email, email_key, find_account, link_administrator, link_user
from scim_server.accounts.secret_links import Proof, make_link
from scim_server.accounts.tables import account_links, invitations
from scim_server.db import Database, Transaction
from scim_server.outbox.mail import is_address, post
from scim_server.store.conflicts import insert
from scim_server.store.documents import Document, utc_text
from scim_server.store.tables import resources, tenants

AT_ONCE = 10
"""How many are written in one transaction: on SQLite, every writer waits for its end."""

_i, _r, _l = invitations.c, resources.c, account_links.c


@dataclass(frozen=True, slots=True)
class Invited:
    """Whom a link invites, and to what."""

    organisation: str
    name: str


def write_due_invitations(database: Database, base_url: str) -> int:
    """Write the mails to people who are to be invited, some at once, and return to how many.

    Looking takes no turn among writers, so that an idle worker holds up nobody.
    """
    waiting = database.run(lambda reading: reading.execute(_due()).first(), writing=False)
    if waiting is None:
        return 0
    return database.run(lambda transaction: _write_due(transaction, base_url), writing=True)


def _due() -> sa.Select[Any]:
    return sa.select(_i.tenant, _i.user_id).where(_i.sent.is_(None)).order_by(_i.wanted).limit(AT_ONCE)


def _write_due(transaction: Transaction, base_url: str) -> int:
    rows: Any = transaction.execute(_due().with_for_update(skip_locked=True)).all()
    for tenant, user_id in rows:
        _write(transaction, tenant, user_id, base_url)
        sent = sa.update(invitations).where(_i.tenant == tenant, _i.user_id == user_id)
        transaction.execute(sent.values(sent=utc_text(datetime.now(UTC))))
    return len(rows)


def _write(transaction: Transaction, tenant: str, user_id: str, base_url: str) -> None:
    """Write one mail, unless the person left meanwhile, has no address, or linked an account already."""
    found = _user(transaction, tenant, user_id)
    email = None if found is None else address_of(found[1])
    if found is None or email is None or _is_linked(transaction, tenant, user_id):
        return
    organisation, document = found
    account = find_account(transaction, email)
    secret = make_link(transaction, Proof("invitation", email, tenant=tenant, user_id=user_id))
    mail = letters.invitation(
        email, name_of(document), organisation, f"{base_url}/invitation/{secret}", has_account=account is not None
    )
    post(transaction, mail, tenant=tenant)


def invite_again(transaction: Transaction, tenant: str, user_id: str) -> None:
    """Have a person invited once more, as when the mail was lost or is too old.

    :raises AccountError: When the person has an account here already, was deactivated, or has no e-mail address.
    """
    found = _user(transaction, tenant, user_id)
    if found is None or address_of(found[1]) is None:
        raise AccountError("This person is deactivated, or has no e-mail address to invite.")
    if _is_linked(transaction, tenant, user_id):
        raise AccountError("This person has an account already.")
    anew = {"wanted": utc_text(datetime.now(UTC)), "sent": None}
    again = insert(invitations).values(tenant=tenant, user_id=user_id, **anew)
    transaction.execute(again.on_conflict_do_update(index_elements=[_i.tenant, _i.user_id], set_=anew))


def invite_administrator(transaction: Transaction, name: str, email: str, base_url: str) -> None:
    """Invite somebody to make the account that acts as an administrator of the platform."""
    secret = make_link(transaction, Proof("invitation", email, administrator=name))
    post(transaction, letters.administrator_invitation(email, name, f"{base_url}/invitation/{secret}"))


def invited(transaction: Transaction, proof: Proof) -> Invited:
    """Return whom an invitation invites, and to what.

    :raises AccountError: When the person was deactivated or deleted meanwhile.
    """
    if proof.administrator is not None:
        return Invited("the exam board", "")
    found = _user(transaction, str(proof.tenant), str(proof.user_id))
    if found is None:
        raise AccountError("The school has taken this invitation back. Ask its exams officer.")
    return Invited(found[0], name_of(found[1]))


def accept(transaction: Transaction, proof: Proof, account: Account) -> None:
    """Link what an invitation is for to an account, whose person opened it from their mailbox.

    :raises AccountError: When the person was deactivated or deleted meanwhile.
    """
    invited(transaction, proof)
    if email_key(proof.email) not in {email_key(each) for each in account.emails}:
        add_email(transaction, account.id, proof.email)
    if proof.administrator is not None:
        link_administrator(transaction, account.id, proof.administrator)
        return
    tenant, user_id = str(proof.tenant), str(proof.user_id)
    link_user(transaction, account.id, tenant, user_id)
    accepted = sa.update(invitations).where(_i.tenant == tenant, _i.user_id == user_id)
    transaction.execute(accepted.values(accepted=utc_text(datetime.now(UTC))))


def address_of(document: Document) -> str | None:
    """Return the address at which a User can be invited: the primary one, else the first that mail can be sent to."""
    emails: Sequence[Document] = document.get("emails") or []
    values = [str(each.get("value")) for each in sorted(emails, key=lambda each: not each.get("primary"))]
    return next((value for value in values if is_address(value)), None)


def name_of(document: Document) -> str:
    """Return how to address a User."""
    name = document.get("name") or {}
    parts = " ".join(str(name[part]) for part in ("givenName", "familyName") if name.get(part))
    return str(document.get("displayName") or parts or document["userName"])


def _user(transaction: Transaction, tenant: str, user_id: str) -> tuple[str, Document] | None:
    """Return the name of a tenant and the document of its active User."""
    found: Any = transaction.execute(
        sa.select(tenants.c.name, _r.document, _r.active)
        .join(tenants, tenants.c.id == _r.tenant)
        .where(_r.tenant == tenant, _r.resource_type == "User", _r.id == user_id)
    ).first()
    if found is None or found[2] in (False, 0):
        return None
    return str(found[0]), orjson.loads(found[1])


def _is_linked(transaction: Transaction, tenant: str, user_id: str) -> bool:
    linked = sa.select(_l.account_id).where(_l.tenant == tenant, _l.user_id == user_id)
    return transaction.execute(linked).first() is not None
