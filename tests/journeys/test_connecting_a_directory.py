"""An exams officer connects the school's directory, and watches its first requests arrive."""

from urllib.parse import urlsplit

import pytest

from tests.support.browser import Visit, Visiting, both_ways, manager
from tests.support.centres import MANAGEMENT, TEACHER, School
from tests.support.people import user
from tests.support.server import Client, Server

ENGINE = "postgresql"


def connected(visitor: Visit, school: School, kind: str = "Microsoft Entra ID", name: str = "Entra ID") -> Client:
    """Connect a directory on the pages, and return a client with its token."""
    visitor.open(f"/centres/{school.number}/connect")
    visitor.press("Connect a directory")
    visitor.page.get_by_label(kind).check()
    visitor.page.get_by_label("A name for the connection").fill(name)
    visitor.press("Continue")
    return Client(
        visitor.page.locator("#address").inner_text(), f"Bearer {visitor.page.locator('#token').inner_text()}"
    )


@pytest.mark.parametrize(("scripts", "phone"), [(True, False), (False, True)])
def test_a_directory_is_connected_and_seen_arriving(
    server: Server, school: School, visit: Visiting, *, scripts: bool, phone: bool
) -> None:
    visitor = visit(manager(server, school), scripts=scripts, phone=phone)
    directory = connected(visitor, school)
    if scripts:
        visitor.assert_accessible()
    assert "Waiting for your directory…" in visitor.main()
    created = directory.post("/Users", user("asha@school.example"))
    assert created.status == 201
    if not scripts:
        visitor.follow("Refresh")
    visitor.page.get_by_text("The first request has arrived.").wait_for()
    assert "✓ A person was added" in visitor.main()
    assert "○ A person was deactivated" in visitor.main()
    directory.patch(f"/Users/{created.json['id']}", {"op": "Replace", "path": "active", "value": "False"})
    if not scripts:
        visitor.follow("Refresh")
    visitor.page.get_by_text("✓ A person was deactivated").wait_for()
    if scripts:
        visitor.assert_accessible()


def test_each_directory_is_explained_in_the_words_of_its_own_pages(
    server: Server, school: School, visit: Visiting
) -> None:
    visitor = visit(manager(server, school), scripts=False)
    for kind, says in {
        "Microsoft Entra ID": "objectId",
        "Google Workspace": "sends people but no groups",
        "Okta": "write the word Bearer",
        "OneLogin": "SCIM Bearer Token",
        "JumpCloud": "Test User Email",
        "PingOne or PingFederate": "SCIM Outbound",
        "authentik": "backchannel provider",
        "Another directory": "In your directory add a SCIM 2.0 application.",
    }.items():
        connected(visitor, school, kind, kind)
        assert says in visitor.main()
        assert "o pupil belongs here." in visitor.main()


def test_the_checks_of_a_directory_that_sends_no_groups_can_all_be_ticked(
    server: Server, school: School, visit: Visiting
) -> None:
    visitor = visit(manager(server, school), scripts=False)
    directory = connected(visitor, school, "Google Workspace", "Google")
    asha = directory.post("/Users", user("asha@school.example")).json
    for path, value in (("title", "Head"), ("active", False)):
        directory.patch(f"/Users/{asha['id']}", {"op": "replace", "path": path, "value": value})
    visitor.follow("Refresh")
    assert "All requests of a first synchronisation have arrived." in visitor.main()
    assert "A group with members" not in visitor.main()


def test_what_a_form_lacks_is_said_beside_it(server: Server, school: School, visit: Visiting) -> None:
    visitor = visit(manager(server, school))
    visitor.open(f"/centres/{school.number}/connect/new")
    visitor.assert_accessible()
    visitor.press("Continue")
    assert visitor.page.title().startswith("Error: ")
    assert "Choose your directory." in visitor.main()
    visitor.assert_accessible()
    visitor.page.get_by_label("Okta").check()
    visitor.page.get_by_label("A name for the connection").fill("Directory")
    visitor.press("Continue")
    assert "Directory" in visitor.page.locator("#name-error").inner_text()


def test_connections_are_asked_for_the_password_again(server: Server, school: School, visit: Visiting) -> None:
    visitor = visit(manager(server, school))
    connected(visitor, school)
    with server.database.write() as transaction:
        transaction.connection.exec_driver_sql("UPDATE sessions SET proven = '2020-01-01T00:00:00.000000Z'")
    for path in ("", "/new"):
        visitor.open(f"/centres/{school.number}/connect{path}")
        assert visitor.heading() == "Confirm that it is you"


def test_the_list_says_how_each_connection_does(server: Server, school: School, visit: Visiting) -> None:
    visitor = visit(manager(server, school), phone=True)
    directory = connected(visitor, school, "Okta", "Okta of Northgate")
    directory.post("/Users", {**user(), "userName": " "})
    visitor.open(f"/centres/{school.number}/connect")
    visitor.assert_accessible()
    card = visitor.page.locator(".govuk-summary-card", has_text="Okta of Northgate").inner_text()
    assert "Good for 364 more days" in card
    assert "userName must not be blank." in card
    visitor.follow("What to do about it Okta of Northgate")
    assert visitor.heading() == "Provisioning log"
    assert "In Okta open the application, Provisioning, To App" in visitor.main()


def test_a_token_is_shown_once(server: Server, school: School, visit: Visiting) -> None:
    visitor = visit(manager(server, school))
    directory = connected(visitor, school)
    visitor.open(f"/centres/{school.number}/connect")
    visitor.assert_accessible()
    visitor.follow("Test this connection Entra ID")
    assert str(directory.authorization).removeprefix("Bearer ") not in visitor.page.content()
    assert "If it is lost, make a new one." in visitor.main()


@both_ways
def test_a_token_is_renewed_and_the_old_one_stays_good_until_it_is_ended(
    server: Server, school: School, visit: Visiting
) -> None:
    visitor = visit(manager(server, school))
    old = connected(visitor, school)
    visitor.open(f"/centres/{school.number}/connect")
    visitor.follow("Make a new token Entra ID")
    visitor.assert_accessible()
    assert "The old token stays good for 7 days at most" in visitor.main()
    visitor.press("Make a new token")
    new = Client(old.base, f"Bearer {visitor.page.locator('#token').inner_text()}")
    assert (old.get("/Users").status, new.get("/Users").status) == (200, 200)
    visitor.open(f"/centres/{school.number}/connect")
    assert "Entra ID: old token" in visitor.main()
    for _ in range(2):
        visitor.open(f"/centres/{school.number}/connect")
        visitor.page.get_by_role("link", name="End Entra ID").first.click()
        visitor.assert_accessible()
        visitor.press("End the connection")
    assert (old.get("/Users").status, new.get("/Users").status) == (401, 401)
    visitor.open(f"/centres/{school.number}/audit?kind=connections")
    assert "made a token for the connection 'Entra ID'" in visitor.main()
    assert "revoked a token of the connection 'Entra ID'" in visitor.main()


def expire(server: Server, school: School, name: str) -> None:
    """Let the time of a connection's tokens be over."""
    with server.database.write() as transaction:
        transaction.connection.exec_driver_sql(
            "UPDATE tokens SET expires = '2026-09-03T10:00:00.000000Z' WHERE connection_id IN "  # noqa: S608 - a test's own names
            f"(SELECT id FROM connections WHERE tenant = '{school.number}' AND name = '{name}')"
        )


@both_ways
def test_a_token_that_ended_is_seen_and_renewed(server: Server, school: School, visit: Visiting) -> None:
    visitor = visit(manager(server, school), phone=True)
    old = connected(visitor, school)
    old.post("/Users", user())
    expire(server, school, "Entra ID")
    assert old.get("/Users").status == 401
    visitor.open(f"/centres/{school.number}")
    assert "The token of Entra ID ended on 3 September 2026, so the directory is refused." in visitor.main()
    visitor.follow("Make a new one")
    visitor.assert_accessible()
    assert "The token ended on 3 September 2026, so the directory is refused: make a new one." in visitor.main()
    visitor.follow("Test this connection Entra ID")
    visitor.assert_accessible()
    visitor.follow("Make a new token")
    visitor.assert_accessible()
    assert "goes on where it stopped" in visitor.main()
    visitor.press("Make a new token")
    new = Client(old.base, f"Bearer {visitor.page.locator('#token').inner_text()}")
    assert new.get("/Users").status == 200
    visitor.open(f"/centres/{school.number}")
    assert "is refused" not in visitor.main()
    visitor.open(f"/centres/{school.number}/connect")
    assert "old token" not in visitor.main(), "what ended and was renewed nags nobody"


def test_a_token_that_ended_and_is_not_missed_is_removed_from_the_list(
    server: Server, school: School, visit: Visiting
) -> None:
    visitor = visit(manager(server, school))
    connected(visitor, school)
    expire(server, school, "Entra ID")
    visitor.open(f"/centres/{school.number}/connect")
    visitor.follow("Remove from this list Entra ID")
    visitor.assert_accessible()
    visitor.press("Remove it")
    assert "Entra ID" not in visitor.main()
    visitor.open(f"/centres/{school.number}")
    assert "Entra ID" not in visitor.main()


def test_after_a_rotation_the_overview_shows_the_connection_once(
    server: Server, school: School, visit: Visiting
) -> None:
    visitor = visit(manager(server, school))
    connected(visitor, school)
    visitor.open(f"/centres/{school.number}/connect")
    visitor.follow("Make a new token Entra ID")
    visitor.press("Make a new token")
    visitor.open(f"/centres/{school.number}")
    assert visitor.page.get_by_role("link", name="See the connection Entra ID").count() == 1
    assert "The token of Entra ID ends on" not in visitor.main(), "the old one ends in a week, and need not be renewed"


def test_people_of_another_centre_connect_nothing_here(server: Server, school: School, board, visit: Visiting) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    visitor = visit(manager(server, board.school()))
    answer = visitor.page.goto(f"{visitor.url}/centres/{school.number}/connect/new")
    assert answer is not None
    assert answer.status == 404


@pytest.mark.parametrize(("scripts", "phone"), [(True, False), (False, True)])
def test_what_a_directory_may_give_by_itself_is_allowed_and_taken_back(
    server: Server, school: School, visit: Visiting, *, scripts: bool, phone: bool
) -> None:
    visitor = visit(manager(server, school), scripts=scripts, phone=phone)
    directory = connected(visitor, school)
    asked = directory.post("/Users", user("asha@school.example", displayName="Asha Patel", roles=[{"value": TEACHER}]))
    visitor.follow("Change what it may give")
    assert visitor.page.get_by_label("User management").count() == 0, "sensitive roles are not offered"
    if scripts:
        visitor.assert_accessible()
    visitor.page.get_by_label("Submit for Assessment: Teacher").check()
    visitor.press("Continue")
    assert "1 person would gain" in visitor.main()
    assert "Asha Patel: Submit for Assessment: Teacher" in visitor.main()
    if scripts:
        visitor.assert_accessible()
    assert school.roles(asked.json) == set(), "nothing happens before somebody says so"
    visitor.press("Save")
    assert f"Submit for Assessment: Teacher at {school.number}" in visitor.main()
    assert school.roles(asked.json) == {(TEACHER, school.number)}
    visitor.follow("Change what it may give")
    visitor.page.get_by_label("Submit for Assessment: Teacher").uncheck()
    visitor.press("Continue")
    assert "1 person would lose" in visitor.main()
    visitor.press("Save")
    assert "None. Roles come from the groups that you map" in visitor.main()
    assert school.roles(asked.json) == set()


def test_what_is_not_changed_is_said_and_what_may_not_be_given_is_refused(
    server: Server, school: School, visit: Visiting
) -> None:
    visitor = visit(manager(server, school))
    connected(visitor, school)
    visitor.follow("Change what it may give")
    visitor.press("Continue")
    assert "Nothing was changed." in visitor.main()
    visitor.follow("Change what it may give")
    choosing = urlsplit(visitor.page.url).path
    visitor.open(f"{choosing}/check?role={MANAGEMENT}")
    assert "is sensitive, so no directory gives it by itself." in visitor.main()
    visitor.open(f"{choosing}/check?role={TEACHER}&role={TEACHER}")
    visitor.press("Save")
    assert "Saved." in visitor.main(), "a role that an address names twice is one"
