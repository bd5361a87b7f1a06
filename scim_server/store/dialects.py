"""Where the two SQL dialects differ. Nothing above this module knows which engine it speaks to."""

import re
from collections.abc import Sequence
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from scim_server.db import Transaction
from scim_server.prepared import Parameters, Prepared
from scim_server.wire import Refusal

_NAME = re.compile(r"[a-z0-9$_:.\-]+")
_SEPARATOR = "\x1f"


class _AtPath(FunctionElement[Any]):
    """The value of a JSON column at a path, which is part of the statement and no parameter, so that it is cached."""

    inherit_cache = True

    def __init__(self, column: sa.ColumnElement[Any], path: tuple[str, ...]) -> None:
        """Read at a path of canonical names, which come from schemas and never from a request."""
        assert all(_NAME.fullmatch(name) for name in path), path
        super().__init__(column, sa.literal_column(_SEPARATOR.join(path)))


class JsonText(_AtPath):
    """The text at a path, NULL when there is none; compared byte by byte."""

    type = sa.Text()
    inherit_cache = True


class JsonNumber(_AtPath):
    """The number at a path, NULL when there is none."""

    #: Numbers of any kind, which the drivers know best how to pass.
    type = sa.types.NullType()
    inherit_cache = True


class JsonBoolean(_AtPath):
    """The truth value at a path, NULL when there is none."""

    type = sa.Boolean()
    inherit_cache = True


class JsonPresence(_AtPath):
    """Whether anything is at a path."""

    type = sa.Boolean()
    inherit_cache = True


class _Elements(FunctionElement[Any]):
    """The elements of the array at a path, as rows with one column ``value``."""

    name = "elements"
    inherit_cache = True

    def __init__(self, column: sa.ColumnElement[Any], path: tuple[str, ...]) -> None:
        assert all(_NAME.fullmatch(name) for name in path), path
        super().__init__(column, sa.literal_column(_SEPARATOR.join(path)))


def elements(column: sa.ColumnElement[Any], path: tuple[str, ...]) -> sa.TableValuedAlias:
    """Return the elements of the array at a path, to select from; there are none when nothing is there."""
    return _Elements(column, path).table_valued("value")


class _IsAmong(FunctionElement[Any]):
    """Whether a column holds one of the texts of a JSON array."""

    type = sa.Boolean()
    inherit_cache = True


def is_among(column: sa.ColumnElement[Any], name: str) -> sa.ColumnElement[bool]:
    """Return whether a column holds one of several texts, which come as one parameter: a JSON array, as text.

    Unlike ``IN``, it is the same statement for any number of them, which is compiled and prepared once.
    """
    return _IsAmong(column, sa.bindparam(name, type_=sa.Text()))


class Insert:
    """Inserts rows into a table.

    PostgreSQL takes several as one JSON array: that statement is the same for any number, so it is planned once,
    and all of them are one execution. SQLite takes them one by one faster than it reads JSON.
    """

    def __init__(self, table: sa.Table) -> None:
        """Insert into a table, whose columns all rows name."""
        self._rows = Prepared(sa.insert(table))
        records = sa.select(*[_Record(column) for column in table.columns])
        records = records.select_from(_Records(table, sa.bindparam("records", type_=sa.Text())))
        self._records = Prepared(sa.insert(table).from_select(list(table.columns.keys()), records))

    def run(self, transaction: Transaction, rows: Sequence[Parameters], *, refusal: Refusal | None = None) -> None:
        """Insert rows, as :meth:`Prepared.run` does."""
        if len(rows) > 1 and not transaction.database.is_sqlite:
            self._records.run(transaction, {"records": orjson.dumps(rows).decode()}, refusal=refusal)
        elif rows:
            self._rows.run(transaction, *rows, refusal=refusal)


class _Record(FunctionElement[Any]):
    """What one object of an array of records holds for a column."""

    inherit_cache = True

    def __init__(self, column: sa.Column[Any]) -> None:
        self.column = column
        super().__init__()


class _Records(FunctionElement[Any]):
    """The objects of a JSON array, as rows to insert into a table."""

    inherit_cache = True

    def __init__(self, table: sa.Table, array: sa.ColumnElement[Any]) -> None:
        self.table = table
        super().__init__(array)


def _parts(element: Any, compiler: Any, **kwargs: Any) -> tuple[str, list[str]]:
    column, path = element.clauses
    names = path.name.split(_SEPARATOR) if path.name else []
    return compiler.process(column, **kwargs), names


def _sqlite_path(names: list[str]) -> str:
    return "'$" + "".join(f'."{name}"' for name in names) + "'"


def _postgresql_path(names: list[str]) -> str:
    return "'{" + ",".join(f'"{name}"' for name in names) + "}'"


@compiles(JsonText, "sqlite")
@compiles(JsonNumber, "sqlite")
@compiles(JsonBoolean, "sqlite")
def _extract_sqlite(element: Any, compiler: Any, **kwargs: Any) -> str:
    column, names = _parts(element, compiler, **kwargs)
    return f"json_extract({column}, {_sqlite_path(names)})" if names else str(column)


@compiles(JsonPresence, "sqlite")
def _presence_sqlite(element: Any, compiler: Any, **kwargs: Any) -> str:
    column, names = _parts(element, compiler, **kwargs)
    return f"(json_type({column}, {_sqlite_path(names)}) IS NOT NULL)"


@compiles(_Elements, "sqlite")
def _elements_sqlite(element: Any, compiler: Any, **kwargs: Any) -> str:
    column, names = _parts(element, compiler, **kwargs)
    return f"json_each({column}, {_sqlite_path(names)})"


@compiles(JsonText, "postgresql")
def _text_postgresql(element: Any, compiler: Any, **kwargs: Any) -> str:
    column, names = _parts(element, compiler, **kwargs)
    return f'(({column} #>> {_postgresql_path(names)}) COLLATE "C")'


@compiles(JsonNumber, "postgresql")
def _number_postgresql(element: Any, compiler: Any, **kwargs: Any) -> str:
    column, names = _parts(element, compiler, **kwargs)
    return f"(({column} #>> {_postgresql_path(names)})::numeric)"


@compiles(JsonBoolean, "postgresql")
def _boolean_postgresql(element: Any, compiler: Any, **kwargs: Any) -> str:
    column, names = _parts(element, compiler, **kwargs)
    return f"(({column} #>> {_postgresql_path(names)})::boolean)"


@compiles(JsonPresence, "postgresql")
def _presence_postgresql(element: Any, compiler: Any, **kwargs: Any) -> str:
    column, names = _parts(element, compiler, **kwargs)
    return f"(({column} #> {_postgresql_path(names)}) IS NOT NULL)"


@compiles(_Elements, "postgresql")
def _elements_postgresql(element: Any, compiler: Any, **kwargs: Any) -> str:
    column, names = _parts(element, compiler, **kwargs)
    return f"jsonb_array_elements({column} #> {_postgresql_path(names)})"


@compiles(_IsAmong, "sqlite")
def _is_among_sqlite(element: Any, compiler: Any, **kwargs: Any) -> str:
    column, array = (compiler.process(each, **kwargs) for each in element.clauses)
    return f"({column} IN (SELECT value FROM json_each({array})))"  # noqa: S608 - a column's name and a parameter's


@compiles(_IsAmong, "postgresql")
def _is_among_postgresql(element: Any, compiler: Any, **kwargs: Any) -> str:
    column, array = (compiler.process(each, **kwargs) for each in element.clauses)
    # An array, not a subquery: with it the planner looks each of them up in an index, whatever it knows of the table.
    texts = f'ARRAY(SELECT json_array_elements_text({array}::json) COLLATE "C")'
    return f"({column} = ANY ({texts}))"


@compiles(_Record, "postgresql")
def _record_postgresql(element: Any, compiler: Any, **_kwargs: Any) -> str:
    # JSON is kept as text inside a record, as it is in the parameters of any other statement.
    return f"record.{element.column.name}::{element.column.type.compile(compiler.dialect).partition(' COLLATE')[0]}"


@compiles(_Records, "postgresql")
def _records_postgresql(element: Any, compiler: Any, **kwargs: Any) -> str:
    columns = ", ".join(f"{column.name} text" for column in element.table.columns)
    return f"json_to_recordset(({compiler.process(element.clauses, **kwargs)})::json) AS record({columns})"
