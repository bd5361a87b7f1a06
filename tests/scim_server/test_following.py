"""Whoever follows the journal sees every entry once."""

from datetime import timedelta

import pytest

from scim_server.connections.tenants import create_tenant
from scim_server.db import Database, Transaction
from scim_server.journal import following
from scim_server.journal.following import Follower
from scim_server.journal.record import Actor, Entry, record

ACTOR = Actor("connection", "1", "Entra ID")


def tell(transaction: Transaction, name: str) -> None:
    record(transaction, "GB001", [Entry(ACTOR, "create", "User", name, name)])


def news(database: Database, follower: Follower) -> list[str]:
    with database.read() as transaction:
        return [row.document["target"]["value"] for row in follower.news(transaction)]


@pytest.fixture
def school(database: Database) -> Database:
    """A database with the tenant GB001."""
    with database.write() as transaction:
        create_tenant(transaction, "GB001")
    return database


def test_each_entry_is_seen_once(school: Database) -> None:
    follower = Follower("GB001")
    with school.write() as transaction:
        tell(transaction, "asha")
    first = news(school, follower)
    with school.write() as transaction:
        tell(transaction, "ben")

    assert [first, news(school, follower), news(school, follower)] == [["asha"], ["ben"], []]


@pytest.mark.parametrize("engine_name", ["postgresql"])  # SQLite lets one transaction write at a time.
def test_an_entry_that_was_written_first_and_committed_last_is_seen(school: Database) -> None:
    follower = Follower("GB001")
    with school.write() as slow:
        tell(slow, "asha")
        with school.write() as quick:
            tell(quick, "ben")
        before = news(school, follower)

    assert [before, news(school, follower), news(school, follower)] == [["ben"], ["asha"], []]


def test_what_is_older_is_not_read_again(school: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "LATE", timedelta(0))
    follower = Follower("GB001")
    for name in ("asha", "ben"):
        with school.write() as transaction:
            tell(transaction, name)
        assert news(school, follower) == [name]
