"""Platform administrators: a name, and a password kept as an Argon2 hash."""

import hmac
import re
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from scim_server.connections.errors import AdministrationError
from scim_server.connections.tables import administrators
from scim_server.db import Transaction
from scim_server.protocol.errors import TooManyRequests
from scim_server.store.conflicts import insert
from scim_server.store.documents import utc_text

MIN_PASSWORD, MAX_PASSWORD = 12, 256
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
_FIND = sa.select(administrators.c.password_hash).where(administrators.c.name == sa.bindparam("name"))

#: The hash of a forgotten password: an unknown name takes as long to refuse as a wrong password.
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$KF2/zq1W0h94oZdZXgabiA$uGNsm/bY+voFuszRMwCbICwuCesNwWX0f0A8YQcF9F4"


@dataclass(frozen=True, slots=True)
class Administrator:
    """A person of the platform who may do everything in every tenant."""

    name: str
    created: str


def create_administrator(
    transaction: Transaction, name: str, password: str, *, hasher: PasswordHasher | None = None
) -> None:
    """Create an administrator.

    :raises AdministrationError: When the name or the password is unfit, or the administrator exists.
    """
    if not _NAME.fullmatch(name):
        raise AdministrationError(
            "An administrator's name has 1 to 64 letters, digits, dots, hyphens, underscores or @."
        )
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise AdministrationError(f"The password must have {MIN_PASSWORD} to {MAX_PASSWORD} characters.")
    values = {
        "name": name,
        "password_hash": (hasher or PasswordHasher()).hash(password),
        "created": utc_text(datetime.now(UTC)),
    }
    adding = insert(administrators).values(values).on_conflict_do_nothing().returning(administrators.c.name)
    if transaction.execute(adding).first() is None:
        raise AdministrationError(f"There is already an administrator {name}.")


def list_administrators(transaction: Transaction) -> list[Administrator]:
    """Return the administrators in the order of their names."""
    columns = (administrators.c.name, administrators.c.created)
    rows = transaction.execute(sa.select(*columns).order_by(administrators.c.name)).mappings()
    return [Administrator(**row) for row in rows]


def require_administrator(transaction: Transaction, name: str) -> None:
    """Refuse a name that no administrator has.

    :raises AdministrationError: When there is no such administrator.
    """
    if find_password_hash(transaction, name) is None:
        raise AdministrationError(f"There is no administrator {name}; scim-server admin list shows all.")


def delete_administrator(transaction: Transaction, name: str) -> None:
    """Delete an administrator, whose password is refused from the next request on.

    :raises AdministrationError: When there is no such administrator.
    """
    deleted = transaction.execute(sa.delete(administrators).where(administrators.c.name == name))
    if not deleted.rowcount:
        raise AdministrationError(f"There is no administrator {name}; scim-server admin list shows all.")


def find_password_hash(transaction: Transaction, name: str) -> str | None:
    """Return the stored hash of an administrator's password, or None for an unknown name."""
    return transaction.execute(_FIND, {"name": name}).scalar()


class PasswordCheck:
    """Checks passwords against Argon2 hashes, which takes a good part of a second on purpose.

    A password found right is remembered for a minute by a keyed digest of itself and its hash, so that a script's
    requests after the first are fast; a changed or deleted hash is not among those remembered. Only a few checks run
    at a time: guessing must not take the processor from everybody else.
    """

    REMEMBERED_SECONDS = 60.0
    REMEMBERED_AT_MOST = 64
    AT_A_TIME = 2

    def __init__(self, *, clock: Callable[[], float] = time.monotonic, patience: float = 5.0) -> None:
        """Remember nothing yet; patience is for how many seconds a check waits for its turn."""
        self._clock = clock
        self._patience = patience
        self._key = secrets.token_bytes(32)
        self._right_until: dict[bytes, float] = {}
        self._slots = threading.BoundedSemaphore(self.AT_A_TIME)

    def is_right(self, password: str, stored_hash: str | None) -> bool:
        """Tell whether a password has the stored hash; None, for an unknown name, takes as long and is never right.

        :raises TooManyRequests: When other checks leave no turn.
        """
        digest = hmac.digest(self._key, f"{stored_hash}\0{password}".encode("utf-8", "surrogatepass"), sha256)
        if self._right_until.get(digest, 0.0) > self._clock():
            return True
        if not self._slots.acquire(timeout=self._patience):
            raise TooManyRequests(detail="Too many passwords are being checked; try again in a moment.", retry_after=5)
        try:
            right = _verify(stored_hash or _NOBODY, password[: MAX_PASSWORD + 1]) and stored_hash is not None
        finally:
            self._slots.release()
        if right:
            self._remember(digest)
        return right

    def _remember(self, digest: bytes) -> None:
        if len(self._right_until) >= self.REMEMBERED_AT_MOST:
            self._right_until.clear()
        self._right_until[digest] = self._clock() + self.REMEMBERED_SECONDS


def _verify(stored_hash: str, password: str) -> bool:
    try:
        return PasswordHasher().verify(stored_hash, password.encode("utf-8", "surrogatepass"))
    except (VerificationError, InvalidHashError):
        return False
