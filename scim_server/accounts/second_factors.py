"""Second factors beside a password: codes of an authenticator app (RFC 6238), and recovery codes, each good once."""

import hashlib
import hmac
import secrets
import unicodedata
from base64 import b64decode, b64encode
from datetime import UTC, datetime

import pyotp
import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from scim_server.accounts.errors import AccountError
from scim_server.accounts.register import Account
from scim_server.accounts.tables import accounts, recovery_codes
from scim_server.db import Transaction

ISSUER = "My Cambridge"
RECOVERY_CODES = 10
_STEP, _DIGITS = 30, 6
_NONCE = 12
_a, _r = accounts.c, recovery_codes.c


class Seal:
    """Keeps second factors from whoever reads the database without the server's own secret."""

    def __init__(self, signing_secret: str) -> None:
        """Derive the keys from the server's secret."""
        self._key = AESGCM(hmac.digest(signing_secret.encode(), b"authenticator apps", hashlib.sha256))
        self._codes_key = hmac.digest(signing_secret.encode(), b"recovery codes", hashlib.sha256)

    def close(self, secret: str, account_id: str) -> str:
        """Return a secret sealed for one account."""
        nonce = secrets.token_bytes(_NONCE)
        return b64encode(nonce + self._key.encrypt(nonce, secret.encode(), account_id.encode())).decode()

    def open(self, sealed: str, account_id: str) -> str | None:
        """Return a sealed secret, or None when it was sealed by another server, for another account, or never."""
        try:
            content = b64decode(sealed)
            return self._key.decrypt(content[:_NONCE], content[_NONCE:], account_id.encode()).decode()
        except (InvalidTag, ValueError):
            return None

    def digest(self, code: str, account_id: str) -> str:
        """Return what is kept of a recovery code of an account.

        A code that people can type is too short for a digest without a key: a leaked database could be searched for it.
        """
        content = f"{account_id}:{code}".encode("utf-8", "surrogatepass")
        return hmac.digest(self._codes_key, content, hashlib.sha256).hex()


def new_secret() -> str:
    """Return the secret of a new authenticator app, in base32."""
    return pyotp.random_base32()


def address_of(secret: str, email: str) -> str:
    """Return the ``otpauth`` address that an authenticator app reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def add_app(transaction: Transaction, seal: Seal, account: Account, secret: str, code: str) -> None:
    """Keep an authenticator app whose code proves that it was set up; it takes the place of another.

    :raises AccountError: When the code is not the app's.
    """
    step = _step_of(secret, code)
    if step is None:
        raise AccountError("The code is not right. Check the clock of your device, and enter the newest code.", "code")
    sealed = seal.close(secret, account.id)
    transaction.execute(sa.update(accounts).where(_a.id == account.id).values(totp_secret=sealed, totp_used=step))


def remove_app(transaction: Transaction, account: Account) -> None:
    """Forget the authenticator app of an account."""
    transaction.execute(sa.update(accounts).where(_a.id == account.id).values(totp_secret=None, totp_used=None))


def check_code(transaction: Transaction, seal: Seal, account: Account, code: str) -> bool:
    """Accept a code of the app, or a recovery code, and tell whether it was a recovery code. Neither works again.

    :raises AccountError: When it is neither.
    """
    plain = _plain(code)
    if len(plain) != _DIGITS:
        _use_recovery_code(transaction, seal, account, plain)
        return True
    row = transaction.execute(sa.select(_a.totp_secret, _a.totp_used).where(_a.id == account.id)).one()
    secret = None if row[0] is None else seal.open(row[0], account.id)
    step = None if secret is None else _step_of(secret, plain)
    if step is None or not _note_step(transaction, account, step):
        raise _wrong_code()
    return False


def _note_step(transaction: Transaction, account: Account, step: int) -> bool:
    """Note that the code of a time step was used, and tell whether it was for the first time (RFC 6238 §5.2)."""
    is_new = sa.or_(_a.totp_used.is_(None), _a.totp_used < step)
    noted = transaction.execute(sa.update(accounts).where(_a.id == account.id, is_new).values(totp_used=step))
    return bool(noted.rowcount)


def _step_of(secret: str, code: str) -> int | None:
    """Return the time step whose code was given: this one, or one of its neighbours, since clocks differ."""
    now = int(datetime.now(UTC).timestamp()) // _STEP
    app = pyotp.TOTP(secret)
    given = _plain(code)
    # Anything but ASCII cannot be compared in constant time, and is no code.
    if not (given.isascii() and given.isdigit()):
        return None
    return next((step for step in (now, now - 1, now + 1) if hmac.compare_digest(app.generate_otp(step), given)), None)


def _plain(code: str) -> str:
    """Return a code without what people type around its digits and letters, which may be of another width."""
    return "".join(unicodedata.normalize("NFKC", code).split()).replace("-", "").lower()


def make_recovery_codes(transaction: Transaction, seal: Seal, account: Account) -> list[str]:
    """Return new recovery codes, to be shown once; those made before are no longer good."""
    codes = [f"{secrets.token_hex(4)}-{secrets.token_hex(4)}" for _ in range(RECOVERY_CODES)]
    transaction.execute(sa.delete(recovery_codes).where(_r.account_id == account.id))
    rows = [{"account_id": account.id, "code_hash": seal.digest(code.replace("-", ""), account.id)} for code in codes]
    transaction.execute(sa.insert(recovery_codes), rows)
    return codes


def count_recovery_codes(transaction: Transaction, account: Account) -> int:
    """Return how many recovery codes are left."""
    counting = sa.select(sa.func.count()).select_from(recovery_codes).where(_r.account_id == account.id)
    return int(transaction.execute(counting).scalar() or 0)


def forget_second_factors(transaction: Transaction, account: Account) -> None:
    """Forget the app and the recovery codes of a person who lost both; passkeys are forgotten by their own module."""
    remove_app(transaction, account)
    transaction.execute(sa.delete(recovery_codes).where(_r.account_id == account.id))


def _use_recovery_code(transaction: Transaction, seal: Seal, account: Account, code: str) -> None:
    digest = seal.digest(code, account.id)
    used = sa.delete(recovery_codes).where(_r.account_id == account.id, _r.code_hash == digest)
    if not transaction.execute(used).rowcount:
        raise _wrong_code()


def _wrong_code() -> AccountError:
    return AccountError("The code is not right, or was used before. Enter the newest one that your app shows.", "code")
