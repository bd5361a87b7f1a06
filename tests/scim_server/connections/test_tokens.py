"""Tokens: shown once, kept as a hash, rotated with an overlap, revoked at once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine

from scim_server.connections.errors import AdministrationError
from scim_server.connections.refusals import NotAuthenticated
from scim_server.connections.tables import tokens
from scim_server.connections.token_format import TokenText, read_token
from scim_server.connections.tokens import TokenRecord, issue_token, list_tokens, revoke_token, rotate_token
from scim_server.db import Database
from scim_server.extension import Principal

NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)


def rotate(database: Database, token: TokenText, **values: Any) -> TokenText:
    return database.run(lambda transaction: rotate_token(transaction, token.id, **values), writing=True)


def revoke(database: Database, token_id: str) -> None:
    database.run(lambda transaction: revoke_token(transaction, token_id), writing=True)


def listed(database: Database, tenant: str | None = None) -> list[TokenRecord]:
    return database.run(lambda transaction: list_tokens(transaction, tenant), writing=False)


def test_a_token_tells_which_connection_is_asking(
    issue: Callable[..., TokenText], who: Callable[[TokenText], Principal]
) -> None:
    principal = who(issue(name="Entra ID", profile="entra", scopes=["scim:read", "scim:write:Group"]))
    assert (principal.kind, principal.name, principal.tenant, principal.profile) == (
        "connection",
        "Entra ID",
        "GB001",
        "entra",
    )
    assert principal.scopes == {"scim:read", "scim:write:Group"}


def test_a_connection_keeps_its_id_when_its_token_is_rotated(
    school: Database, issue: Callable[..., TokenText], who: Callable[[TokenText], Principal]
) -> None:
    first = issue()
    assert who(rotate(school, first)).id == who(first).id


def test_the_database_keeps_nothing_that_opens_the_door(school: Database, issue: Callable[..., TokenText]) -> None:
    token = issue()
    secret = token.text.rpartition("_")[2]
    with school.read() as transaction:
        row = transaction.execute(sa.select(tokens)).one()
    assert secret not in str(row)
    assert token.text not in str(row)


def test_a_token_does_not_show_its_secret_when_it_is_printed_by_mistake(issue: Callable[..., TokenText]) -> None:
    token = issue()
    assert token.text not in repr(token)


def test_a_token_has_a_prefix_for_secret_scanners_and_256_bits_of_secret(issue: Callable[..., TokenText]) -> None:
    prefix, key_id, secret = issue().text.split("_")
    assert prefix == "mcp"
    assert len(key_id) == 12
    assert 62 ** (len(secret) - 6) >= 2**256


@pytest.mark.parametrize("position", range(4, 66))
def test_any_single_mistyped_character_is_noticed_by_the_checksum(position: int) -> None:
    text = "mcp_yFbx00000000_" + "A" * 43
    # Built here so that the test does not depend on a random token.
    from scim_server.connections.token_format import _checksum  # noqa: PLC0415

    text += _checksum(text)
    assert read_token(text) is not None
    wrong = "z" if text[position] != "z" else "y"
    assert read_token(text[:position] + wrong + text[position + 1 :]) is None


def test_a_token_expires(issue: Callable[..., TokenText], who: Callable[[TokenText], Principal]) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        token = issue(lifetime=timedelta(days=90))
        clock.shift(timedelta(days=90, seconds=-1))
        who(token)
        clock.shift(timedelta(seconds=1))
        with pytest.raises(NotAuthenticated, match="expired on 2026-11-30"):
            who(token)


def test_a_rotated_token_stays_valid_for_the_overlap_only(
    school: Database, issue: Callable[..., TokenText], who: Callable[[TokenText], Principal]
) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        old = issue()
        new = rotate(school, old, overlap=timedelta(days=7))
        clock.shift(timedelta(days=7, seconds=-1))
        who(old)
        clock.shift(timedelta(seconds=1))
        with pytest.raises(NotAuthenticated, match="expired"):
            who(old)
        who(new)


def test_rotation_never_lets_a_token_live_longer_than_before(
    school: Database, issue: Callable[..., TokenText], who: Callable[[TokenText], Principal]
) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        old = issue(lifetime=timedelta(days=1))
        rotate(school, old, overlap=timedelta(days=30))
        clock.shift(timedelta(days=1))
        with pytest.raises(NotAuthenticated, match="expired"):
            who(old)


def test_a_revoked_token_is_refused_from_the_next_request_on(
    school: Database, issue: Callable[..., TokenText], who: Callable[[TokenText], Principal]
) -> None:
    token = issue()
    who(token)
    revoke(school, token.id)
    with pytest.raises(NotAuthenticated, match="revoked"):
        who(token)


def test_a_revoked_token_cannot_be_rotated(school: Database, issue: Callable[..., TokenText]) -> None:
    token = issue()
    revoke(school, token.id)
    with pytest.raises(AdministrationError, match="has been revoked"):
        rotate(school, token)


def test_a_token_that_does_not_exist_cannot_be_revoked_or_rotated(
    school: Database, issue: Callable[..., TokenText]
) -> None:
    token = issue()
    with pytest.raises(AdministrationError, match="There is no token nothing"):
        revoke(school, "nothing")
    school.run(lambda transaction: transaction.execute(sa.delete(tokens)), writing=True)
    with pytest.raises(AdministrationError, match="There is no token"):
        rotate(school, token)


def test_two_connections_of_a_tenant_cannot_share_a_name(issue: Callable[..., TokenText]) -> None:
    issue(name="Entra ID")
    with pytest.raises(AdministrationError, match="already has a connection named Entra ID"):
        issue(name=" Entra ID ")


def test_a_name_can_be_used_again_once_its_tokens_are_revoked_and_stays_one_connection(
    school: Database, issue: Callable[..., TokenText], who: Callable[[TokenText], Principal]
) -> None:
    old = issue(scopes=["scim:write"])
    before = who(old)
    revoke(school, old.id)
    after = who(issue(scopes=["scim:read"], profile="okta"))
    assert after.id == before.id
    assert (after.scopes, after.profile) == (frozenset({"scim:read"}), "okta")


def test_a_scope_of_another_form_is_refused(issue: Callable[..., TokenText]) -> None:
    with pytest.raises(AdministrationError, match="A scope is"):
        issue(scopes=["scim:read", "scim:delete"])


def test_a_token_needs_a_tenant(database: Database) -> None:
    with pytest.raises(AdministrationError, match="There is no tenant GB404"):
        database.run(lambda transaction: issue_token(transaction, "GB404", name="Entra ID"), writing=True)


def test_a_lifetime_beyond_the_calendar_is_refused(issue: Callable[..., TokenText]) -> None:
    with pytest.raises(AdministrationError, match="too far in the future"):
        issue(lifetime=timedelta(days=10**7))


def test_the_time_of_last_use_is_written_once_a_minute(
    school: Database, issue: Callable[..., TokenText], who: Callable[[TokenText], Principal]
) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        token = issue()
        assert listed(school, "GB001")[0].last_used is None
        who(token)
        clock.shift(timedelta(seconds=59))
        who(token)
        assert listed(school)[0].last_used == "2026-09-01T08:00:00.000000Z"
        clock.shift(timedelta(seconds=1))
        who(token)
        assert listed(school)[0].last_used == "2026-09-01T08:01:00.000000Z"
