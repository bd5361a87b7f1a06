"""An exams officer decides who has sensitive roles, and answers what the directory asks for."""

import pytest

from tests.support.browser import PASSWORD, Visiting, both_ways, manager
from tests.support.centres import MANAGEMENT, OFFICER, TEACHER, Board, School
from tests.support.server import Server


@pytest.mark.parametrize(("scripts", "phone"), [(True, False), (False, True)])
def test_members_of_a_sensitive_mapping_wait_until_somebody_approves_them(
    server: Server, school: School, visit: Visiting, *, scripts: bool, phone: bool
) -> None:
    asha, ben = school.person(displayName="Asha Patel"), school.person(displayName="Ben Cole")
    cleo = school.person(displayName="Cleo Diaz")
    team = school.group("Exams Team", asha, ben, cleo)
    visitor = visit(manager(server, school), scripts=scripts, phone=phone)
    visitor.open(f"/centres/{school.number}/groups/{team['id']}/map")
    visitor.page.get_by_label("User management").check()
    visitor.press("See who would gain it")
    assert "This role is sensitive" in visitor.main()
    visitor.press("Map the group")
    assert "Each member has it once somebody approves them." in visitor.main()
    visitor.open(f"/centres/{school.number}/approvals")
    if scripts:
        visitor.assert_accessible()
    visitor.page.get_by_label("Asha Patel User management").check()
    visitor.page.get_by_label("Ben Cole User management").check()
    visitor.press("Approve")
    assert "2 people were approved." in visitor.main()
    visitor.page.get_by_label("Cleo Diaz User management").check()
    visitor.press("Decline")
    assert "1 person was declined." in visitor.main()
    assert "Nobody waits." in visitor.main()
    if scripts:
        visitor.assert_accessible()
    assert [school.roles(each) for each in (asha, ben, cleo)] == [
        {(MANAGEMENT, school.number)}, {(MANAGEMENT, school.number)}, set(),
    ]  # fmt: skip


def test_a_decision_that_comes_too_late_says_for_whom(server: Server, school: School, visit: Visiting) -> None:
    asha, ben = school.person(displayName="Asha Patel"), school.person(displayName="Ben Cole")
    team = school.group("Exams Team", asha, ben)
    school.maps(team, MANAGEMENT)
    visitor = visit(manager(server, school))
    visitor.open(f"/centres/{school.number}/approvals")
    school.directory.patch(f"/Groups/{team['id']}", {"op": "remove", "path": f'members[value eq "{ben["id"]}"]'})
    visitor.page.get_by_label("Asha Patel User management").check()
    visitor.page.get_by_label("Ben Cole User management").check()
    visitor.press("Approve")
    assert "1 person was approved." in visitor.main()
    assert "Not done. Ben Cole: " in visitor.main()
    assert "is no member of Exams Team" in visitor.main()
    assert school.roles(asha) == {(MANAGEMENT, school.number)}


def test_nobody_approves_themselves(server: Server, school: School, visit: Visiting) -> None:
    email = manager(server, school, "Own Self")
    (own,) = school.directory.get("/Users?filter=displayName%20eq%20%22Own%20Self%22").json["Resources"]
    mapping = school.maps(school.group("Team", own), MANAGEMENT)
    visitor = visit(email)
    visitor.open(f"/centres/{school.number}/approvals")
    assert "This is you. Nobody approves themselves" in visitor.main()
    assert visitor.page.get_by_role("checkbox").count() == 0
    assert visitor.page.get_by_role("button", name="Approve").count() == 0, "there is nobody to choose"
    school.maps(school.group("Office", school.person()), MANAGEMENT)
    visitor.open(f"/centres/{school.number}/approvals")
    visitor.press("Approve")
    assert "Choose at least one person." in visitor.main()
    visitor.open(f"/centres/{school.number}/groups/{mapping['group']['value']}")
    visitor.follow("Change approval of new members")
    assert "Nobody amends their own roles: you belong to this group." in visitor.main()


@both_ways
def test_an_associate_approves_at_its_centres(server: Server, board: Board, visit: Visiting) -> None:
    associate = board.associate()
    hill = board.school(associate={"value": associate.number})
    asha = associate.person(displayName="Asha Patel")
    team = associate.group("Hill office", asha)
    associate.maps(team, MANAGEMENT, centre=hill.number)
    associate.maps(team, MANAGEMENT)
    visitor = visit(manager(server, associate))
    visitor.open(f"/centres/{associate.number}/approvals")
    visitor.page.get_by_label(f"Asha Patel User management at {hill.number}").check()
    visitor.press("Approve")
    assert associate.roles(asha) == {(MANAGEMENT, hill.number)}


@pytest.mark.parametrize("path", ["approvals", "approvals/requests"])
def test_decisions_need_the_password_again_when_it_was_long_ago(
    server: Server, school: School, visit: Visiting, path: str
) -> None:
    visitor = visit(manager(server, school))
    with server.database.write() as transaction:
        transaction.connection.exec_driver_sql("UPDATE sessions SET proven = '2020-01-01T00:00:00.000000Z'")
    visitor.open(f"/centres/{school.number}/{path}")
    assert visitor.heading() == "Confirm that it is you"
    visitor.page.get_by_label("Password", exact=True).fill(PASSWORD)
    visitor.press("Continue")
    assert visitor.page.url.endswith(path)


# -- What the directory asks for ----------------------------------------------


@pytest.mark.parametrize(("scripts", "phone"), [(True, False), (False, True)])
def test_what_the_directory_asks_for_is_granted_or_ignored(
    server: Server, school: School, visit: Visiting, *, scripts: bool, phone: bool
) -> None:
    asha = school.person(displayName="Asha Patel", roles=[{"value": TEACHER}])
    ben = school.person(displayName="Ben Cole", roles=[{"value": TEACHER}, {"value": "Head Librarian"}])
    visitor = visit(manager(server, school), scripts=scripts, phone=phone)
    visitor.open(f"/centres/{school.number}/groups")
    visitor.follow("Who waits for approval, and what your directory asked for")
    visitor.follow("See what your directory asked for")
    assert "My Cambridge has no role of this name" in visitor.main()
    if scripts:
        visitor.assert_accessible()
    visitor.page.get_by_label("Asha Patel Submit for Assessment: Teacher").check()
    visitor.press("Grant")
    assert "1 role was granted." in visitor.main()
    visitor.page.get_by_label("Ben Cole Submit for Assessment: Teacher").check()
    visitor.page.get_by_label("Ben Cole Head Librarian").check()
    visitor.press("Ignore")
    assert "2 requests were ignored." in visitor.main()
    assert "Nothing waits for your answer." in visitor.main()
    assert [school.roles(each) for each in (asha, ben)] == [{(TEACHER, school.number)}, set()]


def test_what_cannot_be_granted_says_why(server: Server, school: School, visit: Visiting) -> None:
    asha = school.person(displayName="Asha Patel", roles=[{"value": OFFICER}])
    visitor = visit(manager(server, school))
    visitor.open(f"/centres/{school.number}/approvals/requests")
    assert "Only the exam board gives this role." in visitor.main()
    visitor.page.get_by_label("Asha Patel Exams officer").check()
    visitor.press("Grant")
    assert "Not done. Asha Patel: " in visitor.main()
    visitor.assert_accessible()
    assert school.roles(asha) == set()


def test_of_many_refusals_the_first_are_said(server: Server, school: School, visit: Visiting) -> None:
    for place in range(14):
        school.person(displayName=f"Teacher {place}", roles=[{"value": OFFICER}])
    visitor = visit(manager(server, school), scripts=False)
    visitor.open(f"/centres/{school.number}/approvals/requests")
    for box in visitor.page.get_by_role("checkbox").all():
        box.check()
    visitor.press("Grant")
    banner = visitor.page.get_by_role("region", name="Important").inner_text()
    assert banner.count("designated by the exam board only") == 10
    assert "And 4 more." in banner


def test_nobody_answers_what_is_asked_for_themselves(server: Server, school: School, visit: Visiting) -> None:
    email = manager(server, school, "Own Self")
    (own,) = school.directory.get("/Users?filter=displayName%20eq%20%22Own%20Self%22").json["Resources"]
    school.directory.patch(f"/Users/{own['id']}", {"op": "add", "path": "roles", "value": [{"value": TEACHER}]})
    visitor = visit(email)
    visitor.open(f"/centres/{school.number}/approvals/requests")
    assert "Nobody changes their own roles" in visitor.main()
    assert visitor.page.get_by_role("checkbox").count() == 0
