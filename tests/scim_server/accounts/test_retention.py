"""Accounts that nobody uses, on each engine: warned about after 18 months, removed after 24."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine

from scim_server.accounts import retention
from scim_server.accounts.register import (
    add_email,
    create_account,
    find_account,
    link_administrator,
    link_user,
    read_account,
)
from scim_server.accounts.retention import Retired, retire
from scim_server.accounts.sessions import open_session
from scim_server.connections.administrators import create_administrator
from scim_server.connections.tenants import create_tenant
from scim_server.db import Database
from scim_server.journal.tables import changes
from scim_server.outbox.tables import outbox
from scim_server.settings import Settings
from scim_server.store.tables import resources

SETTINGS = Settings(base_url="https://sso.example")
START = datetime(2024, 1, 10, 12, tzinfo=UTC)
NOTHING = Retired(warned=0, removed=0)
DOCUMENT = '{"userName":"asha"}'
HER_USER = {
    "resource_type": "User", "id": "her-id", "version": 1, "created": "", "last_modified": "", "active": True,
    "document": DOCUMENT, "search": DOCUMENT,
}  # fmt: skip


@contextmanager
def on_day(days: int) -> Iterator[None]:
    """Be some days after the accounts of a test were made."""
    with time_machine.travel(START + timedelta(days=days), tick=False):
        yield


def retired(database: Database, days: int, settings: Settings = SETTINGS) -> Retired:
    with on_day(days):
        return retire(database, settings)


def made(database: Database, email: str = "asha@school.example") -> str:
    with on_day(0), database.write() as transaction:
        return create_account(transaction, name="Asha", email=email, password_hash=None)


def signs_in(database: Database, account_id: str, days: int) -> None:
    with on_day(days), database.write() as transaction:
        open_session(transaction, account_id, second_factor=False, user_agent="x", address="y")


def mails(database: Database) -> list[Any]:
    with database.read() as transaction:
        c = outbox.c
        return list(transaction.execute(sa.select(c.recipient, c.subject, c.text).order_by(c.id)))


def test_who_never_signs_in_is_warned_once_and_then_removed(database: Database) -> None:
    made(database)
    assert retired(database, 547) == NOTHING
    assert retired(database, 549) == Retired(warned=1, removed=0)
    (warning,) = mails(database)
    assert warning.recipient == "asha@school.example"
    assert warning.subject == "Sign in before 10 January 2026 to keep your My Cambridge account"
    assert "https://sso.example/sign-in" in warning.text
    assert retired(database, 700) == NOTHING
    # Warned a day late: the 182 days between a warning and the removal are the person's.
    assert retired(database, 730) == NOTHING
    assert retired(database, 731) == Retired(warned=0, removed=1)
    assert [each.subject for each in mails(database)][1:] == ["Your My Cambridge account was removed"]
    with database.read() as transaction:
        assert find_account(transaction, "asha@school.example") is None


def test_signing_in_keeps_the_account_and_the_next_warning_comes_in_its_time(database: Database) -> None:
    account_id = made(database)
    assert retired(database, 600).warned == 1
    signs_in(database, account_id, 729)
    assert retired(database, 1276) == NOTHING
    assert retired(database, 1278) == Retired(warned=1, removed=0)
    assert len(mails(database)) == 2


def test_nobody_is_removed_within_thirty_days_of_the_warning(database: Database) -> None:
    hasty = Settings(account_warn_after=700, account_remove_after=701)
    made(database)
    assert retired(database, 2000, hasty) == Retired(warned=1, removed=0)
    assert "before 1 August 2029" in mails(database)[0].subject
    assert retired(database, 2029, hasty) == NOTHING
    assert retired(database, 2031, hasty) == Retired(warned=0, removed=1)


def test_an_administrator_of_the_board_is_warned_and_kept(database: Database) -> None:
    account_id = made(database)
    with database.write() as transaction:
        create_administrator(transaction, "registrar", "three random words 4 tests")
        link_administrator(transaction, account_id, "registrar")
    assert retired(database, 600) == Retired(warned=1, removed=0)
    assert "as long as you are an administrator" in mails(database)[0].text
    assert retired(database, 3000) == NOTHING
    with database.read() as transaction:
        assert read_account(transaction, account_id) is not None


def test_a_removal_tells_every_address_and_every_school_and_touches_no_user(database: Database) -> None:
    account_id = made(database)
    with on_day(0), database.write() as transaction:
        add_email(transaction, account_id, "asha@home.example")
        for tenant in ("GB001", "GB002"):
            create_tenant(transaction, tenant)
            link_user(transaction, account_id, tenant, "her-id")
            transaction.execute(sa.insert(resources), {"tenant": tenant, **HER_USER})
    retired(database, 600)
    retired(database, 800)
    assert {each.recipient for each in mails(database)[1:]} == {"asha@school.example", "asha@home.example"}
    with database.read() as transaction:
        entries = transaction.execute(sa.select(changes.c.tenant, changes.c.document).order_by(changes.c.tenant)).all()
        assert [entry.tenant for entry in entries] == ["GB001", "GB002"]
        assert all('"account-expired"' in each.document and '"system"' in each.document for each in entries)
        assert len(transaction.execute(sa.select(resources.c.id)).all()) == 2


def test_many_are_taken_some_at_a_time(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    for number in range(5):
        made(database, f"teacher{number}@school.example")
    assert retired(database, 600) == Retired(warned=5, removed=0)
    assert retired(database, 800) == Retired(warned=0, removed=5)
    assert len(mails(database)) == 10
