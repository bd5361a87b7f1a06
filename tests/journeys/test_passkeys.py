"""Passkeys, with the authenticator that Chromium keeps for tests, on each engine."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import CDPSession

from scim_server.accounts.tables import passkeys
from tests.support.browser import PASSWORD, Visit, Visiting, account, manager
from tests.support.centres import School
from tests.support.databases import ENGINES, fresh_url
from tests.support.pages import let_time_pass
from tests.support.server import Server, running_server

SECURITY = "/account/security"


@pytest.fixture(scope="module", params=ENGINES)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a name, which passkeys need."""
    folder = tmp_path_factory.mktemp("server")
    with fresh_url(request.param, request, folder) as url, running_server(url, folder, host="localhost") as started:
        yield started


@dataclass
class Authenticator:
    """What keeps the passkeys of one browser, and is always unlocked by its owner."""

    session: CDPSession
    id: str

    def replace_by_copy(self) -> None:
        """Put back a copy of the passkey as it was before it was used."""
        (kept,) = self._ask("getCredentials")["credentials"]
        self._ask("removeCredential", credentialId=kept["credentialId"])
        self._ask("addCredential", credential={**kept, "signCount": 0})

    def _ask(self, method: str, **arguments: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.session.send(f"WebAuthn.{method}", {"authenticatorId": self.id, **arguments})
        return answer


def add_authenticator(visitor: Visit) -> Authenticator:
    """Give a browser an authenticator."""
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
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return Authenticator(session, made["authenticatorId"])


def add_passkey(visitor: Visit, name: str = "Office computer") -> Authenticator:
    """Add a passkey, and recovery codes with it."""
    visitor.open(f"{SECURITY}/passkey")
    authenticator = add_authenticator(visitor)
    visitor.page.get_by_label("A name for it").fill(name)
    visitor.press("Add passkey")
    visitor.page.get_by_role("heading", name="Make recovery codes").wait_for()
    visitor.press("Make recovery codes")
    visitor.page.get_by_role("button", name="I have saved them").click()
    return authenticator


def sign_in_with_passkey(visitor: Visit, path: str) -> None:
    """Sign out, and in again with the passkey alone."""
    visitor.press("Sign out")
    visitor.open(f"/sign-in?next={path}")
    # A script asks the passkey, and stays on the page when it is refused.
    visitor.page.get_by_role("button", name="Sign in with a passkey").click()


def test_a_passkey_is_made_and_signs_in_alone(server: Server, school: School, visit: Visiting) -> None:
    visitor = visit(manager(server, school))
    visitor.open(f"{SECURITY}/passkey")
    visitor.assert_accessible()
    add_passkey(visitor)
    assert "Office computer" in visitor.main()
    assert "10 left" in visitor.main()
    visitor.assert_accessible()
    sign_in_with_passkey(visitor, f"/centres/{school.number}")
    visitor.page.get_by_role("heading", name="Who has access, and why").wait_for()
    assert visitor.page.url.endswith(f"/centres/{school.number}"), "a passkey is both factors"
    signed_in = school.board.get("/Changes?filter=operation%20eq%20%22sign-in%22").json
    assert signed_in["totalResults"] == 1


def test_a_passkey_follows_a_password_and_proves_it_again(server: Server, school: School, visit: Visiting) -> None:
    email = manager(server, school)
    visitor = visit(email, phone=True)
    add_passkey(visitor)
    visitor.press("Sign out")
    visitor.open(f"/sign-in?next={SECURITY}")
    visitor.page.get_by_label("E-mail address").fill(email)
    visitor.page.get_by_label("Password", exact=True).fill(PASSWORD)
    visitor.press("Sign in")
    assert visitor.page.get_by_label("Recovery code").is_visible()
    visitor.assert_accessible()
    visitor.press("Use a passkey")
    visitor.page.get_by_role("heading", name="Security", exact=True).wait_for()
    let_time_pass(server, email, 16)
    visitor.open(SECURITY)
    assert visitor.heading() == "Confirm that it is you"
    visitor.assert_accessible()
    visitor.press("Use a passkey instead")
    visitor.page.get_by_role("heading", name="Security", exact=True).wait_for()


def test_a_copy_of_a_passkey_is_refused(server: Server, school: School, visit: Visiting) -> None:
    visitor = visit(manager(server, school))
    authenticator = add_passkey(visitor)
    for _ in range(2):
        sign_in_with_passkey(visitor, SECURITY)
        visitor.page.get_by_role("heading", name="Security", exact=True).wait_for()
    authenticator.replace_by_copy()
    sign_in_with_passkey(visitor, SECURITY)
    visitor.page.get_by_text("This passkey does not sign in here.").wait_for()
    visitor.assert_accessible()
    assert "gave a second factor that was not right" in server.command("journal", "--tenant", school.number)


def test_an_answer_of_a_passkey_is_good_once(server: Server, school: School, visit: Visiting) -> None:
    visitor = visit(manager(server, school))
    add_passkey(visitor)
    visitor.press("Sign out")
    visitor.open("/sign-in")
    with visitor.page.expect_request(lambda request: request.url.endswith("/sign-in/passkey")) as sent:
        visitor.press("Sign in with a passkey")
    visitor.page.get_by_role("heading", name="Sign in to My Cambridge").wait_for(state="detached")
    headers = sent.value.all_headers()
    with server.database.write() as transaction:  # as of passkeys on several devices, which do not count
        transaction.execute(sa.update(passkeys).values(sign_count=0))
    thief = visit()
    name, _, value = headers["cookie"].partition("=")
    thief.context.add_cookies([{"name": name, "value": value, "url": thief.url}])
    same = {"Content-Type": "application/json", "X-CSRFToken": headers["x-csrftoken"]}
    again = thief.context.request.post(sent.value.url, data=sent.value.post_data, headers=same)
    assert again.status == 400
    assert "does not sign in here" in again.json()["detail"]


def test_a_passkey_that_was_removed_is_refused(server: Server, school: School, visit: Visiting) -> None:
    email = account(server, school, school.person("remover@school.example"))
    visitor = visit(email)
    add_passkey(visitor, "A telephone")
    visitor.follow("Remove A telephone")
    visitor.assert_accessible()
    visitor.press("Remove passkey")
    assert "A telephone" not in visitor.main()
    sign_in_with_passkey(visitor, "/account")
    visitor.page.get_by_text("This passkey does not sign in here.").wait_for()


def test_a_passkey_page_that_was_open_for_long_leads_to_the_password(
    server: Server, school: School, visit: Visiting
) -> None:
    email = manager(server, school)
    visitor = visit(email)
    visitor.open(f"{SECURITY}/passkey")
    add_authenticator(visitor)
    let_time_pass(server, email, 16)
    visitor.press("Add passkey")
    visitor.page.get_by_role("heading", name="Confirm that it is you").wait_for()
    visitor.page.get_by_label("Password", exact=True).fill(PASSWORD)
    visitor.press("Continue")
    assert visitor.heading() == "Add a passkey"


def test_without_scripts_the_page_says_what_to_do_instead(server: Server, school: School, visit: Visiting) -> None:
    visitor = visit(manager(server, school), scripts=False, phone=True)
    visitor.open(f"{SECURITY}/passkey")
    assert not visitor.page.get_by_role("button", name="Add passkey").is_visible()
    visitor.follow("Set up an authenticator app instead")
    assert visitor.heading() == "Set up an authenticator app"
