"""Where the two SQL dialects differ in reading JSON. Nothing above this module knows which engine it speaks to."""

import re
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

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
