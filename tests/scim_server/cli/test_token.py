"""``scim-server token``."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from joserfc.jwk import ECKey, KeySet

from scim_server.connections.auth import Authenticator
from scim_server.connections.refusals import NotAuthenticated
from scim_server.db import Database
from scim_server.extension import Principal


@pytest.fixture
def token(scim_server: Callable[..., Result]) -> Callable[..., Result]:
    """Run ``scim-server token`` where the tenant GB001 exists."""
    scim_server("tenant", "create", "GB001")
    return lambda *arguments, **values: scim_server("token", *arguments, **values)


def create(token: Callable[..., Result], *arguments: str) -> Any:
    return token("create", "--tenant", "GB001", "--name", "Entra ID", *arguments)


def key_id(text: str) -> str:
    return text.split("_")[1]


def principal(database: Database, text: str) -> Principal:
    return Authenticator(database).bearer(text.rstrip("\n"))


def test_the_token_is_all_that_is_printed(token: Callable[..., Result], database: Database) -> None:
    created = create(token, "--profile", "entra", "--scope", "scim:read", "--scope", "scim:write:Group")
    assert (created.exit_code, created.stderr, created.stdout.count("\n")) == (0, "", 1)
    known = principal(database, created.stdout)
    assert (known.name, known.profile, known.scopes) == (
        "Entra ID",
        "entra",
        frozenset({"scim:read", "scim:write:Group"}),
    )


def test_a_token_reads_and_writes_everything_with_the_default_profile_unless_said_otherwise(
    token: Callable[..., Result], database: Database
) -> None:
    known = principal(database, create(token).stdout)
    assert (known.profile, known.scopes) == ("default", frozenset({"scim:read", "scim:write"}))


def test_the_list_shows_what_a_token_may_do_and_never_its_secret(
    token: Callable[..., Result], database: Database
) -> None:
    text = create(token, "--expires-in", "90d").stdout.strip()
    listed = token("list", "--tenant", "GB001").stdout
    assert listed.startswith(f"{key_id(text)}  GB001  Entra ID  token, default, scim:read scim:write, expires 20")
    assert listed.endswith("never used\n")
    principal(database, text)
    assert "last used 20" in token("list").stdout
    (row,) = json.loads(token("list", "--json").stdout)
    assert row["last_used"] is not None
    assert text.rpartition("_")[2] not in listed + json.dumps(row)
    assert not any("hash" in name or "secret" in name for name in row)


def test_a_token_that_would_never_be_good_is_not_issued(token: Callable[..., Result]) -> None:
    arguments = ("create", "--tenant", "GB001", "--name", "Okta")
    over = token(*arguments, "--expires-in", "0d")
    unknown = token(*arguments, "--scope", "scim:write:Grup")
    assert [over.exit_code, unknown.exit_code] == [2, 2]
    assert "'0d' is no time at all." in over.stderr
    assert "'Grup' is no resource type; choose one of Change, Group, User." in unknown.stderr
    assert "Okta" not in token("list").stdout


def test_a_rotated_token_is_replaced_by_another_of_the_same_connection(
    token: Callable[..., Result], database: Database
) -> None:
    old = create(token).stdout
    rotated = token("rotate", key_id(old), "--overlap", "1h")
    assert (rotated.stderr, rotated.stdout.count("\n")) == ("", 1)
    assert principal(database, rotated.stdout).id == principal(database, old).id


def test_a_token_rotated_without_overlap_is_expired_at_once(token: Callable[..., Result], database: Database) -> None:
    old = create(token).stdout
    token("rotate", key_id(old), "--overlap", "0s")
    with pytest.raises(NotAuthenticated, match="expired"):
        principal(database, old)
    assert "  expired" not in token("list").stdout.splitlines()[1]
    assert ", expired 20" in token("list").stdout.splitlines()[0]


def test_a_revoked_token_is_refused_and_listed_as_revoked(token: Callable[..., Result], database: Database) -> None:
    text = create(token).stdout
    assert token("revoke", key_id(text)).stdout == f"Revoked {key_id(text)}.\n"
    with pytest.raises(NotAuthenticated, match="revoked"):
        principal(database, text)
    assert ", revoked 20" in token("list").stdout


def test_an_oauth_client_is_registered_listed_and_revoked(token: Callable[..., Result], tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps(KeySet([ECKey.generate_key("P-256")]).as_dict(private=False)))
    registered = token("client", "--tenant", "GB001", "--name", "Okta", "--jwks", str(keys), "--json")
    told = json.loads(registered.stdout)
    assert told["token_endpoint"] == "https://scim.example.org/oauth/token"
    assert token("list").stdout == f"{told['client_id']}  GB001  Okta  client, default, scim, registered\n"
    token("revoke", told["client_id"])
    assert ", revoked 20" in token("list").stdout
    again = token("client", "--tenant", "GB001", "--name", "Okta", "--jwks", "-", typed=keys.read_text())
    assert again.stdout.strip().isalnum()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("create", "--tenant", "GB9", "--name", "x"), "Error: There is no tenant GB9; scim-server tenant list shows"),
        (("create", "--tenant", "GB001", "--name", "x", "--scope", "all"), "Error: A scope is scim, scim:read or"),
        (("create", "--tenant", "GB001", "--name", "x", "--expires-in", "999999w"), "Error: That lies too far"),
        (("list", "--tenant", "GB9"), "Error: There is no tenant GB9"),
        (("rotate", "none"), "Error: There is no token none; scim-server token list shows all."),
        (("revoke", "none"), "Error: There is no token none; scim-server token list shows all."),
        (("client", "--tenant", "GB001", "--name", "x", "--jwks", "-"), "Error: The file holds no JWK Set"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(
    token: Callable[..., Result], arguments: tuple[str, ...], sentence: str
) -> None:
    refused = token(*arguments, typed="no keys")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr.startswith(sentence)
    assert refused.stderr.count("\n") == 1


def test_a_file_of_keys_that_is_no_text_is_refused(token: Callable[..., Result], tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.write_bytes(b"\xff\xfe\x00")
    refused = token("client", "--tenant", "GB001", "--name", "x", "--jwks", str(keys))
    assert (refused.exit_code, refused.stderr) == (1, "Error: The file of keys is not a text.\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--profile", "azure"),
        ("--expires-in", "soon"),
        ("--expires-in", "365"),
    ],
)
def test_a_value_of_another_form_is_a_usage_error(token: Callable[..., Result], arguments: tuple[str, ...]) -> None:
    refused = create(token, *arguments)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert arguments[1] in refused.stderr


@pytest.mark.parametrize("command", [(), ("create",), ("client",), ("list",), ("rotate",), ("revoke",)])
def test_every_help_has_an_example(scim_server: Callable[..., Result], command: tuple[str, ...]) -> None:
    assert "Example: scim-server token" in scim_server("token", *command, "--help").stdout
