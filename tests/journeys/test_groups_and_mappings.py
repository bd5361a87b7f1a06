"""An exams officer maps directory groups to roles, and decides who has the sensitive ones."""

import pytest

from tests.support.browser import Visiting, manager
from tests.support.centres import MANAGEMENT, TEACHER, School
from tests.support.server import Server


@pytest.mark.parametrize(("scripts", "phone"), [(True, False), (False, True)])
def test_a_group_is_mapped_in_four_steps(
    server: Server, school: School, visit: Visiting, *, scripts: bool, phone: bool
) -> None:
    asha = school.person("asha@school.example", displayName="Asha Patel")
    english = school.group("English Dept", asha)
    visitor = visit(manager(server, school), scripts=scripts, phone=phone)
    visitor.open(f"/centres/{school.number}/groups")
    visitor.follow("Map to a role English Dept")
    visitor.page.get_by_label("Submit for Assessment: Teacher").check()
    if scripts:
        visitor.assert_accessible()
    visitor.press("See who would gain it")
    assert "1 person would gain" in visitor.main()
    assert "Asha Patel: Submit for Assessment: Teacher" in visitor.main()
    if scripts:
        visitor.assert_accessible()
    assert school.roles(asha) == set(), "a preview gives nothing"
    visitor.press("Map the group")
    assert "Members of English Dept now have the role Submit for Assessment: Teacher." in visitor.main()
    if scripts:
        visitor.assert_accessible()
    assert school.roles(asha) == {(TEACHER, school.number)}
    visitor.follow("Remove Submit for Assessment: Teacher")
    assert "1 person would lose" in visitor.main()
    visitor.press("Remove the mapping")
    assert "This group is mapped to no role" in visitor.main()
    assert school.roles(asha) == set()
    assert english["id"] in visitor.page.url


def test_groups_are_found_while_typing(server: Server, school: School, visit: Visiting) -> None:
    school.group("English Dept")
    school.group("French Dept")
    visitor = visit(manager(server, school))
    visitor.open(f"/centres/{school.number}/groups")
    visitor.assert_accessible()
    assert "2 groups" in visitor.main()
    visitor.page.get_by_label("Find a group by its name").press_sequentially("french")
    visitor.page.get_by_text("1 group", exact=True).wait_for()
    assert "English Dept" not in visitor.main()


def test_groups_are_found_without_scripts(server: Server, school: School, visit: Visiting) -> None:
    school.group('A "quoted" group')
    school.group("Another")
    visitor = visit(manager(server, school), scripts=False)
    visitor.open(f"/centres/{school.number}/groups")
    visitor.page.get_by_label("Find a group by its name").fill('"quoted"')
    visitor.press("Search")
    assert "1 group" in visitor.main()


def test_a_role_that_the_centre_cannot_have_says_why(server: Server, school: School, visit: Visiting) -> None:
    group = school.group("Staff")
    visitor = visit(manager(server, school))
    visitor.open(f"/centres/{school.number}/groups/{group['id']}/map")
    assert "Global Listening is not here" in visitor.main()
    visitor.press("See who would gain it")
    assert "Choose the role that members of this group shall have." in visitor.main()
    visitor.assert_accessible()


def test_members_of_a_sensitive_mapping_wait_until_somebody_approves_them(
    server: Server, school: School, visit: Visiting
) -> None:
    asha, ben = school.person(displayName="Asha Patel"), school.person(displayName="Ben Cole")
    team = school.group("Exams Team", asha, ben)
    visitor = visit(manager(server, school))
    visitor.open(f"/centres/{school.number}/groups/{team['id']}/map")
    visitor.page.get_by_label("User management").check()
    visitor.press("See who would gain it")
    assert "This role is sensitive" in visitor.main()
    visitor.press("Map the group")
    visitor.open(f"/centres/{school.number}/approvals")
    visitor.assert_accessible()
    visitor.page.get_by_label("Asha Patel User management").check()
    visitor.press("Approve")
    assert "Approved." in visitor.main()
    visitor.page.get_by_label("Ben Cole User management").check()
    visitor.press("Decline")
    assert "Nobody waits." in visitor.main()
    assert school.roles(asha) == {(MANAGEMENT, school.number)}
    assert school.roles(ben) == set()


def test_nobody_approves_themselves(server: Server, school: School, visit: Visiting) -> None:
    email = manager(server, school, "Own Self")
    (own,) = school.directory.get("/Users?filter=displayName%20eq%20%22Own%20Self%22").json["Resources"]
    mapping = school.maps(school.group("Team", own), MANAGEMENT)
    visitor = visit(email)
    visitor.open(f"/centres/{school.number}/approvals")
    assert "This is you. Somebody else has to approve you." in visitor.main()
    visitor.open(f"/centres/{school.number}/groups/{mapping['group']['value']}")
    visitor.follow("Change approval of new members")
    assert "Nobody amends their own roles: you belong to this group." in visitor.main()


def test_approval_is_switched_off_with_a_warning(server: Server, school: School, visit: Visiting) -> None:
    asha = school.person(displayName="Asha Patel")
    mapping = school.maps(school.group("Team", asha), MANAGEMENT)
    visitor = visit(manager(server, school))
    visitor.open(f"/centres/{school.number}/groups/{mapping['group']['value']}")
    visitor.follow("Change approval of new members")
    assert "can then give this role to anybody" in visitor.main()
    visitor.assert_accessible()
    visitor.press("Give the role without approval")
    assert school.roles(asha) == {(MANAGEMENT, school.number)}


def test_a_deleted_group_leaves_a_note_and_its_successor_is_offered(
    server: Server, school: School, visit: Visiting
) -> None:
    asha = school.person(displayName="Asha Patel")
    group = school.group("English Dept", asha, externalId="g-1")
    school.maps(group)
    school.directory.delete(f"/Groups/{group['id']}")
    school.group("English", asha, externalId="g-1")
    visitor = visit(manager(server, school))
    visitor.open(f"/centres/{school.number}/groups")
    assert "The directory deleted the group English Dept" in visitor.main()
    visitor.assert_accessible()
    assert school.roles(asha) == set(), "nothing is attached by itself"
    visitor.follow("A new group has the same identity: give it the role")
    assert "Asha Patel: Submit for Assessment: Teacher" in visitor.main()
    visitor.press("Map the new group")
    assert school.roles(asha) == {(TEACHER, school.number)}


def test_a_suggestion_does_nothing_by_itself(server: Server, school: School, visit: Visiting) -> None:
    asha = school.person()
    school.group("Maths teachers", asha)
    visitor = visit(manager(server, school))
    visitor.open(f"/centres/{school.number}/groups")
    assert "by its name, perhaps Submit for Assessment: Teacher" in visitor.main()
    assert school.roles(asha) == set()
