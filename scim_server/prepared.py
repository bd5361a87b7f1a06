"""Statements of the hot path: compiled once, and run without what SQLAlchemy does for each execution of any statement.

Building cache keys, contexts and result rows costs as much as such a statement itself. Parameters are single texts,
numbers and truth values (JSON is given as text), and so are the columns that come back; nothing of it is needed here.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from scim_server.db import Transaction

Parameters = Mapping[str, Any]


class Prepared:
    """A statement whose parameters and columns are plain values.

    Every method raises :class:`sqlalchemy.exc.DBAPIError`, or its subclass, when the database refuses the statement.
    """

    def __init__(self, statement: Any) -> None:
        """Prepare a statement; it is compiled when it is first used on an engine."""
        self._statement = statement
        self._compiled: dict[str, tuple[str, list[str] | None, dict[str, Any]]] = {}

    def all(self, transaction: Transaction, parameters: Parameters) -> list[tuple[Any, ...]]:
        """Return every row."""
        with self._cursor(transaction, parameters) as (cursor, text, bound):
            cursor.execute(text, bound)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows

    def first(self, transaction: Transaction, parameters: Parameters) -> tuple[Any, ...] | None:
        """Return the first row, or None."""
        rows = self.all(transaction, parameters)
        return rows[0] if rows else None

    def run(self, transaction: Transaction, *rows: Parameters) -> None:
        """Run the statement once for each of the parameters given."""
        with self._cursor(transaction, *rows) as (cursor, text, *bound):
            if len(bound) == 1:
                cursor.execute(text, bound[0])
            else:
                cursor.executemany(text, bound)

    @contextmanager
    def _cursor(self, transaction: Transaction, *rows: Parameters) -> Iterator[Sequence[Any]]:
        """Yield a cursor, the text of the statement, and each row of parameters as the driver takes them."""
        connection = transaction.connection
        dialect = connection.dialect
        text, positions, constants = self._compiled.get(dialect.name) or self._compile(dialect)
        cursor: Any = connection.connection.cursor()
        try:
            yield cursor, text, *(_bound(row, positions, constants) for row in rows)
        except dialect.loaded_dbapi.Error as error:
            lost = dialect.is_disconnect(error, connection.connection.dbapi_connection, cursor)
            raise DBAPIError.instance(
                text,
                None,
                error,
                dialect.loaded_dbapi.Error,
                hide_parameters=True,
                connection_invalidated=lost,
                dialect=dialect,
            ) from error
        finally:
            cursor.close()

    def _compile(self, dialect: sa.Dialect) -> tuple[str, list[str] | None, dict[str, Any]]:
        compiled: Any = self._statement.compile(dialect=dialect)
        constants = {name: value for name, value in compiled.params.items() if value is not None}
        prepared = (str(compiled), compiled.positiontup, constants)
        self._compiled[dialect.name] = prepared
        return prepared


def _bound(row: Parameters, positions: list[str] | None, constants: Parameters) -> Any:
    given = {**constants, **row} if constants else row
    return given if positions is None else [given[name] for name in positions]
