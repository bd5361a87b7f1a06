"""``scim-server tenant``."""

import json
from collections.abc import Callable

import pytest
from click.testing import Result


def test_a_tenant_is_created_listed_and_deleted(scim_server: Callable[..., Result]) -> None:
    created = scim_server("tenant", "create", "GB001", "--name", "Northgate School")
    assert (created.exit_code, created.stdout) == (0, "Created tenant GB001.\n")
    assert scim_server("tenant", "list").stdout.startswith("GB001  Northgate School  (since 20")
    assert scim_server("tenant", "delete", "GB001", "--yes").stdout == "Deleted tenant GB001.\n"
    assert scim_server("tenant", "list").stdout == ""


def test_tenants_are_listed_as_json(scim_server: Callable[..., Result]) -> None:
    scim_server("tenant", "create", "GB001")
    (listed,) = json.loads(scim_server("tenant", "list", "--json").stdout)
    assert (listed["id"], listed["name"]) == ("GB001", "GB001")


def test_a_tenant_is_not_deleted_without_yes(scim_server: Callable[..., Result]) -> None:
    scim_server("tenant", "create", "GB001")
    refused = scim_server("tenant", "delete", "GB001")
    assert refused.exit_code == 2
    assert "Add --yes to do it." in refused.stderr
    assert "GB001" in scim_server("tenant", "list").stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("create", "a/b"), "Error: A tenant id has 1 to 64 letters"),
        (("create", "GB001"), "Error: There is already a tenant GB001.\n"),
        (("delete", "GB002", "--yes"), "Error: There is no tenant GB002; scim-server tenant list shows all.\n"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(
    scim_server: Callable[..., Result], arguments: tuple[str, ...], sentence: str
) -> None:
    scim_server("tenant", "create", "GB001")
    refused = scim_server("tenant", *arguments)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr.startswith(sentence)
    assert refused.stderr.count("\n") == 1


@pytest.mark.parametrize("command", [(), ("create",), ("list",), ("delete",)])
def test_every_help_has_an_example(scim_server: Callable[..., Result], command: tuple[str, ...]) -> None:
    assert "Example: scim-server tenant" in scim_server("tenant", *command, "--help").stdout
