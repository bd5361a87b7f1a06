"""An exams officer finds people, understands what they can reach, and gives and takes roles by hand."""

import csv
import io
from typing import Any
from urllib.parse import quote

import pytest

from tests.support.browser import Visiting, both_ways, manager
from tests.support.centres import MANAGEMENT, SFA_OFFICER, SUBMIT, TEACHER, Board, School
from tests.support.letters import letters_to
from tests.support.server import Server

ENGINE = "postgresql"


@both_ways
def test_people_are_found_by_name_role_and_status(server: Server, school: School, visit: Visiting) -> None:
    asha = school.person("asha@school.example", displayName="Asha Patel")
    school.person("ben@school.example", displayName="Ben Cole", active=False)
    school.maps(school.group("English Dept", asha))
    visitor = visit(manager(server, school), scripts=False)
    visitor.open(f"/centres/{school.number}/people?q=ASHA")
    assert "1 person" in visitor.main()
    assert "Submit for Assessment: Teacher" in visitor.main()
    visitor.page.get_by_label("Find somebody by name or address").fill("")
    visitor.page.get_by_label("Status").select_option("Deactivated")
    visitor.press("Search")
    assert "Ben Cole" in visitor.main()
    assert "Asha Patel" not in visitor.main()
    visitor.open(f"/centres/{school.number}/people?role={TEACHER}&source=mapping")
    assert "Asha Patel" in visitor.main()
    assert "1 person" in visitor.main()
    visitor.open(f"/centres/{school.number}/people?source=grant")
    assert "Asha Patel" not in visitor.main()


def test_exams_officers_who_teach_are_found(server: Server, school: School, visit: Visiting) -> None:
    asha, ben = (school.person(f"{name}@school.example", displayName=name.title()) for name in ("asha", "ben"))
    for each in (asha, ben):
        school.designates(each)
    school.grants(asha)
    visitor = visit(manager(server, school), scripts=False)
    visitor.open(f"/centres/{school.number}/people")
    visitor.page.get_by_label("Status").select_option("Exams officer and teacher at once")
    visitor.press("Search")
    assert "1 person" in visitor.main()
    assert "Asha" in visitor.main()
    visitor.open(f"/centres/{school.number}")
    visitor.follow("See who")
    assert visitor.page.url.endswith("/people?status=conflict")


def test_people_are_found_while_typing(server: Server, school: School, visit: Visiting) -> None:
    school.person("asha@school.example", displayName="Asha Patel")
    visitor = visit(manager(server, school))
    visitor.open(f"/centres/{school.number}/people")
    visitor.assert_accessible()
    visitor.page.get_by_label("Find somebody by name or address").press_sequentially("patel")
    visitor.page.get_by_text("1 person", exact=True).wait_for()


@pytest.mark.parametrize(("scripts", "phone"), [(True, False), (False, True)])
def test_a_role_is_given_and_taken_by_hand(
    server: Server, school: School, visit: Visiting, *, scripts: bool, phone: bool
) -> None:
    asha = school.person("asha@school.example", displayName="Asha Patel")
    visitor = visit(manager(server, school), scripts=scripts, phone=phone)
    visitor.open(f"/centres/{school.number}/people/{asha['id']}")
    if scripts:
        visitor.assert_accessible()
    visitor.page.get_by_label("Submit for Assessment: Teacher").check()
    visitor.press("Continue")
    assert f"Give Submit for Assessment: Teacher at {school.number}" in visitor.main()
    if scripts:
        visitor.assert_accessible()
    visitor.page.get_by_label("Last day (optional)").fill("2099-06-30")
    visitor.page.get_by_label("Note for colleagues (optional)").fill("Helps in June")
    visitor.press("Change the roles")
    assert "The roles were changed." in visitor.main()
    assert "Helps in June" in visitor.main()
    assert "Until 30 June 2099." in visitor.main()
    assert school.roles(asha) == {(TEACHER, school.number)}
    visitor.page.get_by_label("Submit for Assessment: Teacher").uncheck()
    visitor.press("Continue")
    visitor.press("Change the roles")
    assert school.roles(asha) == set()
    assert "created role grant" in visitor.main(), "the history says what was done"


@both_ways
def test_a_role_through_a_group_is_explained_and_kept(server: Server, school: School, visit: Visiting) -> None:
    asha = school.person("asha@school.example", displayName="Asha Patel")
    school.maps(school.group("English Dept", asha))
    visitor = visit(manager(server, school))
    visitor.open(f"/centres/{school.number}/people/{asha['id']}")
    assert "because member of English Dept" in visitor.main()
    fixed = visitor.page.get_by_role("group", name="Roles that are not changed on this page")
    box = fixed.get_by_label("Submit for Assessment: Teacher")
    assert (box.is_checked(), box.is_disabled()) == (True, True)
    visitor.assert_accessible()
    visitor.page.get_by_role("group", name="that do not depend on the directory").get_by_label(
        "Submit for Assessment: Teacher"
    ).check()
    visitor.press("Continue")
    assert "Nothing changes today: they have it in another way already" in visitor.main()
    visitor.follow("Cancel")
    visitor.follow("English Dept")
    assert visitor.heading() == "English Dept"


def test_nobody_changes_their_own_roles(server: Server, school: School, visit: Visiting) -> None:
    email = manager(server, school, "Own Self")
    visitor = visit(email)
    visitor.open(f"/centres/{school.number}/people?q=Own+Self")
    visitor.follow("Own Self")
    assert "Nobody changes their own" in visitor.main()
    assert visitor.page.get_by_role("button", name="Continue").count() == 0


@both_ways
def test_giving_power_needs_the_password_again_when_it_was_long_ago(
    server: Server, school: School, visit: Visiting
) -> None:
    asha = school.person("asha@school.example", displayName="Asha Patel")
    visitor = visit(manager(server, school))
    visitor.open(f"/centres/{school.number}/people/{asha['id']}")
    with server.database.write() as transaction:
        transaction.connection.exec_driver_sql("UPDATE sessions SET proven = '2020-01-01T00:00:00.000000Z'")
    visitor.page.get_by_label("User management").check()
    visitor.press("Continue")
    assert visitor.heading() == "Confirm that it is you"
    visitor.assert_accessible()
    assert school.roles(asha) == set()
    visitor.page.get_by_label("Password", exact=True).fill("three random words 4 tests")
    visitor.press("Continue")
    visitor.page.get_by_label("User management").check()
    visitor.press("Continue")
    visitor.press("Change the roles")
    assert school.roles(asha) == {(MANAGEMENT, school.number)}


def test_colleagues_are_told_when_somebody_else_gets_their_power(
    server: Server, school: School, visit: Visiting
) -> None:
    colleague = f"colleague@{school.number.lower()}.example"
    known = school.person(colleague, emails=[{"value": colleague, "primary": True}])
    school.grants(known, MANAGEMENT)
    asha = school.person("asha@school.example", displayName="Asha Patel")
    visitor = visit(manager(server, school))
    visitor.open(f"/centres/{school.number}/people/{asha['id']}")
    visitor.page.get_by_label("User management").check()
    visitor.press("Continue")
    visitor.press("Change the roles")
    subject = f"Somebody can manage users of {school.number} now"
    told = [str(each.get_content()) for each in letters_to(server, colleague) if each["Subject"] == subject]
    assert any("has given asha@school.example user management" in text for text in told)


@both_ways
def test_several_people_get_and_lose_a_role_together(server: Server, school: School, visit: Visiting) -> None:
    people = [school.person(f"{name.lower()}@school.example", displayName=f"{name} Lee") for name in ("Ann", "Ben")]
    visitor = visit(manager(server, school))
    for action, expected in (("Give the role", {(SFA_OFFICER, school.number)}), ("Take the role", set())):
        visitor.open(f"/centres/{school.number}/people?q=Lee")
        for person in people:
            visitor.page.get_by_label(person["displayName"], exact=True).check()
        visitor.page.get_by_label("Role to give or take").select_option("Submit for Assessment: Exams Officer")
        visitor.press(action)
        assert "Ann Lee" in visitor.main()
        visitor.assert_accessible()
        visitor.press(action)
        assert "The roles of 2 people were changed." in visitor.main()
        assert [school.roles(person) for person in people] == [expected, expected]


def test_a_centre_sees_people_of_its_associate_who_have_a_role_there(
    server: Server, board: Board, visit: Visiting
) -> None:
    associate = board.associate()
    school = board.school(SUBMIT, associate={"value": associate.id})
    centres = {"urn:ietf:params:scim:schemas:extension:mycambridge:2.0:User": {"centres": [school.number]}}
    asha = associate.person("asha@associate.example", **centres)
    associate.grants(asha, centre=school.number)
    visitor = visit(manager(server, school))
    visitor.open(f"/centres/{school.number}/people")
    assert "People of your Associate with a role here" in visitor.main()
    assert "asha@associate.example" in visitor.main()
    visitor.assert_accessible()


def test_who_is_refused_is_named_with_the_reason(server: Server, school: School, visit: Visiting) -> None:
    ann, ben = (school.person(f"{name.lower()}@school.example", displayName=f"{name} Lee") for name in ("Ann", "Ben"))
    school.grants(ann)
    visitor = visit(manager(server, school))
    visitor.open(f"/centres/{school.number}/people?q=Lee")
    for name in ("Ann Lee", "Ben Lee"):
        visitor.page.get_by_label(name, exact=True).check()
    visitor.page.get_by_label("Role to give or take").select_option("Submit for Assessment: Teacher")
    visitor.press("Take the role")
    assert "Ben Lee: Nobody gave them this role by hand here, so it cannot be taken here." in visitor.main()
    visitor.assert_accessible()
    school.board.delete(f"/RoleGrants/{_grant_of(school, ann)}")
    visitor.press("Take the role")
    assert visitor.heading() == "0 people were changed"
    assert "Ann Lee: Nobody gave them this role by hand here" in visitor.main()
    visitor.assert_accessible()
    visitor.press("Go back to the list")
    visitor.page.wait_for_url("**/people?q=Lee")
    assert school.roles(ben) == set()


@both_ways
def test_the_last_day_of_a_role_is_changed(server: Server, school: School, visit: Visiting) -> None:
    asha = school.person("asha@school.example", displayName="Asha Patel")
    school.grants(asha, note="Helps in June")
    visitor = visit(manager(server, school), scripts=False)
    visitor.open(f"/centres/{school.number}/people/{asha['id']}")
    visitor.follow("Change last day or note of Submit for Assessment: Teacher")
    assert visitor.page.get_by_label("Note for colleagues (optional)").input_value() == "Helps in June"
    visitor.page.get_by_label("Last day (optional)").fill("2020-06-30")
    visitor.press("Save")
    assert "Choose a last day that has not passed." in visitor.main()
    visitor.page.get_by_label("Last day (optional)").fill("9999-12-31")
    visitor.press("Save")
    assert "Enter the last day as a date, such as 2027-06-30." in visitor.main()
    visitor.page.get_by_label("Last day (optional)").fill("2099-06-30")
    visitor.page.get_by_label("Note for colleagues (optional)").fill("")
    visitor.press("Save")
    assert "Until 30 June 2099." in visitor.main()
    assert "Helps in June" not in visitor.page.get_by_role("group").inner_text()
    visitor.follow("Change last day or note of Submit for Assessment: Teacher")
    assert visitor.page.get_by_label("Last day (optional)").input_value() == "2099-06-30"
    visitor.page.get_by_label("Last day (optional)").fill("")
    visitor.press("Save")
    assert "Until" not in visitor.page.get_by_role("group").inner_text()


def test_people_are_found_by_their_directory_group(server: Server, school: School, visit: Visiting) -> None:
    asha = school.person("asha@school.example", displayName="Asha Patel")
    school.person("ben@school.example", displayName="Ben Cole")
    school.group("English Dept", asha)
    visitor = visit(manager(server, school), scripts=False, phone=True)
    visitor.open(f"/centres/{school.number}/people")
    visitor.page.get_by_label("Directory group").fill("engl")
    visitor.press("Search")
    assert "In: English Dept" in visitor.main()
    assert "1 person" in visitor.main()
    assert "Ben Cole" not in visitor.main()
    visitor.open(f"/centres/{school.number}/people?group=nowhere")
    assert "No directory group has a name like that." in visitor.main()
    assert "0 people" in visitor.main()


def test_long_names_fit_a_phone(server: Server, school: School, visit: Visiting) -> None:
    asha = school.person(f"{'a' * 60}@school.example", displayName="A" * 60)
    visitor = visit(manager(server, school), phone=True)
    for path in ("", f"/{asha['id']}", f"/{asha['id']}/suspend"):
        visitor.open(f"/centres/{school.number}/people{path}")
        visitor.assert_accessible()


def test_an_address_with_anything_in_it_makes_no_other_address(server: Server, school: School, visit: Visiting) -> None:
    school.person("asha@school.example", displayName="Asha Patel")
    visitor = visit(manager(server, school))
    visitor.open(f"/centres/{school.number}/people?q=asha&_scheme=javascript&_external=1&_anchor=x&number=XX999")
    link = visitor.page.get_by_role("link", name="Download as a spreadsheet")
    assert link.get_attribute("href") == f"/centres/{school.number}/people/people.csv?q=asha"


@both_ways
def test_the_list_is_taken_along_without_formulas(server: Server, school: School, visit: Visiting) -> None:
    asha = school.person("asha@school.example", displayName="=HYPERLINK(1)")
    school.maps(school.group("English Dept", asha))
    visitor = visit(manager(server, school))
    answer = visitor.context.request.get(f"{visitor.url}/centres/{school.number}/people/people.csv?q=asha")
    rows = list(csv.DictReader(io.StringIO(answer.text())))
    assert [(row["name"], row["role"], row["through"]) for row in rows] == [
        ("'=HYPERLINK(1)", "Submit for Assessment: Teacher", "English Dept")
    ]


def _grant_of(school: School, person: dict[str, Any]) -> str:
    wanted = quote('user.value eq "' + person["id"] + '"')
    found = school.board.get(f"/RoleGrants?filter={wanted}").json
    return str(found["Resources"][0]["id"])
