"""Statements of the hot path: compiled once, and run without what SQLAlchemy does for each execution of any statement.

Building cache keys, contexts and result rows costs as much as such a statement itself. Parameters are single texts,
numbers and truth values (JSON is given as text), and so are the columns that come back; nothing of it is needed here.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import visitors

from scim_server.db import Transaction
from scim_server.line import Refusal, Statement

Parameters = Mapping[str, Any]


class Prepared:
    """A statement whose parameters and columns are plain values.

    Every method raises :class:`sqlalchemy.exc.DBAPIError`, or its subclass, when the database refuses the statement, or
    one that was run before and waited for it.
    """

    def __init__(self, statement: Any) -> None:
        """Prepare a statement; it is compiled when it is first used on an engine."""
        self._statement = statement
        self._compiled: dict[str, tuple[str, list[str], dict[str, Any]]] = {}

    def all(self, transaction: Transaction, parameters: Parameters) -> list[tuple[Any, ...]]:
        """Return every row."""
        return transaction.wire.rows(self._bound(transaction, (parameters,), None))

    def first(self, transaction: Transaction, parameters: Parameters) -> tuple[Any, ...] | None:
        """Return the first row, or None."""
        rows = self.all(transaction, parameters)
        return rows[0] if rows else None

    def run(self, transaction: Transaction, *rows: Parameters, refusal: Refusal | None = None) -> None:
        """Run the statement once for each of the parameters given, before the next or the end of the transaction.

        :param refusal: Explains a constraint that the statement violates, whenever that shows.
        """
        transaction.wire.later(self._bound(transaction, rows, refusal))

    def _bound(self, transaction: Transaction, rows: tuple[Parameters, ...], refusal: Refusal | None) -> Statement:
        dialect = transaction.wire.connection.dialect
        text, positions, added = self._compiled.get(dialect.name) or self._compile(dialect)
        return Statement(text, [_in_order(row, positions, added) for row in rows], refusal)

    def _compile(self, dialect: Any) -> tuple[str, list[str], dict[str, Any]]:
        # PostgreSQL plans a prepared statement once for all parameters. What is written into it, it can judge: that a
        # resource type is rare, for example.
        statement = visitors.replacement_traverse(self._statement, {}, partial(_written_out, dialect))
        if dialect.name == "postgresql":
            # In the server's own form, $1, as the line sends it: psycopg's cursors would make it of theirs each time.
            dialect = type(dialect)(paramstyle="numeric_dollar")
        compiled: Any = statement.compile(dialect=dialect)
        # SQLite's dialect adds an offset of its own to every limit.
        added = {name: value for name, value in compiled.params.items() if value is not None}
        prepared = (str(compiled), compiled.positiontup or [], added)
        self._compiled[dialect.name] = prepared
        return prepared


def _written_out(dialect: sa.Dialect, element: Any, **_: Any) -> sa.ColumnClause[Any] | None:
    """Return a constant of a statement in the form that is written into its text, and of anything else nothing."""
    if not isinstance(element, sa.BindParameter) or element.value is None:
        return None
    write = element.type.dialect_impl(dialect).literal_processor(dialect)
    return None if write is None else sa.literal_column(write(element.value), element.type)


def _in_order(row: Parameters, positions: list[str], added: Parameters) -> list[Any]:
    given = {**added, **row} if added else row
    return [given[name] for name in positions]
