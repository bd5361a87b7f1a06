"""What everybody sees: their services, why one is closed, and their roles."""

import pytest

from tests.support.browser import Visiting, account, both_ways, manager
from tests.support.centres import LISTENING, SUBMIT, Board, School
from tests.support.server import Server


@pytest.mark.parametrize(("scripts", "phone"), [(True, False), (False, True)])
def test_a_teacher_sees_which_services_are_open_and_why_others_are_not(
    server: Server, board: Board, visit: Visiting, *, scripts: bool, phone: bool
) -> None:
    school = board.school(SUBMIT, LISTENING)
    asha = school.person(f"asha@{school.number.lower()}.example")
    school.maps(school.group("English Dept", asha))
    visitor = visit(account(server, school, asha), scripts=scripts, phone=phone)
    visitor.open("/")
    said = visitor.main()
    assert f"You have access for {school.number}." in said
    assert "has not entered the address of this service" in said, "the shipped catalogue has none"
    assert "Only the exams officer reaches this service" in said
    assert "Your exams officer can give you a role that opens this service." in said
    if scripts:
        visitor.assert_accessible()
    visitor.follow("Your roles, and why you have them")
    assert "because member of English Dept" in visitor.main()
    if scripts:
        visitor.assert_accessible()


def test_a_service_that_the_centre_does_not_have_says_so(server: Server, board: Board, visit: Visiting) -> None:
    school = board.school(country="FR")
    visitor = visit(account(server, school, school.person("new@school.example")))
    visitor.open("/home")
    assert "has no entries for a syllabus that uses this service." in visitor.main()
    assert "This service is not offered in your country." in visitor.main()


@both_ways
def test_somebody_with_an_account_and_no_centre_is_told_the_truth(
    server: Server, school: School, visit: Visiting
) -> None:
    person = school.person("alone@school.example")
    email = account(server, school, person)
    school.directory.delete(f"/Users/{person['id']}")
    visitor = visit(email)
    visitor.open("/")
    assert visitor.heading() == "No service is available yet"
    assert "it belongs to no centre" in visitor.main()
    visitor.assert_accessible()


@both_ways
def test_somebody_who_was_deactivated_is_told_so(server: Server, school: School, visit: Visiting) -> None:
    person = school.person("left@school.example")
    email = account(server, school, person)
    school.directory.patch(f"/Users/{person['id']}", {"op": "replace", "path": "active", "value": False})
    visitor = visit(email, phone=True)
    visitor.open("/")
    assert f"School {school.number} has deactivated you" in visitor.main()
    assert "it belongs to no centre" not in visitor.main()
    visitor.assert_accessible()


@both_ways
def test_one_person_at_two_schools_changes_between_them(server: Server, board: Board, visit: Visiting) -> None:
    first, second = board.school(SUBMIT), board.school(SUBMIT)
    email = account(server, first, first.person())
    account(server, second, second.person(email))
    visitor = visit(email)
    visitor.open("/home")
    here, there = (first, second) if f"School {first.number}" in visitor.main() else (second, first)
    visitor.follow("Change organisation")
    visitor.assert_accessible()
    visitor.press(f"Switch to School {there.number}")
    assert f"School {there.number}" in visitor.main()
    assert f"School {here.number}" not in visitor.main()


@both_ways
def test_an_associate_manages_its_centres_from_one_list(server: Server, board: Board, visit: Visiting) -> None:
    associate = board.associate()
    under = board.school(SUBMIT, associate={"value": associate.id})
    visitor = visit(manager(server, associate))
    visitor.open("/organisations")
    visitor.follow(f"Manage users of School {under.number}")
    assert visitor.heading() == "Who has access, and why"
    visitor.assert_accessible()


@both_ways
def test_an_associate_finds_each_of_many_centres(server: Server, board: Board, visit: Visiting) -> None:
    associate = board.associate()
    schools = [board.school(associate={"value": associate.id}, displayName=f"Oak {place:02}") for place in range(27)]
    visitor = visit(manager(server, associate), phone=True)
    visitor.open("/organisations")
    visitor.assert_accessible()
    assert "28 centres" in visitor.main()
    assert "Page 1 of 2" in visitor.main()
    visitor.page.get_by_role("link", name="Next").click()
    visitor.page.get_by_role("link", name="Manage users of Oak 26").wait_for()
    visitor.page.get_by_label("Find a centre by name or number").fill(schools[3].number)
    visitor.press("Search")
    assert "1 centre" in visitor.main()
    visitor.follow("Manage users of Oak 03")
    assert visitor.heading() == "Who has access, and why"


def test_a_centre_that_an_associate_manages_is_not_marked(server: Server, board: Board, visit: Visiting) -> None:
    associate = board.associate()
    board.school(associate={"value": associate.id})
    visitor = visit(manager(server, associate))
    visitor.open("/organisations")
    assert "2 centres" in visitor.main()
    assert "Nobody manages users" not in visitor.main()


def test_who_manages_users_for_an_associate_and_teaches_at_its_centre_does_both(
    server: Server, board: Board, visit: Visiting
) -> None:
    associate = board.associate()
    under = board.school(SUBMIT, associate={"value": associate.id})
    email = manager(server, associate, "Mia Manager")
    teacher = under.person(email, displayName="Mia Manager")
    account(server, under, teacher)
    visitor = visit(email)
    visitor.open(f"/centres/{under.number}")
    assert visitor.heading() == "Who has access, and why"
    visitor.open(f"/centres/{under.number}/people/{teacher['id']}")
    assert "Nobody changes their own" in visitor.main()
    visitor.open(f"/centres/{under.number}/people/{teacher['id']}/suspend")
    assert "you would suspend yourself" in visitor.main()


@both_ways
def test_looking_at_pages_leaves_no_refusal_behind(server: Server, school: School, visit: Visiting) -> None:
    visitor = visit(account(server, school, school.person()))
    visitor.open("/home")
    visitor.open("/organisations")
    refused = school.directory.get("/Changes?filter=outcome%20eq%20%22refused%22").json
    assert refused["totalResults"] == 0, "who only looks has asked for nothing"
