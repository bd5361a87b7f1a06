"""The register of accounts: who somebody is, by which addresses, and as whom schools know them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
import sqlalchemy as sa
import uuid_utils

from scim_server.accounts.errors import AccountError
from scim_server.accounts.tables import (
    account_administrators,
    account_emails,
    account_links,
    accounts,
    passkeys,
    recovery_codes,
)
from scim_server.db import Transaction
from scim_server.outbox.mail import is_address
from scim_server.store.conflicts import insert
from scim_server.store.documents import comparison_text, utc_text
from scim_server.store.tables import resources, tenants

_a, _e, _l, _r = accounts.c, account_emails.c, account_links.c, resources.c
MAX_NAME = 100


@dataclass(frozen=True, slots=True)
class Account:
    """One person's account."""

    id: str
    name: str
    password_hash: str | None
    has_totp: bool
    has_passkey: bool
    emails: tuple[str, ...]
    """The addresses that were proven, the primary one first."""

    administrator: str | None
    """The administrator of the platform that the person acts as."""

    @property
    def has_second_factor(self) -> bool:
        """Whether a password alone does not sign the person in."""
        return self.has_totp or self.has_passkey

    def owns(self, email: str) -> bool:
        """Tell whether an address is one of the account's."""
        return email_key(email) in {email_key(each) for each in self.emails}


@dataclass(frozen=True, slots=True)
class Link:
    """A User of a tenant that is the person."""

    tenant: str
    tenant_name: str
    user_id: str
    user_name: str
    is_active: bool


def email_key(email: str) -> str:
    """Return an address in the form in which addresses are compared."""
    return comparison_text(email.strip(), case_exact=False)


def check_email(email: str) -> str:
    """Return an address without the spaces around it.

    :raises AccountError: When mail cannot be sent to it.
    """
    email = email.strip()
    if not is_address(email) or "." not in email.rpartition("@")[2].strip("."):
        raise AccountError("Enter an e-mail address like name@school.example.", "email")
    return email


def check_name(name: str) -> str:
    """Return a person's name without the spaces around it.

    :raises AccountError: When it is blank, too long, or cannot be printed.
    """
    name = " ".join(name.split())
    if not name or len(name) > MAX_NAME or not name.isprintable():
        raise AccountError("Enter your name, in %(number)s characters at most.", "name", number=MAX_NAME)
    return name


def create_account(transaction: Transaction, *, name: str, email: str, password_hash: str | None) -> str:
    """Return the id of a new account, whose address was proven.

    :raises AccountError: When there is an account with that address.
    """
    now = utc_text(datetime.now(UTC))
    account_id = str(uuid_utils.uuid7())
    values = {"id": account_id, "name": check_name(name), "password_hash": password_hash, "created": now}
    transaction.execute(sa.insert(accounts), values)
    add_email(transaction, account_id, email, primary=True)
    return account_id


def add_email(transaction: Transaction, account_id: str, email: str, *, primary: bool = False) -> None:
    """Keep an address that was proven.

    :raises AccountError: When another account has it.
    """
    row = {"email_key": email_key(email), "account_id": account_id, "email": email, "is_primary": primary}
    adding = insert(account_emails).values(row | {"verified": utc_text(datetime.now(UTC))})
    added = transaction.execute(adding.on_conflict_do_nothing().returning(_e.email_key)).first()
    if added is None:
        raise AccountError("This address belongs to an account already. Sign in with it instead.", "email")


def find_account(transaction: Transaction, email: str) -> Account | None:
    """Return the account of an address, or None."""
    found = transaction.execute(sa.select(_e.account_id).where(_e.email_key == email_key(email))).scalar()
    return None if found is None else read_account(transaction, found)


def read_account(transaction: Transaction, account_id: str) -> Account | None:
    """Return an account, or None when it was removed."""
    administrator = sa.select(sa.func.min(account_administrators.c.name)).where(
        account_administrators.c.account_id == _a.id
    )
    has_passkey = sa.exists().where(passkeys.c.account_id == _a.id)
    columns = (_a.name, _a.password_hash, _a.totp_secret.is_not(None), has_passkey, administrator.scalar_subquery())
    found: Any = transaction.execute(sa.select(*columns).where(_a.id == account_id)).first()
    if found is None:
        return None
    emails = transaction.execute(
        sa.select(_e.email).where(_e.account_id == account_id).order_by(_e.is_primary.desc(), _e.verified, _e.email_key)
    ).scalars()
    name, password_hash, has_totp, keyed, acting_as = found
    return Account(account_id, name, password_hash, bool(has_totp), bool(keyed), tuple(emails), acting_as)


def hold_account(transaction: Transaction, account_id: str) -> None:
    """Let nobody else change an account in the same way until the transaction ends."""
    transaction.execute(sa.select(_a.id).where(_a.id == account_id).with_for_update())


def set_password(transaction: Transaction, account_id: str, password_hash: str) -> None:
    """Give an account another password."""
    transaction.execute(sa.update(accounts).where(_a.id == account_id).values(password_hash=password_hash))


def rename_account(transaction: Transaction, account_id: str, name: str) -> None:
    """Give a person another name.

    :raises AccountError: When it is no name.
    """
    transaction.execute(sa.update(accounts).where(_a.id == account_id).values(name=check_name(name)))


def link_user(transaction: Transaction, account_id: str, tenant: str, user_id: str) -> None:
    """Say that a User of a tenant is the person of an account, who proved it; a link to another account ends."""
    row = {"tenant": tenant, "user_id": user_id, "account_id": account_id, "linked": utc_text(datetime.now(UTC))}
    linking = insert(account_links).values(row)
    transaction.execute(
        linking.on_conflict_do_update(
            index_elements=[_l.tenant, _l.user_id], set_={"account_id": account_id, "linked": row["linked"]}
        )
    )


def unlink_user(transaction: Transaction, tenant: str, user_id: str) -> None:
    """Forget who a User is, as when it is deleted."""
    transaction.execute(sa.delete(account_links).where(_l.tenant == tenant, _l.user_id == user_id))


def link_administrator(transaction: Transaction, account_id: str, name: str) -> None:
    """Let the person of an account act as an administrator of the platform."""
    linking = insert(account_administrators).values(name=name, account_id=account_id)
    transaction.execute(linking.on_conflict_do_update(index_elements=["name"], set_={"account_id": account_id}))


def links_of(transaction: Transaction, account_id: str) -> list[Link]:
    """Return the Users that are the person, in the order of their tenants' names."""
    return links_of_several(transaction, [account_id]).get(account_id, [])


def links_of_several(transaction: Transaction, account_ids: Sequence[str]) -> dict[str, list[Link]]:
    """Return the Users that are the persons of some accounts, by account, in the order of their tenants' names."""
    joined = account_links.join(
        resources, sa.and_(_r.tenant == _l.tenant, _r.resource_type == "User", _r.id == _l.user_id)
    ).join(tenants, tenants.c.id == _l.tenant)
    rows: Any = transaction.execute(
        sa.select(_l.account_id, _l.tenant, tenants.c.name, _l.user_id, _r.document, _r.active)
        .select_from(joined)
        .where(_l.account_id.in_(account_ids))
        .order_by(tenants.c.name, _l.tenant, _l.user_id)
    )
    found: dict[str, list[Link]] = {}
    for account_id, tenant, tenant_name, user_id, document, active in rows:
        user_name = str(orjson.loads(document)["userName"])
        found.setdefault(account_id, []).append(Link(tenant, tenant_name, user_id, user_name, active not in (False, 0)))
    return found


def account_of_user(transaction: Transaction, tenant: str, user_id: str) -> str | None:
    """Return the id of the account that a User is linked to, or None."""
    statement = sa.select(_l.account_id).where(_l.tenant == tenant, _l.user_id == user_id)
    return transaction.execute(statement).scalar()


def person_of_user(transaction: Transaction, tenant: str, user_id: str) -> tuple[Account, Link] | None:
    """Return the account that a User is linked to, and the link, or None."""
    account_id = account_of_user(transaction, tenant, user_id)
    account = None if account_id is None else read_account(transaction, account_id)
    if account is None:
        return None
    links = links_of(transaction, account.id)
    return next(((account, link) for link in links if (link.tenant, link.user_id) == (tenant, user_id)), None)


def delete_account(transaction: Transaction, account_id: str) -> None:
    """Remove an account with all that belongs to it; the Users of schools stay with their schools."""
    delete_accounts(transaction, [account_id])


def delete_accounts(transaction: Transaction, account_ids: Sequence[str]) -> None:
    """Remove some accounts, as :func:`delete_account` does one."""
    transaction.execute(sa.delete(recovery_codes).where(recovery_codes.c.account_id.in_(account_ids)))
    transaction.execute(sa.delete(accounts).where(_a.id.in_(account_ids)))
