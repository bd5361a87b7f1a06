"""The line to the database of one connection: statements go out, and what the last of them returns comes back.

SQLite is no way off, so statements are done one by one. The line to a PostgreSQL is :mod:`scim_server.libpq`.
"""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy.exc import IntegrityError

Refusal = Callable[[IntegrityError], Exception | None]
"""Returns the exception that says what a violated constraint means, or None when it is another's constraint."""
Values = Sequence[str | int | bool | None]


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """A statement in the words of an engine, whose parameters are in their order."""

    text: str
    rows: Sequence[Values] = ((),)
    """The parameters of each of its executions."""

    refusal: Refusal | None = None


class Outcome(Protocol):
    """What a statement returned."""

    def fetchall(self) -> list[tuple[Any, ...]]:
        """Return its rows."""


class StatementFailedError(Exception):
    """Raised from the error of the driver when a statement failed; those after it were not done."""

    def __init__(self, statement: Statement) -> None:
        """Say which failed."""
        super().__init__()
        self.statement = statement


class Line(Protocol):
    """Sends statements over the connection of a driver."""

    def send(self, statements: Sequence[Statement]) -> None:
        """Have the database begin with statements, whose outcome the next exchange takes.

        :raises StatementFailedError: When one of them failed already.
        """

    def exchange(self, statements: Sequence[Statement]) -> Outcome:
        """Have statements done after all that were sent, in their order, and return the outcome of the last.

        :raises StatementFailedError: When one of them failed.
        """


class SqliteLine:
    """The line to an SQLite file, as :class:`Line` has it."""

    def __init__(self, driver: sqlite3.Connection) -> None:
        """Use a connection."""
        self._driver = driver

    def send(self, statements: Sequence[Statement]) -> None:
        """Do statements at once: nobody else could meanwhile."""
        self.exchange(statements)

    def exchange(self, statements: Sequence[Statement]) -> Outcome:
        """Do statements one by one."""
        cursor = self._driver.cursor()
        for statement in statements:
            try:
                if len(statement.rows) == 1:
                    cursor.execute(statement.text, statement.rows[0])
                else:
                    cursor.executemany(statement.text, statement.rows)
            except sqlite3.Error as error:
                raise StatementFailedError(statement) from error
        return cursor
