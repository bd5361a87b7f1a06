"""The recipes of the documentation are run as a reader would: against a server that has just been started."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from scim_server.connections.administrators import create_administrator
from scim_server.connections.tenants import create_tenant
from scim_server.connections.tokens import issue_token
from tests.support.databases import fresh_url
from tests.support.recipes import recipes, run, same
from tests.support.server import SCIM_SERVER, Server, running_server

ROOT = Path(__file__).parents[2]
DOCUMENTED_URL = "http://127.0.0.1:8000"


@contextmanager
def _server(request: pytest.FixtureRequest, folder: Path) -> Iterator[Server]:
    with fresh_url("sqlite", request, folder) as url, running_server(url, folder) as server:
        server.environment["SCIM_SERVER_BASE_URL"] = server.url
        yield server


@pytest.fixture
def demonstration(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Server, str]]:
    """A server with the demonstration school, and what its reader is told."""
    with _server(request, tmp_path) as server:
        yield server, server.command("demo")


@pytest.fixture
def board(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    """A server with an administrator of the exam board, and nothing else."""
    with _server(request, tmp_path) as server:
        with server.database.write() as transaction:
            create_administrator(transaction, "registrar", "a long enough password")
        yield server


@pytest.fixture
def school(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Server, str]]:
    """A server with one school and a token of it, as its operator sets it up."""
    with _server(request, tmp_path) as server:
        with server.database.write() as transaction:
            create_tenant(transaction, "GB001", "Northgate School")
            create_administrator(transaction, "registrar", "a long enough password")
            token = issue_token(transaction, "GB001", name="curl")
        server.command("centre", "create", "GB001", "--name", "Northgate School", "--country", "GB")
        yield server, token.text


@pytest.mark.parametrize("document", ["docs/recipes.md", "docs/connect/oauth.md"])
def test_every_recipe_prints_what_the_document_shows(school: tuple[Server, str], document: str, tmp_path: Path) -> None:
    _follow(document, *school, tmp_path)


def test_the_board_and_exams_officers_can_do_everything_with_curl(board: Server, tmp_path: Path) -> None:
    _follow("docs/admin-with-curl.md", board, "", tmp_path)


def test_the_readme_can_be_followed_after_the_first_start(demonstration: tuple[Server, str], tmp_path: Path) -> None:
    server, told = demonstration
    token = re.search(r"mcp_\w+", told)
    assert token is not None
    _follow("README.md", server, token[0], tmp_path)


def _follow(document: str, server: Server, token: str, folder: Path) -> None:
    """Do what a document says, and compare what is printed with what it shows."""
    found = recipes(ROOT / document)
    commands = [
        re.sub(r"^TOKEN=.*$", f"TOKEN={token}", recipe.commands, flags=re.MULTILINE).replace(DOCUMENTED_URL, server.url)
        for recipe in found
    ]
    environment = {
        **server.environment,
        "PATH": f"{Path(SCIM_SERVER).parent}{os.pathsep}{os.environ['PATH']}",
    }
    printed = run(commands, environment, folder)
    assert len(printed) == len(found) > 3
    for recipe, output in zip(found, printed, strict=True):
        shown = output.replace(server.url, DOCUMENTED_URL)
        assert recipe.printed is None or same(recipe.printed, shown), f"{recipe.commands}\nprints\n{shown}"
