"""Accounts on each engine: what the pages stand on."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
import time_machine

from scim_server.accounts import addresses, sessions
from scim_server.accounts.errors import AccountError, TooManyAttempts
from scim_server.accounts.passwords import check_password
from scim_server.accounts.purge import purge
from scim_server.accounts.recovery import ask_for_account, ask_for_reset, reset_password
from scim_server.accounts.register import (
    Account,
    create_account,
    delete_account,
    find_account,
    link_user,
    links_of,
    read_account,
)
from scim_server.accounts.second_factors import Seal, add_app, check_code, make_recovery_codes, new_secret
from scim_server.accounts.secret_links import Proof, make_link, read_link, use_link
from scim_server.accounts.tables import account_proofs, attempts
from scim_server.accounts.tables import sessions as session_rows
from scim_server.accounts.takeout import everything_about
from scim_server.accounts.throttle import ensure_not_throttled, forget_failures, keys_of, note_failure
from scim_server.connections.tenants import create_tenant
from scim_server.db import Database, Transaction
from scim_server.outbox.tables import outbox

SEAL = Seal("a secret of this test")


def made(transaction: Transaction, email: str = "asha@school.example") -> Account:
    account = read_account(transaction, create_account(transaction, name="Asha", email=email, password_hash=None))
    assert account is not None
    return account


def test_an_address_belongs_to_one_account_whatever_its_case(database: Database) -> None:
    with database.write() as transaction:
        account = made(transaction)
        assert find_account(transaction, " ASHA@School.example ") == account
        with pytest.raises(AccountError, match="belongs to an account already"):
            made(transaction, "Asha@school.EXAMPLE")


def test_addresses_change_when_both_mailboxes_agree(database: Database) -> None:
    with database.write() as transaction:
        account = made(transaction)
        agreement = make_link(transaction, Proof("agree", "new@school.example", account_id=account.id))
        assert addresses.agree(transaction, account, agreement, "https://sso.example") == "new@school.example"
        proof = make_link(transaction, Proof("email", "new@school.example", account_id=account.id))
        addresses.confirm(transaction, account, proof)
        account = read_account(transaction, account.id)  # type: ignore[assignment]
        addresses.make_primary(transaction, account, "new@school.example")
        account = read_account(transaction, account.id)  # type: ignore[assignment]
        assert account.emails == ("new@school.example", "asha@school.example")
        addresses.remove(transaction, account, "asha@school.example")
        assert find_account(transaction, "asha@school.example") is None


def test_a_link_is_good_once_and_only_the_newest(database: Database) -> None:
    with database.write() as transaction:
        proof = Proof("registration", "asha@school.example")
        first, second = make_link(transaction, proof), make_link(transaction, proof)
        with pytest.raises(AccountError, match="has been used, or is too old"):
            read_link(transaction, first, "registration")
        assert use_link(transaction, second, "registration") == proof
        with pytest.raises(AccountError):
            use_link(transaction, second, "registration")


def test_a_link_is_good_for_its_purpose_and_its_time(database: Database) -> None:
    with database.write() as transaction:
        secret = make_link(transaction, Proof("registration", "asha@school.example"))
        with pytest.raises(AccountError):
            read_link(transaction, secret, "reset")
    with (
        time_machine.travel(datetime.now(UTC) + timedelta(days=2), tick=False),
        database.read() as transaction,
        pytest.raises(AccountError),
    ):
        read_link(transaction, secret, "registration")


def test_a_code_of_the_app_and_a_recovery_code_are_good_once(database: Database) -> None:
    with database.write() as transaction:
        account, secret = made(transaction), new_secret()
        app = pyotp.TOTP(secret)
        with pytest.raises(AccountError):
            add_app(transaction, SEAL, account, secret, "000000")
        add_app(transaction, SEAL, account, secret, app.now())
        with pytest.raises(AccountError):
            check_code(transaction, SEAL, account, app.now())
        later = app.generate_otp(app.timecode(datetime.now(UTC)) + 1)
        assert check_code(transaction, SEAL, account, later) is False
        code = make_recovery_codes(transaction, SEAL, account)[0]
        assert check_code(transaction, SEAL, account, code.upper()) is True
        with pytest.raises(AccountError):
            check_code(transaction, SEAL, account, code)


def test_a_secret_of_an_app_is_sealed_for_its_account() -> None:
    sealed = SEAL.close("JBSWY3DPEHPK3PXP", "one")
    assert "JBSWY3DPEHPK3PXP" not in sealed
    assert SEAL.open(sealed, "one") == "JBSWY3DPEHPK3PXP"
    assert SEAL.open(sealed, "another") is None
    assert Seal("another secret").open(sealed, "one") is None


def test_failures_are_counted_for_a_quarter_of_an_hour(database: Database) -> None:
    keys = keys_of("password", "asha@school.example", "192.0.2.1")
    with database.write() as transaction:
        for _ in range(10):
            ensure_not_throttled(transaction, keys)
            note_failure(transaction, keys)
        with pytest.raises(TooManyAttempts):
            ensure_not_throttled(transaction, keys)
        ensure_not_throttled(transaction, keys_of("password", "ben@school.example", "192.0.2.1"))
        forget_failures(transaction, keys)
        ensure_not_throttled(transaction, keys)
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=16)), database.write() as transaction:
        note_failure(transaction, keys)
        ensure_not_throttled(transaction, keys)


def test_sessions_end_by_idleness_by_time_and_by_hand(database: Database) -> None:
    with database.write() as transaction:
        account = made(transaction)
        first, second = (
            sessions.open_session(transaction, account.id, second_factor=False, user_agent="x", address="y")
            for _ in range(2)
        )
        found = sessions.find_session(transaction, first)
        assert found is not None
        assert found.is_fresh
        sessions.end_sessions(transaction, account.id, but=found.id_hash)
        assert sessions.find_session(transaction, second) is None
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=3)), database.read() as transaction:
        assert sessions.find_session(transaction, first) is None


def test_what_has_ended_is_removed(database: Database) -> None:
    with time_machine.travel(datetime.now(UTC) - timedelta(days=30)), database.write() as transaction:
        account = made(transaction)
        sessions.open_session(transaction, account.id, second_factor=False, user_agent="x", address="y")
        make_link(transaction, Proof("reset", "asha@school.example", account_id=account.id))
        note_failure(transaction, keys_of("password", "asha@school.example", "192.0.2.1"))
    with database.write() as transaction:
        kept = sessions.open_session(transaction, account.id, second_factor=True, user_agent="x", address="y")
        purge(transaction)
        left = [len(transaction.execute(table.select()).all()) for table in (session_rows, account_proofs, attempts)]
        assert left == [1, 0, 0]
        assert sessions.find_session(transaction, kept) is not None


@pytest.mark.parametrize("ask", [ask_for_reset, ask_for_account])
def test_as_much_is_written_for_an_address_that_is_known_as_for_one_that_is_not(
    database: Database, ask: Callable[[Database, str, str, str], None]
) -> None:
    with database.write() as transaction:
        made(transaction)
    written = []
    for email in ("asha@school.example", "nobody@school.example"):
        ask(database, email, "192.0.2.1", "https://sso.example")
        with database.read() as transaction:
            written.append([len(transaction.execute(table.select()).all()) for table in (outbox, account_proofs)])
    assert written == [[1, 1], [2, 2]]


def test_a_reset_writes_to_everybody_and_works_for_whom_it_is(database: Database) -> None:
    with database.write() as transaction:
        made(transaction)
    for email in ("asha@school.example", "nobody@school.example"):
        ask_for_reset(database, email, "192.0.2.1", "https://sso.example")
    with database.write() as transaction:
        account = find_account(transaction, "asha@school.example")
        assert account is not None
        secret = make_link(transaction, Proof("reset", "asha@school.example", account_id=account.id))
    with pytest.raises(AccountError, match="little more than your name"):
        reset_password(database, secret, "asha@school.example1")
    reset_password(database, secret, "three random words here")
    with database.read() as transaction:
        changed = read_account(transaction, account.id)
        assert changed is not None
        assert str(changed.password_hash).startswith("$argon2id$")


def test_a_link_to_a_school_and_everything_about_a_person(database: Database) -> None:
    with database.write() as transaction:
        create_tenant(transaction, "GB001", "Northgate School")
        account = made(transaction)
        link_user(transaction, account.id, "GB001", "no such user")
        link_user(transaction, account.id, "GB001", "no such user")
        assert links_of(transaction, account.id) == []
        assert everything_about(transaction, account.id)["account"]["name"] == "Asha"
        delete_account(transaction, account.id)
        assert read_account(transaction, account.id) is None


@pytest.mark.parametrize(
    "password",
    ["short", "x" * 300, "password1234", "aaaaaaaaaaaaaaaa", "abcabcabcabcabc", "Asha-Patel-2026", "QWERTYuiop!!"],
)
def test_a_password_that_is_guessed_first_is_refused(password: str) -> None:
    with pytest.raises(AccountError):
        check_password(password, about=("Asha Patel", "asha@school.example"))


@pytest.mark.parametrize(
    "password", ["three random words", "Пароль из трёх слов", "correct horse battery", "   spaces count   "]
)
def test_any_long_password_that_is_not_common_will_do(password: str) -> None:
    check_password(password, about=("Asha Patel", "asha@school.example"))
