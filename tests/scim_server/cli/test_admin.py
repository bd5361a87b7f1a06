"""``scim-server admin``."""

import base64
import json
from collections.abc import Callable

import pytest
from click.testing import Result

from scim_server.connections.auth import Authenticator
from scim_server.db import Database

PASSWORD = "correct horse battery"


def is_known(database: Database, name: str, password: str) -> bool:
    credentials = base64.b64encode(f"{name}:{password}".encode()).decode()
    return Authenticator(database).principal(f"Basic {credentials}").kind == "administrator"


def test_an_administrator_is_created_with_a_password_typed_twice(
    scim_server: Callable[..., Result], database: Database
) -> None:
    created = scim_server("admin", "create", "ann", typed=f"{PASSWORD}\n{PASSWORD}\n")
    assert created.exit_code == 0
    assert PASSWORD not in created.output
    assert is_known(database, "ann", PASSWORD)


def test_a_password_may_come_from_standard_input(scim_server: Callable[..., Result], database: Database) -> None:
    created = scim_server("admin", "create", "ann", "--password-stdin", typed=f"{PASSWORD}\n")
    assert created.stdout == "Created administrator ann.\n"
    assert is_known(database, "ann", PASSWORD)


def test_administrators_are_listed_without_their_passwords_and_deleted(scim_server: Callable[..., Result]) -> None:
    scim_server("admin", "create", "ann", "--password-stdin", typed=PASSWORD)
    assert scim_server("admin", "list").stdout.startswith("ann  (since 20")
    assert set(json.loads(scim_server("admin", "list", "--json").stdout)[0]) == {"name", "created"}
    assert scim_server("admin", "delete", "ann").stdout == "Deleted administrator ann.\n"
    assert scim_server("admin", "list").stdout == ""


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("create", "ann", "--password-stdin"), "Error: The password must have 12 to 256 characters.\n"),
        (("delete", "bob"), "Error: There is no administrator bob; scim-server admin list shows all.\n"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(
    scim_server: Callable[..., Result], arguments: tuple[str, ...], sentence: str
) -> None:
    refused = scim_server("admin", *arguments, typed="short\n")
    assert (refused.exit_code, refused.stdout, refused.stderr) == (1, "", sentence)


@pytest.mark.parametrize("command", [(), ("create",), ("list",), ("delete",)])
def test_every_help_has_an_example(scim_server: Callable[..., Result], command: tuple[str, ...]) -> None:
    assert "Example: scim-server admin" in scim_server("admin", *command, "--help").stdout
