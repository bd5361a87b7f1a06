"""Invite people whom schools provision: the mail is written after the commit that made it due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
import sqlalchemy as sa

from scim_server.accounts import letters
from scim_server.accounts.errors import AccountError
from scim_server.accounts.events import entry_of
from scim_server.accounts.register import Link, account_of_user, find_account
from scim_server.accounts.secret_links import Proof, make_link
from scim_server.accounts.tables import invitations
from scim_server.accounts.throttle import ensure_not_throttled, mail_keys, note_failure
from scim_server.db import Database, Transaction
from scim_server.journal.record import Actor, record
from scim_server.outbox.mail import is_address, post
from scim_server.store.conflicts import insert
from scim_server.store.documents import Document, utc_text
from scim_server.store.tables import resources, tenants

AT_ONCE = 10
"""How many are written in one transaction: on SQLite, every writer waits for its end."""

_i, _r = invitations.c, resources.c


@dataclass(frozen=True, slots=True)
class Person:
    """An active User of a tenant, as mails name them."""

    link: Link
    name: str
    email: str | None
    """The address at which the person can be invited."""


def write_due_invitations(database: Database, base_url: str) -> int:
    """Write the mails to people who are to be invited, some at once, and return to how many.

    Looking takes no turn among writers, so that an idle worker holds up nobody.
    """
    waiting = database.run(lambda reading: reading.execute(_due()).first(), writing=False)
    if waiting is None:
        return 0
    return database.run(lambda transaction: _write_due(transaction, base_url), writing=True)


def _due() -> sa.Select[Any]:
    # By both columns of their index: PostgreSQL would sort all that wait by one of them.
    return sa.select(_i.tenant, _i.user_id).where(_i.sent.is_(None)).order_by(_i.sent, _i.wanted).limit(AT_ONCE)


def _write_due(transaction: Transaction, base_url: str) -> int:
    rows: Any = transaction.execute(_due().with_for_update(skip_locked=True)).all()
    for tenant, user_id in rows:
        this = sa.and_(_i.tenant == tenant, _i.user_id == user_id)
        if _write(transaction, tenant, user_id, base_url):
            transaction.execute(sa.update(invitations).where(this).values(sent=utc_text(datetime.now(UTC))))
        else:
            # Who can be invited again later, as when activated, is invited then.
            transaction.execute(sa.delete(invitations).where(this))
    return len(rows)


def _write(transaction: Transaction, tenant: str, user_id: str, base_url: str) -> bool:
    """Write one mail, and tell whether the person can be invited: who left meanwhile, or has no address, cannot.

    Nobody writes to a person who linked an account already.
    """
    person = active_person(transaction, tenant, user_id)
    if person is None or person.email is None:
        return False
    if account_of_user(transaction, tenant, user_id) is not None:
        return True
    email, organisation = person.email, person.link.tenant_name
    has_account = find_account(transaction, email) is not None
    secret = make_link(transaction, Proof("invitation", email, tenant=tenant, user_id=user_id))
    link = f"{base_url}/invitation/{secret}"
    post(
        transaction, letters.invitation(email, person.name, organisation, link, has_account=has_account), tenant=tenant
    )
    return True


def invite_again(
    transaction: Transaction, tenant: str, user_id: str, *, by: Actor, request_id: str | None = None
) -> None:
    """Have a person invited once more, as when the mail was lost or is too old.

    :raises AccountError: When the person has an account here already, was deactivated, has no e-mail address, or was
        written to too often.
    """
    person = active_person(transaction, tenant, user_id)
    if person is None or person.email is None:
        raise AccountError("This person is deactivated, or has no e-mail address to invite.")
    if account_of_user(transaction, tenant, user_id) is not None:
        raise AccountError("This person has an account already.")
    keys = mail_keys(person.email, tenant)
    ensure_not_throttled(transaction, keys)
    note_failure(transaction, keys)
    anew = {"wanted": utc_text(datetime.now(UTC)), "sent": None}
    again = insert(invitations).values(tenant=tenant, user_id=user_id, **anew)
    transaction.execute(again.on_conflict_do_update(index_elements=[_i.tenant, _i.user_id], set_=anew))
    record(transaction, tenant, [entry_of(person.link, "invitation-sent", request_id, by=by)])


def invite_administrator(transaction: Transaction, name: str, email: str, base_url: str) -> None:
    """Invite somebody to make the account that acts as an administrator of the platform."""
    secret = make_link(transaction, Proof("invitation", email, administrator=name))
    post(transaction, letters.administrator_invitation(email, name, f"{base_url}/invitation/{secret}"))


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


def active_person(transaction: Transaction, tenant: str, user_id: str) -> Person | None:
    """Return an active User of a tenant, or None when there is none or it was deactivated."""
    found: Any = transaction.execute(
        sa.select(tenants.c.name, _r.document, _r.active)
        .join(tenants, tenants.c.id == _r.tenant)
        .where(_r.tenant == tenant, _r.resource_type == "User", _r.id == user_id)
    ).first()
    if found is None or found[2] in (False, 0):
        return None
    document: Document = orjson.loads(found[1])
    link = Link(tenant, str(found[0]), user_id, str(document["userName"]), is_active=True)
    return Person(link, name_of(document), address_of(document))
