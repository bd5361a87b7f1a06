"""Statements on their way to the database: what nobody waits for travels together with what somebody does.

A way to a PostgreSQL and back costs as much as a statement. Most writes of a request return nothing that the request
needs, so they wait for the next statement that does, or for the ``COMMIT``, and are sent with it in one pipeline.
SQLite is no way off: there everything is done at once.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError

Refusal = Callable[[IntegrityError], Exception | None]
"""Returns the exception that says what a violated constraint means, or None when it is another's constraint."""


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """A statement as the driver takes it."""

    text: str
    rows: Sequence[Any] = ((),)
    """The parameters of each of its executions."""

    refusal: Refusal | None = None


MOST_TOGETHER = 16 * 1024
"""How many characters travel in one pipeline. The driver gives the socket what is left of it only once, and waits for
ever for answers to what the socket did not take."""

_BEGIN, _COMMIT = Statement("BEGIN"), Statement("COMMIT")
_UNDO = (Statement("ROLLBACK TO SAVEPOINT operation"), Statement("RELEASE SAVEPOINT operation"))


class Wire:
    """The way to the database of one transaction, on which everything is done at once."""

    def __init__(self, connection: sa.Connection) -> None:
        """Send statements over a connection."""
        self.connection = connection
        # From their first time on. The driver counts the times otherwise, and takes a statement whose count is reached
        # in a pipeline for prepared, even when the pipeline failed before it.
        self._options = {} if connection.dialect.name == "sqlite" else {"prepare": True}

    def rows(self, statement: Statement) -> list[tuple[Any, ...]]:
        """Run a statement after all before it, and return its rows."""
        cursor = self._sent([statement])
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows

    def later(self, *statements: Statement) -> None:
        """Run statements whose rows nobody needs, with the next statement at the latest."""
        for statement in statements:
            self._sent([statement])

    def flush(self) -> None:
        """Have everything done that was asked for."""

    def commit(self) -> None:
        """End the transaction, and make everything durable."""
        self.connection.commit()

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Enclose statements that are undone alone when one of them fails, or the block raises."""
        self.flush()
        begun = Statement("SAVEPOINT operation")
        self.later(begun)
        try:
            yield
            self.later(_UNDO[1])
            self.flush()
        except BaseException:
            self._undo(begun)
            raise

    def _undo(self, _begun: Statement) -> None:
        self.later(*_UNDO)

    def _sent(self, statements: Sequence[Statement]) -> Any:
        """Send statements, and return a cursor with the result of the last.

        :raises DBAPIError: When the database refuses one of them, unless its own refusal explains it.
        """
        dialect = self.connection.dialect
        driver: Any = self.connection.connection.dbapi_connection
        cursors: list[Any] = []
        try:
            self._transmit(driver, cursors, statements)
        except dialect.loaded_dbapi.Error as error:
            # An error that may be one of a COMMIT names no statement, since nobody knows whether it happened.
            text = None if statements[-1] is _COMMIT else statements[-1].text
            wrapped = DBAPIError.instance(
                text, None, error, dialect.loaded_dbapi.Error, hide_parameters=True,
                connection_invalidated=dialect.is_disconnect(error, driver, None), dialect=dialect,
            )  # fmt: skip
            raise _explained(wrapped, _failed(cursors, statements)) from error
        return cursors[-1]

    def _transmit(self, driver: Any, cursors: list[Any], statements: Sequence[Statement]) -> None:
        """Send statements, each with a cursor of its own, which tells how far they came."""
        for statement in statements:
            cursors.append(driver.cursor())
            self._execute(cursors[-1], statement)

    def _execute(self, cursor: Any, statement: Statement) -> None:
        if len(statement.rows) != 1:
            cursor.executemany(statement.text, statement.rows)
        else:
            cursor.execute(statement.text, *statement.rows, **self._options)


class Pipeline(Wire):
    """The way to a PostgreSQL, which is gone only when somebody waits for what comes back."""

    def __init__(self, connection: sa.Connection) -> None:
        """Begin a transaction with the first statement."""
        super().__init__(connection)
        self._waiting = [_BEGIN]
        self._answered = False

    def rows(self, statement: Statement) -> list[tuple[Any, ...]]:
        """Run a statement after all that wait, and return its rows."""
        self._waiting.append(statement)
        rows: list[tuple[Any, ...]] = self._send_waiting().fetchall()
        return rows

    def later(self, *statements: Statement) -> None:
        """Let statements wait for the next whose rows somebody needs."""
        for statement in statements:
            if len(statement.rows) == 1:
                self._waiting.append(statement)
            else:
                # In a pipeline the driver tells of each execution how it went only when it has a cursor of its own.
                self._waiting += [Statement(statement.text, [row], statement.refusal) for row in statement.rows]

    def flush(self) -> None:
        """Send what waits."""
        if self._waiting:
            self._send_waiting()

    def commit(self) -> None:
        """Send what waits with the end of the transaction.

        :raises DBAPIError: Also when nobody knows whether it was committed; it must not be done again then.
        """
        if self._waiting == [_BEGIN]:
            return
        if not self._answered:
            # A pooled connection may be dead, which shows now, while everything can still be done again.
            self.flush()
        self._waiting.append(_COMMIT)
        ended = self._send_waiting().statusmessage
        if ended != "COMMIT":
            raise RuntimeError(f"The database answered COMMIT with {ended}: an error before was passed over.")

    def _undo(self, begun: Statement) -> None:
        unsent = begun in self._waiting
        self._waiting.clear()
        if not unsent:
            # Alone: with its answer the driver forgets all that it prepared, also for what is sent already.
            self.later(_UNDO[0])
            self.flush()
            self.later(_UNDO[1])

    def _send_waiting(self) -> Any:
        statements, self._waiting = self._waiting, []
        cursor = self._sent(statements)
        self._answered = True
        return cursor

    def _transmit(self, driver: Any, cursors: list[Any], statements: Sequence[Statement]) -> None:
        if len(statements) == 1 or sum(map(_size, statements)) > MOST_TOGETHER:
            super()._transmit(driver, cursors, statements)
            return
        failure, errors = None, self.connection.dialect.loaded_dbapi.Error
        with driver.pipeline() as pipeline:
            try:
                super()._transmit(driver, cursors, statements)
                pipeline.sync()
            except errors as error:
                failure = error
                _drain(pipeline, errors)
        if failure is not None:
            raise failure


def begin(engine: sa.Engine) -> Wire:
    """Begin a transaction that writes, and return the way there."""
    if engine.dialect.name != "sqlite":
        return Pipeline(engine.connect())
    connection = engine.connect()
    connection.begin()
    return Wire(connection)


def _size(statement: Statement) -> int:
    """Return how many characters the parameters of a statement have."""
    rows = (row.values() if isinstance(row, Mapping) else row for row in statement.rows)
    return sum(len(value) for row in rows for value in row if isinstance(value, str))


def _drain(pipeline: Any, errors: type[Exception]) -> None:
    """Take what came back for the statements after one that failed, which were all skipped."""
    for _ in range(2):
        with suppress(errors):
            pipeline.sync()


def _failed(cursors: Sequence[Any], statements: Sequence[Statement]) -> Statement:
    """Return the statement that failed: in a pipeline, the first of those sent that has no result."""
    without_result = (at for at, cursor in enumerate(cursors) if getattr(cursor, "pgresult", None) is None)
    return statements[next(without_result, 0)]


def _explained(error: Any, failed: Statement) -> BaseException:
    explained = failed.refusal(error) if isinstance(error, IntegrityError) and failed.refusal is not None else None
    refused: BaseException = error if explained is None else explained
    return refused
