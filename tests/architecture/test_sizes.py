"""Modules and functions stay small, and their names say what they are."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted([*(ROOT / "scim_server").rglob("*.py"), *(ROOT / "extensions" / "mycambridge").rglob("*.py")])
MODULES = [path for path in SOURCES if "versions" not in path.parts]
LONGEST_MODULE, LONGEST_FUNCTION = 300, 40
BANNED = {"util", "utils", "helper", "helpers", "manager", "misc", "common", "info"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(path: Path) -> list[Function]:
    """Return every function of a module."""
    tree = ast.parse(path.read_text())
    return [node for node in ast.walk(tree) if isinstance(node, Function)]


def length(function: Function) -> int:
    """Return the lines of a function, without its docstring and decorators."""
    body = function.body
    if ast.get_docstring(function) is not None:
        documented = body[0]
        return (function.end_lineno or 0) - function.lineno + 1 - ((documented.end_lineno or 0) - documented.lineno + 1)
    return (function.end_lineno or 0) - function.lineno + 1


def shown(path: Path) -> str:
    """Return a module's path from the root."""
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", SOURCES, ids=shown)
def test_a_module_is_short(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LONGEST_MODULE


@pytest.mark.parametrize("path", MODULES, ids=shown)
def test_its_functions_are_short(path: Path) -> None:
    long = {function.name: length(function) for function in functions(path) if length(function) > LONGEST_FUNCTION}
    assert long == {}


def test_names_say_what_is_inside() -> None:
    assert [shown(path) for path in SOURCES if set(path.stem.split("_")) & BANNED] == []


def test_nothing_is_left_to_do() -> None:
    left = ("TO" + "DO", "FIX" + "ME", "XXX")
    assert [shown(path) for path in SOURCES if any(mark in path.read_text() for mark in left)] == []
