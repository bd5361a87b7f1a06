"""Sign in with an address and a password; whether the address is known shows in nothing, time included."""

from dataclasses import dataclass

from scim_server.accounts.errors import AccountError, TooManyAttempts
from scim_server.accounts.events import note
from scim_server.accounts.register import Account, find_account
from scim_server.accounts.sessions import open_session
from scim_server.accounts.throttle import count_attempt, forget_failures, keys_of, take_back
from scim_server.connections.administrators import PasswordCheck
from scim_server.db import Database, Transaction
from scim_server.protocol.errors import TooManyRequests


@dataclass(frozen=True, slots=True)
class Browser:
    """From where somebody signs in."""

    user_agent: str
    address: str


class PasswordSignIn:
    """Checks passwords of accounts, a few at a time."""

    def __init__(self, database: Database) -> None:
        """Look accounts up in a database."""
        self._database = database
        self._passwords = PasswordCheck()

    def account(self, email: str, password: str, browser: Browser) -> Account:
        """Return the account of an address and its password.

        :raises AccountError: When they do not belong together, which an unknown address takes as long to learn.
        :raises TooManyAttempts: After too many failures for the address or from the browser's address.
        """
        keys = keys_of("password", email.strip(), browser.address)
        found = self._database.run(lambda transaction: _find(transaction, email, keys), writing=True)
        if not self._is_right(password, None if found is None else found.password_hash, keys) or found is None:
            raise AccountError("The e-mail address or the password is wrong.")
        self._database.run(lambda transaction: forget_failures(transaction, keys), writing=True)
        return found

    def _is_right(self, password: str, password_hash: str | None, keys: dict[str, int]) -> bool:
        try:
            return self._passwords.is_right(password, password_hash)
        except TooManyRequests:
            self._database.run(lambda transaction: take_back(transaction, keys), writing=True)
            raise TooManyAttempts("Many people are signing in just now. Try again in a moment.") from None


def _find(transaction: Transaction, email: str, keys: dict[str, int]) -> Account | None:
    count_attempt(transaction, keys)
    return None if "\0" in email else find_account(transaction, email)


def signed_in(
    database: Database, account: Account, browser: Browser, *, second_factor: bool, request_id: str | None = None
) -> str:
    """Return the secret of a session for a person whose password, and perhaps second factor, were right."""

    def opened(transaction: Transaction) -> str:
        note(transaction, account, "sign-in", request_id)
        return open_session(
            transaction,
            account.id,
            second_factor=second_factor,
            user_agent=browser.user_agent,
            address=browser.address,
        )

    return database.run(opened, writing=True)
