"""An exams officer audits what was changed at the centre, by whom, and who signed in."""

import csv
import io

import pytest

from tests.support.browser import Visiting, both_ways, manager
from tests.support.centres import SFA_OFFICER, TEACHER, School, made
from tests.support.server import Server

ENGINE = "postgresql"


@pytest.mark.parametrize(("scripts", "phone"), [(True, False), (False, True)])
def test_everything_that_was_changed_can_be_audited(
    server: Server, school: School, visit: Visiting, *, scripts: bool, phone: bool
) -> None:
    asha = school.person("asha@school.example")
    school.maps(school.group("English Dept", asha))
    visitor = visit(manager(server, school), scripts=scripts, phone=phone)
    visitor.open(f"/centres/{school.number}/audit")
    if scripts:
        visitor.assert_accessible()
    assert "created user 'asha@school.example'" in visitor.main()
    visitor.page.get_by_label("Kind").select_option("Groups mapped to roles")
    visitor.press("Search")
    assert "created role mapping" in visitor.main()
    assert "created user" not in visitor.main()
    visitor.open(f"/centres/{school.number}/audit?from=2099-01-01")
    assert "Nothing matches since 1 January 2099." in visitor.main()
    visitor.open(f"/centres/{school.number}/audit?from=soon")
    assert "Enter a date as in 2026-09-01." in visitor.main()
    if scripts:
        visitor.assert_accessible()


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("people", "created user"),
        ("groups", "created group"),
        ("roles", "created role grant"),
        ("mappings", "created role mapping"),
        ("connections", "Nothing matches"),
        ("sign-ins", "Nothing matches"),
        ("security", "Nothing matches"),
        ("brake", "Nothing matches"),
        ("centre", "created centre"),
    ],
)
@both_ways
def test_each_kind_of_change_is_found_by_itself(
    server: Server, school: School, visit: Visiting, kind: str, says: str
) -> None:
    asha = school.person("asha@school.example")
    school.maps(school.group("English Dept", asha))
    visitor = visit(manager(server, school), scripts=False)
    visitor.open(f"/centres/{school.number}/audit?kind={kind}")
    assert says in visitor.main()
    others = {"created user", "created group", "created role grant", "created role mapping", "created centre"} - {says}
    assert [other for other in others if other in visitor.main()] == []


def test_what_was_allowed_ignored_and_suspended_is_found_beside_the_roles(
    server: Server, school: School, visit: Visiting
) -> None:
    asha = school.person("asha@school.example", roles=[{"value": SFA_OFFICER}])
    (connection,) = school.register.get(f"/Centres/{school.id}/summary").json["connections"]
    urn, about = "urn:ietf:params:scim:schemas:mycambridge:2.0:", {"user": {"value": asha["id"]}}
    allowance = {"connection": {"value": connection["value"]}, "role": TEACHER}
    made(school.board.post("/RoleAllowances", {"schemas": [f"{urn}RoleAllowance"], **allowance}))
    made(school.board.post("/IgnoredRequests", {"schemas": [f"{urn}IgnoredRequest"], **about, "role": SFA_OFFICER}))
    made(school.board.post("/Suspensions", {"schemas": [f"{urn}Suspension"], **about}))
    visitor = visit(manager(server, school), scripts=False)
    visitor.open(f"/centres/{school.number}/audit?kind=roles")
    for what in ("role allowance", "ignored request", "suspension"):
        assert f"created {what}" in visitor.main()


@both_ways
def test_the_spreadsheet_tells_what_changed_and_holds_no_formula(
    server: Server, school: School, visit: Visiting
) -> None:
    asha = school.person("asha@school.example", title="Teacher")
    school.group("English Dept", asha)
    school.directory.patch(f"/Users/{asha['id']}", {"op": "replace", "path": "title", "value": "Head"})
    sender = '=HYPERLINK("https://evil.example")@school.example'
    school.person(sender)
    visitor = visit(manager(server, school))
    answer = visitor.context.request.get(f"{visitor.url}/centres/{school.number}/audit/audit.csv")
    rows = list(csv.DictReader(io.StringIO(answer.text())))
    assert "Directory created group 'English Dept' with asha@school.example" in [row["what"] for row in rows]
    assert "title: Teacher → Head" in [row["changes"] for row in rows]
    assert [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "-", "@"))] == []
    visitor.open(f"/centres/{school.number}/audit?kind=groups")
    with visitor.page.expect_download() as download:
        visitor.page.get_by_role("link", name="Download as a spreadsheet").click()
    kept = list(csv.DictReader(download.value.path().read_text().splitlines()))
    assert [row["what"].split(" with ")[0] for row in kept] == ["Directory created group 'English Dept'"]


def test_long_lists_are_read_page_by_page(server: Server, school: School, visit: Visiting) -> None:
    for number in range(35):
        school.person(f"person{number}@school.example")
    visitor = visit(manager(server, school), scripts=False)
    visitor.open(f"/centres/{school.number}/audit?q=person")
    first = visitor.main()
    visitor.follow("Older entries")
    assert "person0@school.example" in visitor.main()
    assert "person0@school.example" not in first


def test_an_address_of_the_page_cannot_bend_its_links(server: Server, school: School, visit: Visiting) -> None:
    visitor = visit(manager(server, school), scripts=False)
    school.person("asha@school.example")
    visitor.open(f"/centres/{school.number}/audit?_scheme=javascript&_external=1&number=GB999&kind=people")
    link = visitor.page.get_by_role("link", name="Download as a spreadsheet").get_attribute("href")
    assert link == f"/centres/{school.number}/audit/audit.csv?kind=people"


def test_people_of_another_centre_read_nothing_here(server: Server, school: School, board, visit: Visiting) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    visitor = visit(manager(server, board.school()))
    for path in ("audit", "audit/audit.csv", "log"):
        assert visitor.context.request.get(f"{visitor.url}/centres/{school.number}/{path}").status == 404
