"""Statements on their way to the database: what nobody waits for travels together with what somebody does.

A way to a PostgreSQL and back costs as much as a statement. Most writes of a request return nothing that the request
needs, so they wait for the next statement that does, or for the ``COMMIT``, and are sent with it at once.
SQLite is no way off: there everything is done at once.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError

from scim_server.line import Line, Outcome, Statement, StatementFailedError

_BEGIN, _COMMIT, _ROLLBACK = Statement("BEGIN"), Statement("COMMIT"), Statement("ROLLBACK")
_UNDO = (Statement("ROLLBACK TO SAVEPOINT operation"), Statement("RELEASE SAVEPOINT operation"))


class Wire:
    """The way to the database of one transaction, on which everything is done at once."""

    def __init__(self, connection: sa.Connection) -> None:
        """Send statements over a connection."""
        self.connection = connection
        self._line: Line = connection.info["line"]

    def rows(self, statement: Statement) -> list[tuple[Any, ...]]:
        """Run a statement after all before it, and return its rows."""
        return self._sent([statement]).fetchall()

    def later(self, *statements: Statement) -> None:
        """Run statements whose rows nobody needs, with the next statement at the latest."""
        self._sent(statements)

    def hasten(self) -> None:
        """Have the database begin with what was asked for, while the caller goes on."""

    def flush(self) -> None:
        """Have everything done that was asked for."""

    def begin(self) -> None:
        """Begin a transaction, which keeps others from writing."""
        self._sent([Statement("BEGIN IMMEDIATE")])

    def end(self, *, commit: bool) -> None:
        """End the transaction: make everything durable, or undo it."""
        self._sent([_COMMIT if commit else _ROLLBACK])

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

    def _sent(self, statements: Sequence[Statement]) -> Outcome:
        """Send statements, and return the outcome of the last.

        :raises DBAPIError: When the database refuses one of them, unless its own refusal explains it.
        """
        try:
            return self._line.exchange(statements)
        except StatementFailedError as failure:
            # An error that may be one of a COMMIT names no statement, since nobody knows whether it happened.
            raise self._refused(failure, None if _COMMIT in statements else failure.statement.text) from failure

    def _refused(self, failure: StatementFailedError, text: str | None) -> BaseException:
        """Return what a failure means to those who use the database."""
        error: Any = failure.__cause__
        dialect, driver = self.connection.dialect, self.connection.connection.dbapi_connection
        wrapped = DBAPIError.instance(
            text, None, error, dialect.loaded_dbapi.Error, hide_parameters=True,
            connection_invalidated=dialect.is_disconnect(error, driver, None), dialect=dialect,
        )  # fmt: skip
        return _explained(wrapped, failure.statement)


class Pipeline(Wire):
    """The way to a PostgreSQL, which is gone only when somebody waits for what comes back."""

    def __init__(self, connection: sa.Connection) -> None:
        """Send statements over a connection."""
        super().__init__(connection)
        self._waiting: list[Statement] = []
        self._has_sent = self._answered = self._is_ahead = False

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
                # Each execution is a message of its own.
                self._waiting += [Statement(statement.text, [row], statement.refusal) for row in statement.rows]

    def hasten(self) -> None:
        """Send what waits, and wait for nothing."""
        if self._waiting:
            statements, self._waiting = self._waiting, []
            self._has_sent = self._is_ahead = True
            try:
                self._line.send(statements)
            except StatementFailedError as failure:
                raise self._refused(failure, failure.statement.text) from failure

    def flush(self) -> None:
        """Send what waits, and wait for the end of everything."""
        if self._waiting or self._is_ahead:
            self._send_waiting()

    def _abandon(self) -> None:
        """Forget what waits, and how that ended which was sent ahead."""
        self._waiting.clear()
        # Whoever abandons it has the first error already, or does not want to know.
        with suppress(Exception):
            self.flush()

    def begin(self) -> None:
        """Begin the transaction with the first statement."""
        self._waiting = [_BEGIN]

    def end(self, *, commit: bool) -> None:
        """Send what waits with the end of the transaction, or undo everything.

        :raises DBAPIError: Also when nobody knows whether it was committed; it must not be done again then.
        """
        if not commit:
            self._abandon()
        if not self._has_sent and self._waiting in ([], [_BEGIN]):
            return
        if commit and not self._answered:
            # A pooled connection may be dead, which shows now, while everything can still be done again.
            self.flush()
        self._waiting.append(_COMMIT if commit else _ROLLBACK)
        ended = self._send_waiting().status
        if commit and ended != "COMMIT":
            raise RuntimeError(f"The database answered COMMIT with {ended}: an error before was passed over.")

    def _undo(self, begun: Statement) -> None:
        unsent = begun in self._waiting
        self._abandon()
        if not unsent:
            self.later(*_UNDO)

    def _send_waiting(self) -> Any:
        statements, self._waiting = self._waiting, []
        self._has_sent, self._is_ahead = True, False
        outcome = self._sent(statements)
        self._answered = True
        return outcome


def begin(connection: sa.Connection) -> Wire:
    """Begin a transaction that writes, and return the way there."""
    wire = Wire(connection) if connection.dialect.name == "sqlite" else Pipeline(connection)
    wire.begin()
    return wire


def _explained(error: Any, failed: Statement) -> BaseException:
    explained = failed.refusal(error) if isinstance(error, IntegrityError) and failed.refusal is not None else None
    refused: BaseException = error if explained is None else explained
    return refused
