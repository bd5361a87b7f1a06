"""What people do about their accounts, in the journals of the tenants that know them."""

from typing import Literal

from scim_server.accounts import letters
from scim_server.accounts.register import Account, Link, links_of
from scim_server.db import Transaction
from scim_server.journal.record import Actor, Entry, record
from scim_server.outbox.mail import post

Event = Literal[
    "sign-in", "password-changed", "second-factor-added", "second-factor-removed", "second-factor-failed",
    "recovery-code-used", "recovery-codes-made", "second-factor-reset", "password-reset-offered", "address-added",
    "address-preferred", "address-removed", "account-removed", "account-expired", "invitation-sent",
    "invitation-accepted", "account-disconnected",
]  # fmt: skip
_TOLD: dict[Event, str] = {
    "password-changed": "Your password was changed.",
    "second-factor-added": "A second factor was added: another way to prove that it is you who signs in.",
    "second-factor-removed": "A second factor was removed from your account.",
    "recovery-code-used": "One of your recovery codes was used in place of a second factor. It is not good again.",
    "recovery-codes-made": "New recovery codes were made for your account. Those made before are no longer good.",
    "second-factor-reset": "The exam board removed every second factor from your account. Set one up when you sign in.",
    "account-removed": "Your account was removed.",
}


def note(
    transaction: Transaction, account: Account, event: Event, request_id: str | None = None, *, by: Actor | None = None
) -> None:
    """Record what a person did in the journal of each tenant with a User of theirs, and tell them of what matters.

    :param by: Who did it, when it was not the person.
    """
    for link in links_of(transaction, account.id):
        record(transaction, link.tenant, [entry_of(link, event, request_id, by=by)])
    if event in _TOLD:
        for email in account.emails:
            post(transaction, letters.notice(email, account.name, _TOLD[event]))


def entry_of(link: Link, event: Event, request_id: str | None = None, *, by: Actor | None = None) -> Entry:
    """Return the entry about what happened to the account of somebody whom a tenant knows."""
    return Entry(
        actor=by or Actor("person", link.user_id, link.user_name),
        operation=event,
        status=401 if event == "second-factor-failed" else 200,
        resource_type="User",
        resource_id=link.user_id,
        display=link.user_name,
        request_id=request_id,
    )
