"""What is answered about a write is read once the write is durable, so that nobody waits for somebody else's answer."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from scim_server.db import ATTEMPTS, Database, Transaction
from scim_server.store.tables import tenants

_COUNT = sa.select(sa.func.count()).select_from(tenants)


class LostRace(Exception):  # noqa: N818 - what a driver raises
    """What a driver raises when another transaction was faster."""

    sqlstate = "40001"


def failing(times: int, read: Callable[[], int]) -> Callable[[], int]:
    """Return a read that loses some races before it is done."""
    left = [times]

    def attempt() -> int:
        if left[0]:
            left[0] -= 1
            raise OperationalError("SELECT", None, LostRace())
        return read()

    return attempt


def add(transaction: Transaction, tenant: str) -> None:
    row = {"id": tenant, "name": tenant, "created": "2026-09-01T08:00:00.000000Z"}
    transaction.execute(sa.insert(tenants), row)


def count(transaction: Transaction) -> int:
    return int(transaction.execute(_COUNT).scalar_one())


def test_others_write_while_an_answer_is_read(database: Database) -> None:
    def work(transaction: Transaction) -> int:
        add(transaction, "A")

        def answer() -> int:
            database.run(lambda another: add(another, "B"), writing=True)
            return count(transaction)

        return transaction.then(answer)

    assert database.run(work, writing=True) == 2


def test_an_answer_that_lost_a_race_is_read_again_and_nothing_is_written_twice(database: Database) -> None:
    def work(transaction: Transaction) -> int:
        add(transaction, "A")
        return transaction.then(failing(2, lambda: count(transaction)))

    assert database.run(work, writing=True) == 1


def test_what_was_written_stays_when_its_answer_cannot_be_read(database: Database) -> None:
    def work(transaction: Transaction) -> int:
        add(transaction, "A")
        return transaction.then(failing(ATTEMPTS, lambda: count(transaction)))

    with pytest.raises(OperationalError):
        database.run(work, writing=True)

    assert database.run(count, writing=False) == 1
