"""Prove oneself with a second factor: each attempt is counted before it is judged, and failures are journalled."""

from typing import Any

from scim_server.accounts.errors import AccountError
from scim_server.accounts.events import note
from scim_server.accounts.passkeys import RelyingParty, owner_of
from scim_server.accounts.register import Account
from scim_server.accounts.second_factors import Seal, check_code
from scim_server.accounts.throttle import count_attempt, forget_failures, is_first_use, keys_of
from scim_server.db import Database, Transaction


class SecondFactors:
    """Checks codes and passkeys, no more of them than somebody mistypes."""

    def __init__(self, database: Database, seal: Seal, party: RelyingParty) -> None:
        """Check what people of a database give to this site."""
        self._database = database
        self._seal = seal
        self._party = party

    def give_code(self, account: Account, code: str, address: str, request_id: str | None) -> bool:
        """Accept a code of a person's app, or a recovery code, and tell whether it was a recovery code.

        :param address: From where the person's browser asks.
        :raises AccountError: When it is neither, or was used before.
        :raises TooManyAttempts: After too many that were not right.
        """
        keys = keys_of("code", account.id, address)

        def checked(transaction: Transaction) -> bool:
            is_recovery = check_code(transaction, self._seal, account, code)
            forget_failures(transaction, keys)
            if is_recovery:
                note(transaction, account, "recovery-code-used", request_id)
            return is_recovery

        self._database.run(lambda transaction: count_attempt(transaction, keys), writing=True)
        try:
            return self._database.run(checked, writing=True)
        except AccountError:
            self._note_failure(account, request_id)
            raise

    def use_passkey(self, challenge: str, credential: Any, address: str, request_id: str | None) -> Account:
        """Return whose passkey a browser has used; its answer to a challenge is good once.

        :raises AccountError: When the passkey is not known, or the browser's answer is not right.
        :raises TooManyAttempts: After too many that were not right.
        """
        owner = self._database.run(lambda reading: owner_of(reading, credential), writing=False)
        keys = keys_of("passkey", None if owner is None else owner.id, address)

        def begun(transaction: Transaction) -> bool:
            count_attempt(transaction, keys)
            return is_first_use(transaction, "challenge", challenge)

        def used(transaction: Transaction) -> Account:
            account = self._party.signed_in(transaction, challenge if is_new else "", credential)
            forget_failures(transaction, keys)
            return account

        is_new = self._database.run(begun, writing=True)
        try:
            return self._database.run(used, writing=True)
        except AccountError:
            if owner is not None:
                self._note_failure(owner, request_id)
            raise

    def _note_failure(self, account: Account, request_id: str | None) -> None:
        self._database.run(
            lambda transaction: note(transaction, account, "second-factor-failed", request_id), writing=True
        )
