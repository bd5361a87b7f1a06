"""An exams officer reads what the directory sent, and understands what went wrong and what to do."""

import pytest

from scim_server.connections.tokens import issue_token
from tests.support.browser import Visiting, both_ways, manager
from tests.support.centres import School
from tests.support.people import user
from tests.support.server import Client, Server


def entra(school: School) -> Client:
    """Return the client of a second directory of a school."""
    with school.server.database.write() as transaction:
        token = issue_token(transaction, school.number, name="Entra ID", profile="entra")
    return Client(school.directory.base, f"Bearer {token.text}")


@pytest.mark.parametrize(("scripts", "phone"), [(True, False), (False, True)])
def test_a_refusal_says_what_to_change_and_hides_who_it_was_about(
    server: Server, school: School, visit: Visiting, *, scripts: bool, phone: bool
) -> None:
    directory = entra(school)
    person = directory.post("/Users", user("asha@school.example")).json
    refused = directory.post("/Users", user("ASHA@school.example", displayName="Asha Patel"))
    assert refused.status == 409
    visitor = visit(manager(server, school), scripts=scripts, phone=phone)
    visitor.open(f"/centres/{school.number}/log?outcome=refused")
    assert "Somebody here already has this user name." in visitor.main()
    assert "Provision on demand" in visitor.main(), "the advice is in the words of that directory's pages"
    visitor.page.locator("summary").first.click()
    if scripts:
        visitor.assert_accessible()
    assert "POST /Users" in visitor.main()
    assert refused.headers["X-Request-Id"] in visitor.main()
    assert '"displayName":"A••• P•••"' in visitor.main()
    assert "Patel" not in visitor.main()
    visitor.follow("asha@school.example")
    assert visitor.page.url.endswith(f"/people/{person['id']}"), "the entry leads to who has the name"


@both_ways
def test_the_log_is_searched_by_connection_outcome_name_and_date(
    server: Server, school: School, visit: Visiting
) -> None:
    entra(school).post("/Users", user("from.entra@school.example"))
    school.person("from.directory@school.example")
    visitor = visit(manager(server, school), phone=True)
    visitor.open(f"/centres/{school.number}/log")
    visitor.assert_accessible()
    visitor.page.get_by_label("Connection", exact=True).select_option("Entra ID")
    visitor.press("Search")
    assert "from.entra@school.example" in visitor.main()
    assert "from.directory@school.example" not in visitor.main()
    visitor.page.get_by_label("Outcome").select_option("Refused")
    visitor.press("Search")
    assert "Nothing matches since" in visitor.main()
    visitor.open(f"/centres/{school.number}/log?q=from.dir")
    assert "Directory created user 'from.directory@school.example'" in visitor.main()
    assert "from.entra@school.example" not in visitor.main()
    visitor.open(f"/centres/{school.number}/log?to=2020-01-31")
    assert "Nothing matches since 2 November 2019." in visitor.main(), "three months, unless somebody asks for more"


def test_a_date_that_is_none_is_said_beside_the_field(server: Server, school: School, visit: Visiting) -> None:
    visitor = visit(manager(server, school))
    answer = visitor.page.goto(f"{visitor.url}/centres/{school.number}/log?from=yesterday&to=0001-01-01")
    assert answer is not None
    assert answer.status == 400
    assert "Enter a date as in 2026-09-01." in visitor.page.locator("#from-error").inner_text()
    assert "Enter a date as in 2026-09-01." in visitor.page.locator("#to-error").inner_text()
    visitor.assert_accessible()


def test_the_log_shows_new_entries_by_itself_and_leaves_open_what_somebody_reads(
    server: Server, school: School, visit: Visiting
) -> None:
    visitor = visit(manager(server, school))
    visitor.open(f"/centres/{school.number}/log?live=yes")
    assert "Watching: new entries appear here by themselves." in visitor.main()
    visitor.page.locator("summary").first.click()
    visitor.page.wait_for_event("response", lambda answer: answer.status == 204)
    assert visitor.page.locator("details[open]").count() == 1
    school.person("late@school.example")
    visitor.page.get_by_text("created user 'late@school.example'", exact=False).first.wait_for()
    visitor.assert_accessible()


def test_nothing_that_was_sent_is_waited_for(server: Server, school: School, visit: Visiting) -> None:
    visitor = visit(manager(server, school), scripts=False)
    visitor.open(f"/centres/{school.number}/log?live=yes&q=late")
    assert "Waiting for your directory…" in visitor.main()
    school.person("late@school.example")
    visitor.follow("Refresh")
    assert "created user 'late@school.example'" in visitor.main()


def test_members_are_named_and_those_who_left_are_said_to_have(server: Server, school: School, visit: Visiting) -> None:
    asha, ben = school.person("asha@school.example"), school.person("ben@school.example")
    school.group("English Dept", asha, ben)
    school.directory.delete(f"/Users/{ben['id']}")
    visitor = visit(manager(server, school), scripts=False)
    visitor.open(f"/centres/{school.number}/log?q=English")
    assert "asha@school.example" in visitor.main()
    assert "somebody who has been removed since" in visitor.main()
