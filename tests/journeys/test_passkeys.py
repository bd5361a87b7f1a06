"""Passkeys, with the authenticator that Chromium keeps for tests."""

from collections.abc import Iterator

import pytest

from tests.support.browser import Visit, Visiting, manager
from tests.support.centres import School
from tests.support.databases import fresh_url
from tests.support.server import Server, running_server


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a name, which passkeys need."""
    folder = tmp_path_factory.mktemp("server")
    with fresh_url("sqlite", request, folder) as url, running_server(url, folder, host="localhost") as started:
        yield started


def add_authenticator(visitor: Visit) -> None:
    """Give a browser an authenticator that its owner always unlocks."""
    session = visitor.context.new_cdp_session(visitor.page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_a_passkey_is_made_and_signs_in_alone(server: Server, school: School, visit: Visiting) -> None:
    visitor = visit(manager(server, school))
    visitor.open("/account/security/passkey")
    add_authenticator(visitor)
    visitor.assert_accessible()
    visitor.page.get_by_label("A name for it").fill("Office computer")
    visitor.press("Add passkey")
    visitor.page.get_by_role("heading", name="Make recovery codes").wait_for()
    visitor.assert_accessible()
    visitor.press("Make recovery codes")
    assert visitor.page.locator(".app-codes li").count() == 10
    visitor.page.get_by_role("button", name="I have kept them").click()
    assert "Office computer" in visitor.main()
    assert "10 left" in visitor.main()
    visitor.assert_accessible()
    visitor.press("Sign out")
    visitor.open(f"/sign-in?next=/centres/{school.number}")
    visitor.press("Sign in with a passkey")
    visitor.page.get_by_role("heading", name="Who has access, and why").wait_for()
    assert visitor.page.url.endswith(f"/centres/{school.number}"), "a passkey is both factors"


def test_a_passkey_that_was_removed_is_refused(server: Server, school: School, visit: Visiting) -> None:
    email = manager(server, school)
    visitor = visit(email)
    visitor.open("/account/security/passkey")
    add_authenticator(visitor)
    visitor.press("Add passkey")
    visitor.page.get_by_role("heading", name="Make recovery codes").wait_for()
    server.command("account", "reset-second-factor", email)
    visitor.open("/sign-in")
    visitor.press("Sign in with a passkey")
    visitor.page.get_by_text("This passkey does not sign in here.").wait_for()
