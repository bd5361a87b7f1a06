"""Statements that wait for others are done all the same: in their order, with their refusals, or not at all."""

from contextlib import suppress

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError

from scim_server.db import Database, Transaction
from scim_server.prepared import Prepared
from scim_server.store.tables import tenants

_ADD = Prepared(sa.insert(tenants))
_NAMES = Prepared(sa.select(tenants.c.name).where(tenants.c.id != sa.bindparam("other")).order_by(tenants.c.id))


class TakenError(Exception):
    """What a test says of an id that is in use."""


def add(transaction: Transaction, tenant: str) -> None:
    """Add a tenant, whose row nobody waits for."""
    row = {"id": tenant, "name": tenant.lower(), "created": "2026-09-01T08:00:00.000000Z"}
    _ADD.run(transaction, row, refusal=lambda error: TakenError(tenant) if "tenants" in str(error.orig) else None)


def names(transaction: Transaction) -> list[str]:
    """Return the names of all tenants."""
    return [row[0] for row in _NAMES.all(transaction, {"other": ""})]


@pytest.fixture
def kept(database: Database) -> Database:
    """A database with a tenant."""
    database.run(lambda transaction: add(transaction, "A"), writing=True)
    return database


def test_what_was_run_is_seen_by_what_is_read_next(kept: Database) -> None:
    with kept.write() as transaction:
        add(transaction, "B")
        assert names(transaction) == ["a", "b"]
        add(transaction, "C")
        assert transaction.execute(sa.select(sa.func.count()).select_from(tenants)).scalar() == 3


def test_what_waits_for_the_end_is_committed_with_it(kept: Database) -> None:
    kept.run(lambda transaction: [names(transaction), add(transaction, "B"), add(transaction, "C")], writing=True)
    assert kept.run(names, writing=False) == ["a", "b", "c"]


def test_a_transaction_that_raises_leaves_nothing(kept: Database) -> None:
    with suppress(ZeroDivisionError), kept.write() as transaction:
        add(transaction, "B")
        names(transaction)
        add(transaction, "C")
        raise ZeroDivisionError
    assert kept.run(names, writing=False) == ["a"]


@pytest.mark.parametrize("reads_first", [False, True])
def test_a_refusal_is_explained_at_the_latest_when_the_transaction_ends(kept: Database, *, reads_first: bool) -> None:
    def work(transaction: Transaction) -> None:
        if reads_first:
            names(transaction)
        for tenant in "BAC":
            add(transaction, tenant)

    with pytest.raises(TakenError, match="A"):
        kept.run(work, writing=True)
    assert kept.run(names, writing=False) == ["a"]


def test_what_a_failed_pipeline_skipped_is_not_taken_for_prepared(kept: Database) -> None:
    """As in bulk requests that fail together and are done one by one."""
    for number in range(12):
        with kept.write() as transaction:
            for attempt in ((f"N{number:02}", "A"), (f"N{number:02}",), ("A",)):
                with suppress(TakenError), transaction.savepoint():
                    for tenant in attempt:
                        add(transaction, tenant)
    assert len(kept.run(names, writing=False)) == 1 + 12


def test_a_savepoint_is_undone_alone_however_often(kept: Database) -> None:
    with kept.write() as transaction:
        for number in range(20):
            with transaction.savepoint():
                add(transaction, f"N{number:02}")
            with suppress(TakenError), transaction.savepoint():
                add(transaction, "B")
                add(transaction, "A")
            with suppress(ZeroDivisionError), transaction.savepoint():
                add(transaction, "C")
                raise ZeroDivisionError
    assert kept.run(names, writing=False) == ["a", *[f"n{number:02}" for number in range(20)]]


def test_a_refusal_is_raised_inside_the_savepoint_that_it_undoes(kept: Database) -> None:
    with kept.write() as transaction:
        with pytest.raises(TakenError), transaction.savepoint():
            add(transaction, "A")
        add(transaction, "B")
    assert kept.run(names, writing=False) == ["a", "b"]


def test_an_error_that_was_passed_over_is_never_taken_for_a_commit(kept: Database) -> None:
    if kept.is_sqlite:
        return

    def work(transaction: Transaction) -> None:
        add(transaction, "A")
        with suppress(TakenError):
            names(transaction)

    with pytest.raises(RuntimeError, match="ROLLBACK"):
        kept.run(work, writing=True)


def test_work_is_done_again_only_while_nothing_can_have_been_committed(kept: Database) -> None:
    if kept.is_sqlite:
        return
    tries: list[int] = []

    def work(transaction: Transaction) -> None:
        tries.append(len(tries))
        names(transaction)
        add(transaction, "B")
        drop_connections(kept)

    with pytest.raises(DBAPIError):
        kept.run(work, writing=True)
    assert tries == [0]
    kept.dispose()
    assert kept.run(names, writing=False) == ["a"]


def test_what_was_sent_ahead_is_seen_and_committed(kept: Database) -> None:
    with kept.write() as transaction:
        names(transaction)
        for tenant in "BC":
            add(transaction, tenant)
            transaction.hasten()
        assert names(transaction) == ["a", "b", "c"]
        add(transaction, "D")
        transaction.hasten()
    assert kept.run(names, writing=False) == ["a", "b", "c", "d"]


def test_a_refusal_of_what_was_sent_ahead_undoes_its_savepoint_alone(kept: Database) -> None:
    def send_ahead(transaction: Transaction, *added: str) -> None:
        with transaction.savepoint():
            for tenant in added:
                add(transaction, tenant)
                transaction.hasten()

    with kept.write() as transaction:
        for attempt in range(3):
            with pytest.raises(TakenError):
                send_ahead(transaction, "B", "A", "C")
            send_ahead(transaction, f"N{attempt}")
    assert kept.run(names, writing=False) == ["a", "n0", "n1", "n2"]


def test_what_was_sent_ahead_is_undone_with_its_transaction(kept: Database) -> None:
    for tenant in ("B", "A"):
        with suppress(ZeroDivisionError, TakenError), kept.write() as transaction:
            names(transaction)
            add(transaction, tenant)
            transaction.hasten()
            raise ZeroDivisionError
        assert kept.run(names, writing=False) == ["a"]


def test_a_text_that_no_database_takes_whole_is_refused(kept: Database) -> None:
    if kept.is_sqlite:
        return
    with pytest.raises(DBAPIError):
        kept.run(lambda transaction: [add(transaction, "B"), add(transaction, "C\0D")], writing=True)
    assert kept.run(names, writing=False) == ["a"]


def test_one_of_many_rows_is_refused_as_the_statement_that_inserts_them(kept: Database) -> None:
    def work(transaction: Transaction) -> None:
        rows = [{"id": tenant, "name": tenant, "created": ""} for tenant in "BAC"]
        _ADD.run(transaction, *rows, refusal=lambda _: TakenError("one of many"))
        add(transaction, "D")

    with pytest.raises(TakenError, match="one of many"):
        kept.run(work, writing=True)


def test_more_is_sent_at_once_than_a_socket_takes(kept: Database) -> None:
    long = "LONG" * 2**20

    def work(transaction: Transaction) -> list[str]:
        add(transaction, long[:12])
        _ADD.run(transaction, {"id": "C", "name": long, "created": ""})
        return names(transaction)

    assert kept.run(work, writing=True)[-1] == "longlonglong"
    assert long in kept.run(names, writing=False)


def test_an_unexplained_refusal_stays_the_error_of_the_database(kept: Database) -> None:
    with pytest.raises(IntegrityError), kept.write() as transaction:
        _ADD.run(transaction, {"id": "A", "name": "a", "created": ""})


def drop_connections(database: Database) -> None:
    """End every other connection to a database."""
    drop = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> "
    other = sa.create_engine(database.url, poolclass=sa.NullPool)
    with other.connect() as connection:
        connection.exec_driver_sql(f"{drop} pg_backend_pid()")
    other.dispose()
