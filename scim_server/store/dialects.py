"""Where the two SQL dialects differ. Nothing above this module knows which engine it speaks to."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from scim_server.db import Transaction
from scim_server.line import Refusal
from scim_server.prepared import Parameters, Prepared

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


class _Texts(FunctionElement[Any]):
    """The texts of a JSON array, as rows with one column ``value``."""

    name = "texts"
    inherit_cache = True


def texts(name: str) -> sa.TableValuedAlias:
    """Return several texts to select from, which come as one parameter: what :func:`array_of` makes of them.

    Unlike ``IN``, it is the same statement for any number of them, which is compiled and prepared once.
    """
    return _Texts(sa.bindparam(name, type_=sa.Text())).table_valued(sa.column("value", sa.Text()))


def array_of(values: Iterable[str]) -> str:
    """Return the parameter of :func:`texts`: each text once."""
    return orjson.dumps(list(dict.fromkeys(values))).decode()


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


@compiles(_Texts, "sqlite")
def _texts_sqlite(element: Any, compiler: Any, **kwargs: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **kwargs)})"


@compiles(_Texts, "postgresql")
def _texts_postgresql(element: Any, compiler: Any, **kwargs: Any) -> str:
    array = f"json_array_elements_text(({compiler.process(element.clauses, **kwargs)})::json)"
    # The planner expects a hundred texts, for which it would read a whole table where indexes find a few rows. What it
    # cannot judge it takes for rare, so with a condition that always holds it expects one.
    always = "value || '' = value"
    return f'(SELECT value COLLATE "C" AS value FROM {array} WHERE {always})'  # noqa: S608 - a parameter's name


@compiles(_Record, "postgresql")
def _record_postgresql(element: Any, compiler: Any, **_kwargs: Any) -> str:
    # JSON is kept as text inside a record, as it is in the parameters of any other statement.
    return f"record.{element.column.name}::{element.column.type.compile(compiler.dialect).partition(' COLLATE')[0]}"


@compiles(_Records, "postgresql")
def _records_postgresql(element: Any, compiler: Any, **kwargs: Any) -> str:
    columns = ", ".join(f"{column.name} text" for column in element.table.columns)
    return f"json_to_recordset(({compiler.process(element.clauses, **kwargs)})::json) AS record({columns})"
