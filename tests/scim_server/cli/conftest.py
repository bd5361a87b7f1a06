"""The command line on a real database."""

from collections.abc import Callable
from types import SimpleNamespace

import click
import pytest
from click.testing import CliRunner, Result

from scim_server.cli.admin import admin
from scim_server.cli.tenant import tenant
from scim_server.cli.token import token
from scim_server.db import Database
from scim_server.settings import Settings


@pytest.fixture
def scim_server(database: Database) -> Callable[..., Result]:
    """Run ``scim-server`` with arguments."""
    group = click.Group("scim-server", commands=[admin, tenant, token])
    installation = SimpleNamespace(database=database, settings=Settings(base_url="https://scim.example.org"))

    def run(*arguments: str, typed: str = "") -> Result:
        return CliRunner().invoke(group, arguments, obj=installation, input=typed)

    return run
