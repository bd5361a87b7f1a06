"""The command line on a real database."""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import click
import pytest
from click.testing import CliRunner, Result

from scim_server.cli.admin import admin
from scim_server.cli.installation import Installation
from scim_server.cli.tenant import tenant
from scim_server.cli.token import token
from scim_server.db import Database
from scim_server.settings import Settings
from tests.support.command_line import CommandLine


@pytest.fixture
def scim_server(database: Database) -> Callable[..., Result]:
    """Run ``scim-server`` with arguments."""
    group = click.Group("scim-server", commands=[admin, tenant, token])
    settings = Settings(base_url="https://scim.example.org")
    installation = SimpleNamespace(database=database, settings=settings, extensions=())

    def run(*arguments: str, typed: str = "") -> Result:
        return CliRunner().invoke(group, arguments, obj=installation, input=typed)

    return run


@pytest.fixture
def command(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CommandLine]:
    """The whole command line on each engine, and a tenant GB001."""
    monkeypatch.setenv("SCIM_SERVER_DATABASE_URL", database.url.render_as_string(hide_password=False))
    installation = Installation()
    line = CommandLine(installation, tmp_path)
    line.done("tenant", "create", "GB001")
    yield line
    installation.database.dispose()
