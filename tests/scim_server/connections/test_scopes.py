"""Scopes: what a connection may do."""

import pytest

from scim_server.connections.errors import AdministrationError
from scim_server.connections.refusals import MissingScope
from scim_server.connections.scopes import Permission, covers, read_scopes, require_scope, write_scopes
from scim_server.extension import Principal, PrincipalKind


@pytest.mark.parametrize(
    ("scopes", "permission", "allowed"),
    [
        ({"scim:read"}, "read", True),
        ({"scim:read"}, "write", False),
        ({"scim:write"}, "write", True),
        ({"scim:write"}, "read", False),
        ({"scim"}, "read", True),
        ({"scim"}, "write", True),
        ({"scim:read:Group"}, "read", True),
        ({"scim:read:User"}, "read", False),
        ({"scim:write:Group", "scim:read:User"}, "write", True),
        (set(), "read", False),
    ],
)
def test_scopes_say_what_a_connection_may_do_with_groups(
    scopes: set[str], permission: Permission, *, allowed: bool
) -> None:
    principal = Principal("connection", "1", "Entra ID", "GB001", frozenset(scopes))
    if allowed:
        require_scope(principal, permission, "Group")
        return
    with pytest.raises(MissingScope, match=f"lacks the scope scim:{permission}") as refused:
        require_scope(principal, permission, "Group")
    assert refused.value.status == 403
    assert f'error="insufficient_scope", scope="scim:{permission}:Group"' in refused.value.headers["WWW-Authenticate"]


@pytest.mark.parametrize("kind", ["administrator", "system"])
def test_administrators_and_the_command_line_need_no_scope(kind: PrincipalKind) -> None:
    require_scope(Principal(kind, "1", "Ann"), "write", "User")


@pytest.mark.parametrize("scope", ["", "read", "scim:delete", "scim:read:", "scim:read:User:name", "SCIM", "scim read"])
def test_a_scope_of_another_form_is_refused(scope: str) -> None:
    with pytest.raises(AdministrationError, match="A scope is"):
        write_scopes(["scim:read", scope])


def test_a_connection_without_any_scope_is_refused() -> None:
    with pytest.raises(AdministrationError, match="A scope is"):
        write_scopes([])


def test_scopes_are_written_in_one_order_and_read_back() -> None:
    assert write_scopes(["scim:write", "scim:read", "scim:write"]) == "scim:read scim:write"
    assert read_scopes("scim:read scim:write") == {"scim:read", "scim:write"}


@pytest.mark.parametrize(
    ("held", "wanted", "covered"),
    [
        ("scim", "scim:read:User", True),
        ("scim:read", "scim:read:User", True),
        ("scim:read:User", "scim:read", False),
        ("scim:read:User", "scim:read:UserGroup", False),
        ("scim:read", "scim", False),
        ("scim", "scim:admin", False),
    ],
)
def test_a_wide_scope_covers_a_narrow_one(held: str, wanted: str, *, covered: bool) -> None:
    assert covers(read_scopes(held), wanted) is covered
