"""``scim-server account``."""

import json

import pytest
import sqlalchemy as sa

from scim_server.accounts.register import Account, create_account, find_account, link_user
from scim_server.accounts.second_factors import Seal, count_recovery_codes, make_recovery_codes
from scim_server.accounts.secret_links import Proof, make_link
from scim_server.accounts.sessions import find_session, open_session
from scim_server.accounts.tables import account_proofs, accounts, attempts, passkeys, sessions
from scim_server.accounts.throttle import keys_of, note_failure
from scim_server.db import Transaction
from tests.support.command_line import CommandLine, user

EMAIL = "asha@gb001.example"
LONG_AGO = "2020-01-01T00:00:00.000000Z"
REMOVED = (
    "Removed {} sessions, {} links and {} counts of attempts.\n"
    "Warned the people of 0 accounts that nobody uses, and removed 0.\n"
)


@pytest.fixture
def asha(command: CommandLine) -> Account:
    """An account with a passkey and recovery codes, whose person is a User of GB001."""
    command.import_("school.jsonl", user(EMAIL))
    with command.installation.database.write() as transaction:
        made = create_account(transaction, name="Asha Patel", email=EMAIL, password_hash=None)
        link_user(transaction, made, "GB001", command.people()[EMAIL]["id"])
        row = {"credential_id": "a key", "public_key": "", "sign_count": 0, "name": "", "created": LONG_AGO}
        transaction.execute(sa.insert(passkeys), {**row, "account_id": made})
        found = find_account(transaction, EMAIL)
        assert found is not None
        make_recovery_codes(transaction, Seal("kept for the tests"), found)
    return found


def signed_in(command: CommandLine, account: Account) -> str:
    """Return the secret of a session."""
    with command.installation.database.write() as transaction:
        return open_session(transaction, account.id, second_factor=True, user_agent="Chromium", address="127.0.0.1")


def test_the_list_shows_who_has_an_account_and_signed_in_last(command: CommandLine, asha: Account) -> None:
    assert command.done("account", "list") == f"{EMAIL}  Asha Patel  signed in: never\n"
    signed_in(command, asha)
    (listed,) = json.loads(command.done("account", "list", "--json"))
    assert (listed["email"], listed["name"]) == (EMAIL, "Asha Patel")
    assert listed["lastSignIn"] >= listed["created"]


def test_who_lost_every_second_factor_begins_anew(command: CommandLine, asha: Account) -> None:
    secret = signed_in(command, asha)
    printed = command.done("account", "reset-second-factor", EMAIL)
    assert printed == f"{EMAIL} sets up a second factor at the next sign-in.\n"
    with command.installation.database.read() as transaction:
        assert find_session(transaction, secret) is None
        assert count_recovery_codes(transaction, asha) == 0
        now = find_account(transaction, EMAIL)
    assert now is not None
    assert not now.has_second_factor
    (told,) = json.loads(command.done("outbox", "list", "--json"))
    assert told["to"] == EMAIL
    entry = command.journal()[-1]
    assert (entry["operation"], entry["actor"]["type"], entry["target"]["display"]) == (
        "second-factor-reset",
        "system",
        EMAIL,
    )
    said = command.done("journal", "--tenant", "GB001").splitlines()[-1]
    assert said.endswith(f"Command line removed every second factor of '{EMAIL}'")


def test_who_lost_the_password_gets_a_link_and_chooses_one(command: CommandLine, asha: Account) -> None:
    secret = signed_in(command, asha)
    printed = command.done("account", "reset-password", EMAIL)
    assert printed == f"A link to choose a new password is on its way to {EMAIL}.\n"
    (told,) = json.loads(command.done("outbox", "list", "--json"))
    assert told["to"] == EMAIL
    with command.installation.database.read() as transaction:
        assert find_session(transaction, secret) is not None, "nothing ends before the person chooses"
    said = command.done("journal", "--tenant", "GB001").splitlines()[-1]
    assert said.endswith(f"Command line sent a link for a new password to '{EMAIL}'")


def test_nobody_s_second_factor_is_not_reset(command: CommandLine) -> None:
    refused = command("account", "reset-second-factor", "nobody@gb001.example")
    sentence = "There is no account nobody@gb001.example; scim-server account list shows all."
    assert (refused.exit_code, refused.stderr) == (1, f"Error: {sentence}\n")


def leave_trace(transaction: Transaction, email: str) -> None:
    """Ask for an account by mail, and fail to sign in."""
    make_link(transaction, Proof("registration", email))
    note_failure(transaction, keys_of("password", email, email))


def test_what_ended_is_removed_and_nothing_else(command: CommandLine, asha: Account) -> None:
    old, secret = signed_in(command, asha), signed_in(command, asha)

    def leave_traces(transaction: Transaction) -> None:
        leave_trace(transaction, "old@gb001.example")
        for table, moment in ((account_proofs, "expires"), (attempts, "since")):
            transaction.execute(sa.update(table).values({moment: LONG_AGO}))
        leave_trace(transaction, "new@gb001.example")
        found = find_session(transaction, old)
        assert found is not None
        ended = sa.update(sessions).where(sessions.c.id_hash == found.id_hash)
        transaction.execute(ended.values(expires=LONG_AGO))

    command.installation.database.run(leave_traces, writing=True)
    assert command.done("account", "purge") == REMOVED.format(1, 1, 2)
    assert command.done("account", "purge") == REMOVED.format(0, 0, 0)
    with command.installation.database.read() as transaction:
        assert find_session(transaction, secret) is not None
        assert transaction.execute(sa.select(sa.func.count()).select_from(account_proofs)).scalar() == 1
        assert transaction.execute(sa.select(sa.func.count()).select_from(attempts)).scalar() == 2


def test_an_account_that_nobody_uses_is_warned_about_and_then_removed(command: CommandLine, asha: Account) -> None:
    def set_back(**moments: str) -> None:
        row = sa.update(accounts).where(accounts.c.id == asha.id)
        command.installation.database.run(lambda writing: writing.execute(row.values(moments)), writing=True)

    set_back(created=LONG_AGO)
    first = command.done("account", "purge").splitlines()[-1]
    assert first == "Warned the people of 1 accounts that nobody uses, and removed 0."
    set_back(warned=LONG_AGO)
    second = command.done("account", "purge").splitlines()[-1]
    assert second == "Warned the people of 0 accounts that nobody uses, and removed 1."
    assert command.done("account", "list") == ""
    assert list(command.people()) == [EMAIL]
    said = command.done("journal", "--tenant", "GB001").splitlines()[-1]
    assert said.endswith(f"Retention of accounts removed the account that nobody used of '{EMAIL}'")
