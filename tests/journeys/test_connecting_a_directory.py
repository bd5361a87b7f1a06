"""An exams officer connects the school's directory, watches it arrive, and understands what went wrong."""

import csv
import io

import pytest

from tests.support.browser import Visit, Visiting, manager
from tests.support.centres import School
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
        visitor.follow("Look again")
    visitor.page.get_by_text("The first request has arrived.").wait_for()
    assert "✓ A person was added" in visitor.main()
    assert "○ A person was deactivated" in visitor.main()
    visitor.open(f"/centres/{school.number}/log")
    assert "Entra ID created user 'asha@school.example'" in visitor.main()
    if scripts:
        visitor.assert_accessible()


def test_a_token_is_shown_once(server: Server, school: School, visit: Visiting) -> None:
    visitor = visit(manager(server, school))
    directory = connected(visitor, school)
    visitor.open(f"/centres/{school.number}/connect")
    visitor.assert_accessible()
    visitor.follow("Test this connection Entra ID")
    assert str(directory.authorization).removeprefix("Bearer ") not in visitor.page.content()
    assert "If it is lost, make a new one." in visitor.main()


def test_a_token_is_renewed_and_the_old_one_stays_good_until_it_is_ended(
    server: Server, school: School, visit: Visiting
) -> None:
    visitor = visit(manager(server, school), scripts=False)
    old = connected(visitor, school)
    visitor.open(f"/centres/{school.number}/connect")
    visitor.press("Make a new token Entra ID")
    new = Client(old.base, f"Bearer {visitor.page.locator('#token').inner_text()}")
    assert (old.get("/Users").status, new.get("/Users").status) == (200, 200)
    for _ in range(2):
        visitor.open(f"/centres/{school.number}/connect")
        visitor.page.get_by_role("link", name="End Entra ID").first.click()
        visitor.press("End the connection")
    assert (old.get("/Users").status, new.get("/Users").status) == (401, 401)
    visitor.open(f"/centres/{school.number}/audit?kind=security")
    assert "made a token for the connection 'Entra ID'" in visitor.main()
    assert "revoked a token of the connection 'Entra ID'" in visitor.main()


def test_a_refusal_says_what_to_change_and_hides_who_it_was_about(
    server: Server, school: School, visit: Visiting
) -> None:
    visitor = visit(manager(server, school))
    directory = connected(visitor, school)
    directory.post("/Users", user("asha@school.example"))
    refused = directory.post("/Users", user("ASHA@school.example", displayName="Asha Patel"))
    assert refused.status == 409
    visitor.open(f"/centres/{school.number}/log?outcome=refused")
    assert "Somebody here already has this user name." in visitor.main()
    assert "Provision on demand" in visitor.main(), "the advice is in the words of that directory's pages"
    visitor.page.locator("summary").first.click()
    visitor.assert_accessible()
    assert "POST /Users" in visitor.main()
    assert '"displayName":"A••• P•••"' in visitor.main()
    assert "Patel" not in visitor.main()


def test_the_log_shows_new_entries_by_itself(server: Server, school: School, visit: Visiting) -> None:
    visitor = visit(manager(server, school))
    visitor.open(f"/centres/{school.number}/log?live=yes")
    assert "Watching: new entries appear here by themselves." in visitor.main()
    school.person("late@school.example")
    visitor.page.get_by_text("created user 'late@school.example'", exact=False).first.wait_for()


def test_everything_that_was_changed_can_be_audited(server: Server, school: School, visit: Visiting) -> None:
    asha = school.person("asha@school.example")
    school.maps(school.group("English Dept", asha))
    visitor = visit(manager(server, school))
    visitor.open(f"/centres/{school.number}/audit")
    visitor.assert_accessible()
    visitor.page.get_by_label("Kind").select_option("Mappings")
    visitor.press("Search")
    assert "created role mapping" in visitor.main()
    assert "created user" not in visitor.main()
    answer = visitor.context.request.get(f"{visitor.url}/centres/{school.number}/audit/audit.csv?kind=people")
    rows = list(csv.DictReader(io.StringIO(answer.text())))
    assert "Directory created user 'asha@school.example'" in [row["what"] for row in rows]
    visitor.open(f"/centres/{school.number}/audit?from=2099-01-01")
    assert "Nothing matches." in visitor.main()


def test_long_lists_are_read_page_by_page(server: Server, school: School, visit: Visiting) -> None:
    for number in range(35):
        school.person(f"person{number}@school.example")
    visitor = visit(manager(server, school), scripts=False)
    visitor.open(f"/centres/{school.number}/audit?q=person")
    first = visitor.main()
    visitor.follow("Older entries")
    assert "person0@school.example" in visitor.main()
    assert "person0@school.example" not in first


def test_people_of_another_centre_connect_nothing_here(server: Server, school: School, board, visit: Visiting) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    visitor = visit(manager(server, board.school()))
    answer = visitor.page.goto(f"{visitor.url}/centres/{school.number}/connect/new")
    assert answer is not None
    assert answer.status == 404
