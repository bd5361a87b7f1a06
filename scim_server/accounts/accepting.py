"""Accept an invitation: it links the User of a school to the account of whoever reads the mailbox it was sent to."""

from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from scim_server.accounts.addresses import add_proven
from scim_server.accounts.errors import AccountError
from scim_server.accounts.events import entry_of
from scim_server.accounts.invitations import Person, active_person
from scim_server.accounts.register import (
    Account,
    account_of_user,
    email_key,
    hold_account,
    link_administrator,
    link_user,
    links_of,
)
from scim_server.accounts.secret_links import Proof, end_links_of_user
from scim_server.accounts.tables import invitations
from scim_server.db import Transaction
from scim_server.journal.record import record
from scim_server.store.documents import utc_text

_i = invitations.c


@dataclass(frozen=True, slots=True)
class Invited:
    """Whom a link invites, and to what."""

    organisation: str
    name: str


def invited(transaction: Transaction, proof: Proof) -> Invited:
    """Return whom an invitation invites, and to what.

    :raises AccountError: When the person was deactivated or deleted meanwhile, has another address by now, or accepted
        an invitation already.
    """
    if proof.administrator is not None:
        return Invited("the exam board", "")
    person = _person(transaction, proof)
    return Invited(person.link.tenant_name, person.name)


def obstacle(transaction: Transaction, proof: Proof, account: Account) -> AccountError | None:
    """Return why an account cannot accept an invitation, and what to do, or None when it can.

    One account is one person of an organisation: with two, people could give roles to themselves.
    """
    known = [link for link in links_of(transaction, account.id) if link.tenant == proof.tenant]
    if not known:
        return None
    name, organisation = known[0].user_name, known[0].tenant_name
    return AccountError(
        "Your account is %(name)s of %(organisation)s already, and can be one person there only. If this invitation is "
        "yours too, ask the exams officer of %(organisation)s to disconnect your account from %(name)s first.",
        name=name,
        organisation=organisation,
    )


def accept(transaction: Transaction, proof: Proof, account: Account, request_id: str | None = None) -> None:
    """Link what an invitation is for to an account, whose person opened it from their mailbox.

    :raises AccountError: When the invitation is no longer good, or the account cannot accept it.
    """
    hold_account(transaction, account.id)
    if proof.administrator is not None:
        _keep_address(transaction, proof, account, request_id)
        link_administrator(transaction, account.id, proof.administrator)
        return
    person = _person(transaction, proof)
    if (why := obstacle(transaction, proof, account)) is not None:
        raise why
    _keep_address(transaction, proof, account, request_id)
    _link(transaction, person, account, request_id)


def _person(transaction: Transaction, proof: Proof) -> Person:
    tenant, user_id = str(proof.tenant), str(proof.user_id)
    person = active_person(transaction, tenant, user_id)
    if person is None:
        raise AccountError("The school has taken this invitation back. Ask its exams officer.")
    organisation = person.link.tenant_name
    if person.email is None or email_key(person.email) != email_key(proof.email):
        raise AccountError(
            "%(organisation)s has another e-mail address for this person now, so this invitation is no longer good. "
            "Ask its exams officer to send a new one.",
            organisation=organisation,
        )
    if account_of_user(transaction, tenant, user_id) is not None:
        raise AccountError(
            "This invitation to %(organisation)s has been accepted already. Sign in to go on. If it was not you who "
            "accepted it, tell its exams officer at once.",
            organisation=organisation,
        )
    return person


def _keep_address(transaction: Transaction, proof: Proof, account: Account, request_id: str | None) -> None:
    if not account.owns(proof.email):
        add_proven(transaction, account, proof.email, request_id)


def _link(transaction: Transaction, person: Person, account: Account, request_id: str | None) -> None:
    tenant, user_id = person.link.tenant, person.link.user_id
    link_user(transaction, account.id, tenant, user_id)
    end_links_of_user(transaction, tenant, user_id)
    accepted = sa.update(invitations).where(_i.tenant == tenant, _i.user_id == user_id)
    transaction.execute(accepted.values(accepted=utc_text(datetime.now(UTC))))
    record(transaction, tenant, [entry_of(person.link, "invitation-accepted", request_id)])
