"""The database: one engine, one transaction per request, and the retry of a request that lost a race.

A request that only reads sees one statement at a time: no ``BEGIN``, no ``ROLLBACK`` and no pool stand between two
statements. A request that writes holds exactly one transaction: it begins at
its first statement, so that a request which is refused before never waits for another's.
"""

import os
import random
import sqlite3
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Any, Self, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from scim_server.engines import open_engine, write_queue
from scim_server.wire import Wire, begin

T = TypeVar("T")

RETRIED_SQLSTATES = frozenset({"40001", "40P01", "23503"})
"""serialization_failure and deadlock_detected, which PostgreSQL, CockroachDB and YugabyteDB ask clients to retry, and
foreign_key_violation: what a statement refers to was read before, so somebody deleted it meanwhile."""

ATTEMPTS = 12


class _Process:
    """Knows that it was forked, without asking the system who it is for each statement."""

    forks = 0

    @classmethod
    def note_fork(cls) -> None:
        cls.forks += 1


os.register_at_fork(after_in_child=_Process.note_fork)


class Database:
    """The engine of one database URL."""

    def __init__(self, url: str, *, pool_size: int = 8) -> None:
        """Prepare the engine; no connection is opened before the first statement."""
        self.url = sa.make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = open_engine(self.url, pool_size)
        self._queue = write_queue(self.url) if self.is_sqlite else None
        self._pool_size = pool_size
        self._idle: list[sa.Connection] = []
        self._forks = _Process.forks

    def borrow(self) -> sa.Connection:
        """Return a connection that nobody uses: of those that are open, the one that somebody used last.

        Nothing is begun on it at the database, whatever SQLAlchemy takes it for: who borrows it begins a transaction
        when one is needed, and ends it.
        """
        if self._forks != _Process.forks:
            # A forked process must not speak over the connections of its parent.
            self._idle, self._forks = [], _Process.forks
        with suppress(IndexError):
            return self._idle.pop()
        connection = self.engine.connect()
        connection.begin()
        return connection

    def give_back(self, connection: sa.Connection) -> None:
        """Let others use a connection, over which nothing is under way."""
        if len(self._idle) < self._pool_size and not connection.invalidated:
            self._idle.append(connection)
        else:
            self.drop(connection)

    def drop(self, connection: sa.Connection) -> None:
        """Close a connection of which nobody knows how it stands."""
        connection.invalidate()
        connection.close()

    def read(self) -> "Transaction":
        """Return a transaction for a request that changes nothing."""
        return Transaction(self, writing=False)

    def write(self) -> "Transaction":
        """Return a transaction for a request that may change something."""
        return Transaction(self, writing=True)

    def run(self, work: "Callable[[Transaction], T]", *, writing: bool) -> T:
        """Do a request's work in one transaction, and again when it lost a race against another, or its connection.

        Returning commits, raising rolls back. The work must therefore do nothing outside the database.

        :raises DBAPIError: When the database stays unreachable, or the work lost ``ATTEMPTS`` races.
        """
        for attempt in range(1, ATTEMPTS + 1):
            transaction = Transaction(self, writing=writing)
            try:
                with transaction:
                    return work(transaction)
            except DBAPIError as error:
                if transaction.is_durable or attempt == ATTEMPTS or not _is_worth_another(error):
                    raise
                _pause(attempt)
        raise AssertionError("unreachable")

    def dispose(self) -> None:
        """Close every connection that nobody uses."""
        while self._idle:
            self.drop(self._idle.pop())
        self.engine.dispose()


class Transaction:
    """The one transaction of a request, begun at its first statement.

    A context manager: leaving commits, leaving with an exception rolls back.
    """

    def __init__(self, database: Database, *, writing: bool) -> None:
        """Promise a transaction without opening it."""
        self.database = database
        self.writing = writing
        self._wire: Wire | None = None
        self._queued = False
        self._remembered: dict[Hashable, Any] = {}
        self.is_durable = False
        """Whether everything was committed before the end: nothing may be done again."""

    @property
    def wire(self) -> Wire:
        """The way to the database, on which the transaction begins on first use."""
        if self._wire is None:
            self._wire = self._begin() if self.writing else Wire(self._open())
        return self._wire

    @property
    def connection(self) -> sa.Connection:
        """The connection of the transaction, on which all that was asked for is done."""
        self.wire.flush()
        return self.wire.connection

    def _open(self) -> sa.Connection:
        """Return the connection to read on."""
        return self.database.borrow()

    def _begin(self) -> Wire:
        queue = self.database._queue
        if queue is not None:
            queue.acquire()
            self._queued = True
        try:
            connection = self.database.borrow()
            try:
                return begin(connection)
            except BaseException:
                self.database.drop(connection)
                raise
        except BaseException:
            self._leave_queue()
            raise

    def _leave_queue(self) -> None:
        if self._queued:
            self._queued = False
            queue = self.database._queue
            assert queue is not None
            queue.release()

    def hasten(self) -> None:
        """Let the database begin with what was asked for, and go on meanwhile."""
        self.wire.hasten()

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Enclose statements that are undone alone when the block raises."""
        try:
            with self.wire.savepoint():
                yield
        except BaseException:
            self._remembered.clear()
            raise

    def remember(self, what: Hashable, read: Callable[[], T]) -> T:
        """Return what was read under a key before in this transaction, else read it.

        For what every change asks for and few requests alter; who alters it calls :meth:`forget`.
        """
        if what not in self._remembered:
            self._remembered[what] = read()
        known: T = self._remembered[what]
        return known

    def forget(self, what: Hashable) -> None:
        """Have something read anew the next time it is asked for."""
        self._remembered.pop(what, None)

    def execute(self, statement: sa.Executable, parameters: Any = None) -> sa.CursorResult[Any]:
        """Run a statement in the transaction."""
        return self.connection.execute(statement, parameters)

    def then(self, read: Callable[[], T]) -> T:
        """Commit, and return what is read afterwards, again when that lost a race or its connection.

        What a request has written keeps others waiting until it is committed, and they need not wait for its answer.
        """
        remembered = self._remembered.copy()
        self._end(commit=True)
        self.writing, self.is_durable, self._remembered = False, True, remembered
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return read()
            except DBAPIError as error:
                if attempt == ATTEMPTS or not _is_worth_another(error):
                    raise
                self._forget_wire()
                _pause(attempt)
        raise AssertionError("unreachable")

    def commit(self) -> None:
        """Make everything durable, and end the transaction; the next statement begins another."""
        self._end(commit=True)

    def _end(self, *, commit: bool) -> None:
        wire, self._wire = self._wire, None
        self._remembered.clear()
        try:
            if wire is not None:
                self._finish(wire, commit=commit)
        finally:
            self._leave_queue()

    def _finish(self, wire: Wire, *, commit: bool) -> None:
        try:
            if self.writing:
                wire.end(commit=commit)
        except BaseException:
            self._undo(wire)
            raise
        self.database.give_back(wire.connection)

    def _undo(self, wire: Wire) -> None:
        """Take back what a transaction did whose end failed."""
        try:
            wire.end(commit=False)
        except DBAPIError:
            self.database.drop(wire.connection)
        else:
            self.database.give_back(wire.connection)

    def _forget_wire(self) -> None:
        if self._wire is not None:
            self.database.drop(self._wire.connection)
            self._wire = None

    def __enter__(self) -> Self:
        """Return the transaction."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Commit, or roll back when the block raised."""
        if isinstance(error, DBAPIError) and (error.connection_invalidated or not self.writing):
            self._forget_wire()
        self._end(commit=kind is None)


def _is_worth_another(error: DBAPIError) -> bool:
    return lost_race(error) or lost_connection(error)


def _pause(attempt: int) -> None:
    time.sleep(random.uniform(0, 0.002 * 2 ** min(attempt, 7)))  # noqa: S311 - spreads retries, guards nothing


def lost_race(error: DBAPIError) -> bool:
    """Tell whether a statement failed only because another transaction was faster."""
    original = error.orig
    if isinstance(original, sqlite3.OperationalError):
        return getattr(original, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    return getattr(original, "sqlstate", None) in RETRIED_SQLSTATES


def lost_connection(error: DBAPIError) -> bool:
    """Tell whether a pooled connection turned out to be dead, as after a restart, before anything was committed."""
    # An error of a COMMIT names no statement. Whether that commit happened, nobody knows, so it must not be repeated.
    return error.connection_invalidated and error.statement is not None
