"""The e-mail addresses of an account: added when both mailboxes agree, the present one and the new one."""

import sqlalchemy as sa

from scim_server.accounts import letters
from scim_server.accounts.errors import AccountError
from scim_server.accounts.events import note
from scim_server.accounts.register import Account, add_email, check_email, email_key
from scim_server.accounts.secret_links import Proof, Purpose, make_link, read_link, use_link
from scim_server.accounts.tables import account_emails, account_proofs
from scim_server.accounts.throttle import ensure_not_throttled, mail_keys, note_failure
from scim_server.db import Transaction
from scim_server.outbox.mail import post

MAX_ADDRESSES = 10
_e = account_emails.c


def ask_to_add(transaction: Transaction, account: Account, email: str, address: str, base_url: str) -> None:
    """Ask the present address to agree that another is added; only then is the new one written to.

    :raises AccountError: When it is no address, the account has it or has many, or mails were asked for too often.
    """
    email = check_email(email)
    if account.owns(email):
        raise AccountError("Your account has this address already.", "email")
    if len(account.emails) >= MAX_ADDRESSES:
        raise AccountError(
            "An account has %(number)s addresses at most. Remove one first.", "email", number=MAX_ADDRESSES
        )
    keys = mail_keys(email, address)
    ensure_not_throttled(transaction, keys)
    note_failure(transaction, keys)
    secret = make_link(transaction, Proof("agree", email, account_id=account.id))
    link = f"{base_url}/account/e-mail/agree/{secret}"
    post(transaction, letters.confirm_change(account.emails[0], account.name, email, link))


def agree(transaction: Transaction, account: Account, secret: str, base_url: str) -> str:
    """Write to the new address, now that the present one agreed, and return it.

    :raises AccountError: When the link is no longer good, or another account's.
    """
    proof = _proof(transaction, account, secret, "agree")
    proven = make_link(transaction, Proof("email", proof.email, account_id=account.id))
    link = f"{base_url}/account/e-mail/confirm/{proven}"
    post(transaction, letters.confirm_address(proof.email, account.name, link))
    return proof.email


def confirm(transaction: Transaction, account: Account, secret: str, request_id: str | None = None) -> str:
    """Add the address that a link proves to the account, tell the others, and return it.

    :raises AccountError: When the link is no longer good, or another account's, or one has the address by now.
    """
    proof = _proof(transaction, account, secret, "email")
    add_proven(transaction, account, proof.email, request_id)
    return proof.email


def add_proven(transaction: Transaction, account: Account, email: str, request_id: str | None = None) -> None:
    """Add an address whose mailbox the person reads, and tell the others.

    :raises AccountError: When another account has it.
    """
    add_email(transaction, account.id, email)
    note(transaction, account, "address-added", request_id)
    _tell(transaction, account, f"The address {email} was added to your account.")


def make_primary(transaction: Transaction, account: Account, email: str, request_id: str | None = None) -> None:
    """Write to another address of the account from now on.

    :raises AccountError: When the account does not have it.
    """
    key = _owned(account, email)
    primary = sa.update(account_emails).where(_e.account_id == account.id).values(is_primary=_e.email_key == key)
    transaction.execute(primary)
    note(transaction, account, "address-preferred", request_id)
    _tell(transaction, account, f"Mail about your account goes to {email} from now on.")


def remove(transaction: Transaction, account: Account, email: str, request_id: str | None = None) -> None:
    """Take an address from an account, and end the links that were sent to it.

    :raises AccountError: When the account does not have it, or only or primarily this one.
    """
    key = _owned(account, email)
    if key == email_key(account.emails[0]):
        raise AccountError("Mail about your account goes to this address. Choose another for that first.")
    transaction.execute(sa.delete(account_emails).where(_e.email_key == key, _e.account_id == account.id))
    links = sa.delete(account_proofs).where(account_proofs.c.account_id == account.id)
    transaction.execute(links.where(account_proofs.c.email == email))
    note(transaction, account, "address-removed", request_id)
    _tell(transaction, account, f"The address {email} was removed from your account.")


def concerned(transaction: Transaction, account: Account, secret: str, purpose: Purpose) -> str:
    """Return the address that a link is about, which stays good.

    :raises AccountError: When the link is no longer good, or another account's.
    """
    return _own(read_link(transaction, secret, purpose), account).email


def _proof(transaction: Transaction, account: Account, secret: str, purpose: Purpose) -> Proof:
    return _own(use_link(transaction, secret, purpose), account)


def _own(proof: Proof, account: Account) -> Proof:
    if proof.account_id != account.id:
        raise AccountError("This link belongs to another account. Sign in with that one, then open the link again.")
    return proof


def _owned(account: Account, email: str) -> str:
    if not account.owns(email):
        raise AccountError("Your account does not have this address.")
    return email_key(email)


def _tell(transaction: Transaction, account: Account, what: str) -> None:
    for each in account.emails:
        post(transaction, letters.notice(each, account.name, what))
