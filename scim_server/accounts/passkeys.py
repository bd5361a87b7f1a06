"""Passkeys (WebAuthn level 2): made for this site alone, so that nobody can be led to give one to another site."""

from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from scim_server.accounts.errors import AccountError
from scim_server.accounts.register import Account, read_account
from scim_server.accounts.second_factors import ISSUER
from scim_server.accounts.tables import passkeys
from scim_server.db import Transaction
from scim_server.store.conflicts import insert
from scim_server.store.documents import utc_text

MAX_PASSKEYS = 20
_NAME_LENGTH = 60
_c = passkeys.c


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey of a person."""

    id: str
    name: str
    created: str
    last_used: str | None


@dataclass(frozen=True, slots=True)
class Ceremony:
    """What a browser is asked to do, as JSON, and the challenge that its answer must sign."""

    options: str
    challenge: str


class RelyingParty:
    """This site, as passkeys know it."""

    def __init__(self, base_url: str) -> None:
        """Be known by the host of the public address."""
        parts = urlsplit(base_url)
        self.host = parts.hostname or ""
        self.origin = f"{parts.scheme}://{parts.netloc}"

    @property
    def offers_passkeys(self) -> bool:
        """Whether browsers make passkeys here: they need a name, not the number of a network, and HTTPS to reach it."""
        try:
            ip_address(self.host)
        except ValueError:
            return self.origin.startswith("https:") or self.host == "localhost" or self.host.endswith(".localhost")
        return False

    def begin_adding(self, transaction: Transaction, account: Account) -> Ceremony:
        """Return what makes a passkey that signs in by itself, asking its owner for a fingerprint, face or PIN."""
        known = [base64url_to_bytes(each.id) for each in list_passkeys(transaction, account)]
        options = generate_registration_options(
            rp_id=self.host,
            rp_name=ISSUER,
            user_id=account.id.encode(),
            user_name=account.emails[0],
            user_display_name=account.name,
            exclude_credentials=[PublicKeyCredentialDescriptor(id=each) for each in known],
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
            ),
        )
        return Ceremony(options_to_json(options), bytes_to_base64url(options.challenge))

    def add(self, transaction: Transaction, account: Account, challenge: str, credential: Any, name: str) -> None:
        """Keep a passkey that a browser has made.

        :raises AccountError: When the browser's answer is not right, or the account has many.
        """
        if len(list_passkeys(transaction, account)) >= MAX_PASSKEYS:
            raise AccountError("An account has %(number)s passkeys at most. Remove one first.", number=MAX_PASSKEYS)
        try:
            made = verify_registration_response(
                credential=credential,
                expected_challenge=base64url_to_bytes(challenge),
                expected_rp_id=self.host,
                expected_origin=self.origin,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, KeyError, TypeError):
            raise AccountError("The passkey could not be made. Try again.") from None
        row = {
            "credential_id": bytes_to_base64url(made.credential_id),
            "account_id": account.id,
            "public_key": bytes_to_base64url(made.credential_public_key),
            "sign_count": made.sign_count,
            "name": _printable(name)[:_NAME_LENGTH] or "Passkey",
            "created": utc_text(datetime.now(UTC)),
        }
        adding = insert(passkeys).values(row).on_conflict_do_nothing().returning(_c.credential_id)
        if transaction.execute(adding).first() is None:
            raise AccountError("This passkey is in use already. Make another.")

    def begin_signing_in(self) -> Ceremony:
        """Return what lets a person choose one of their passkeys for this site."""
        options = generate_authentication_options(
            rp_id=self.host, user_verification=UserVerificationRequirement.REQUIRED
        )
        return Ceremony(options_to_json(options), bytes_to_base64url(options.challenge))

    def signed_in(self, transaction: Transaction, challenge: str, credential: Any) -> Account:
        """Return whose passkey a browser has used.

        :raises AccountError: When the passkey is not known, or the browser's answer is not right.
        """
        columns = (_c.account_id, _c.public_key, _c.sign_count)
        key: Any = transaction.execute(sa.select(*columns).where(_c.credential_id == _id_of(credential))).first()
        count = None if key is None else self._count_of(challenge, credential, key)
        account = None if count is None else read_account(transaction, key.account_id)
        if account is None or not _is_handle_of(credential, account):
            raise AccountError("This passkey does not sign in here. Use another, or your password.")
        noted = {"sign_count": count, "last_used": utc_text(datetime.now(UTC))}
        transaction.execute(sa.update(passkeys).where(_c.credential_id == _id_of(credential)).values(noted))
        return account

    def _count_of(self, challenge: str, credential: Any, key: Any) -> int | None:
        """Return how often a passkey has signed, or None when it has not signed this, or there is a copy of it."""
        try:
            used = verify_authentication_response(
                credential=credential,
                expected_challenge=base64url_to_bytes(challenge),
                expected_rp_id=self.host,
                expected_origin=self.origin,
                credential_public_key=base64url_to_bytes(key.public_key),
                credential_current_sign_count=key.sign_count,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, KeyError, TypeError):
            return None
        return used.new_sign_count


def owner_of(transaction: Transaction, credential: Any) -> Account | None:
    """Return whose passkey a browser names, which proves nothing yet, or None."""
    statement = sa.select(_c.account_id).where(_c.credential_id == _id_of(credential))
    owner = transaction.execute(statement).scalar()
    return None if owner is None else read_account(transaction, owner)


def _id_of(credential: Any) -> str:
    given = credential.get("id") if isinstance(credential, dict) else None
    return given if isinstance(given, str) and "\0" not in given else ""


def _printable(name: str) -> str:
    return " ".join("".join(each if each.isprintable() else " " for each in name).split())


def _is_handle_of(credential: Any, account: Account) -> bool:
    """Tell whether an authenticator that names an account names this one (WebAuthn §7.2, step 6)."""
    handle = credential["response"].get("userHandle")
    return not handle or handle == bytes_to_base64url(account.id.encode())


def list_passkeys(transaction: Transaction, account: Account) -> list[Passkey]:
    """Return the passkeys of a person, the oldest first."""
    columns = (_c.credential_id, _c.name, _c.created, _c.last_used)
    rows: Any = transaction.execute(sa.select(*columns).where(_c.account_id == account.id).order_by(_c.created))
    return [Passkey(*row) for row in rows]


def remove_passkey(transaction: Transaction, account: Account, passkey_id: str) -> None:
    """Forget a passkey of a person."""
    transaction.execute(sa.delete(passkeys).where(_c.account_id == account.id, _c.credential_id == passkey_id))


def forget_passkeys(transaction: Transaction, account: Account) -> None:
    """Forget every passkey of a person."""
    transaction.execute(sa.delete(passkeys).where(_c.account_id == account.id))
