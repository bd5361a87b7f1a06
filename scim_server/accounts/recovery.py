"""Ask for an account, or for a new password, by mail. The answer on the page is the same whoever asks.

A mail and a link are written in every case, so neither the page nor its time says whether an address is known.
"""

from collections.abc import Callable

from scim_server.accounts import letters
from scim_server.accounts.errors import AccountError
from scim_server.accounts.events import entry_of, note
from scim_server.accounts.passwords import check_password, hash_password
from scim_server.accounts.register import (
    Account,
    check_email,
    check_name,
    create_account,
    find_account,
    person_of_user,
    read_account,
    set_password,
)
from scim_server.accounts.secret_links import Proof, end_links, make_link, read_link, use_link
from scim_server.accounts.sessions import end_sessions
from scim_server.accounts.throttle import ensure_not_throttled, mail_keys, note_failure
from scim_server.db import Database, Transaction
from scim_server.journal.record import Actor, record
from scim_server.outbox.mail import Mail, post

Compose = Callable[[Transaction, Account | None], Mail]


def ask_for_reset(database: Database, email: str, address: str, base_url: str) -> None:
    """Write to an address how to choose a new password, or that no account has it.

    :raises AccountError: When it is no address, or mails were asked for too often.
    """

    def reset_mail(transaction: Transaction, found: Account | None) -> Mail:
        link = _reset_link(transaction, found, email, base_url)
        if found is None:
            return letters.no_account(email, f"{base_url}/create-account")
        return letters.reset(email, found.name, link)

    email = check_email(email)
    _write(database, email, address, reset_mail)


def write_reset(transaction: Transaction, account: Account, base_url: str) -> None:
    """Write to a person, for the exam board, how to choose a new password."""
    email = account.emails[0]
    address = _reset_link(transaction, account, email, base_url)
    post(transaction, letters.offered_reset(email, account.name, "My Cambridge support", address))


def _reset_link(transaction: Transaction, account: Account | None, email: str, base_url: str) -> str:
    """Return a link; for an address that no account has, one that nobody is sent, since writing it takes time too."""
    account_id = None if account is None else account.id
    return f"{base_url}/reset-password/{make_link(transaction, Proof('reset', email, account_id=account_id))}"


def offer_reset(
    transaction: Transaction, tenant: str, user_id: str, base_url: str, *, by: Actor, request_id: str | None = None
) -> None:
    """Write to somebody of an organisation how to choose a new password: who looks after them never chooses it.

    :raises AccountError: When they have no account or are deactivated, or mails were asked for too often.
    """
    found = person_of_user(transaction, tenant, user_id)
    if found is None:
        raise AccountError("This person has no account yet. Send the invitation again.")
    account, link = found
    if not link.is_active:
        raise AccountError("This person is deactivated, and cannot sign in.")
    email = account.emails[0]
    keys = mail_keys(email, tenant)
    ensure_not_throttled(transaction, keys)
    note_failure(transaction, keys)
    address = _reset_link(transaction, account, email, base_url)
    post(transaction, letters.offered_reset(email, account.name, link.tenant_name, address))
    # In the journal of that organisation only: others do not learn who its staff are.
    record(transaction, tenant, [entry_of(link, "password-reset-offered", request_id, by=by)])


def ask_for_account(database: Database, email: str, address: str, base_url: str) -> None:
    """Write to an address how to make an account, or that it has one.

    :raises AccountError: When it is no address, or mails were asked for too often.
    """

    def registration_mail(transaction: Transaction, found: Account | None) -> Mail:
        # Who has an account is not sent the link; writing it takes the same time for both.
        secret = make_link(transaction, Proof("registration", email))
        if found is not None:
            return letters.already_registered(email, found.name, f"{base_url}/forgotten-password")
        return letters.registration(email, f"{base_url}/create-account/{secret}")

    email = check_email(email)
    _write(database, email, address, registration_mail)


def _write(database: Database, email: str, address: str, compose: Compose) -> None:
    keys = mail_keys(email, address)

    def asked(transaction: Transaction) -> None:
        ensure_not_throttled(transaction, keys)
        note_failure(transaction, keys)
        post(transaction, compose(transaction, find_account(transaction, email)))

    database.run(asked, writing=True)


def register(database: Database, secret: str, *, name: str, password: str) -> str:
    """Return the id of an account for the address that a link proves.

    :raises AccountError: When the link is no longer good, or the name or the password is unfit.
    """
    proof = database.run(lambda reading: read_link(reading, secret, "registration"), writing=False)
    name = check_name(name)
    check_password(password, about=(name, proof.email))
    hashed = hash_password(password)

    def made(transaction: Transaction) -> str:
        used = use_link(transaction, secret, "registration")
        return create_account(transaction, name=name, email=used.email, password_hash=hashed)

    return database.run(made, writing=True)


def reset_password(database: Database, secret: str, password: str, request_id: str | None = None) -> None:
    """Give the account that a link proves a new password, and sign it out everywhere.

    :raises AccountError: When the link is no longer good, or the password is unfit.
    """

    def known(reading: Transaction) -> Account:
        proof = read_link(reading, secret, "reset")
        account = read_account(reading, str(proof.account_id))
        assert account is not None, "A link goes with its account."
        return account

    account = database.run(known, writing=False)
    check_password(password, about=(account.name, *account.emails))
    hashed = hash_password(password)

    def changed(transaction: Transaction) -> None:
        use_link(transaction, secret, "reset")
        change_password(transaction, account, hashed, request_id)

    database.run(changed, writing=True)


def change_password(
    transaction: Transaction,
    account: Account,
    password_hash: str,
    request_id: str | None = None,
    *,
    but: str | None = None,
) -> None:
    """Give an account another password; its sessions, except the one that is named, and its links for a reset end."""
    set_password(transaction, account.id, password_hash)
    end_links(transaction, account.id, "reset")
    end_sessions(transaction, account.id, but=but)
    note(transaction, account, "password-changed", request_id)
