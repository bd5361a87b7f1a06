"""An exams officer maps directory groups to roles, sees first who would gain what, and takes mappings back."""

import pytest

from tests.support.browser import PASSWORD, Visiting, both_ways, manager
from tests.support.centres import CENTRE, MANAGEMENT, SUBMIT, TEACHER, Board, School, made
from tests.support.people import user
from tests.support.server import BULK, Server


@pytest.mark.parametrize(("scripts", "phone"), [(True, False), (False, True)])
def test_a_group_is_mapped_in_four_steps(
    server: Server, school: School, visit: Visiting, *, scripts: bool, phone: bool
) -> None:
    asha = school.person("asha@school.example", displayName="Asha Patel")
    english = school.group("English Dept", asha)
    visitor = visit(manager(server, school), scripts=scripts, phone=phone)
    visitor.open(f"/centres/{school.number}/groups")
    visitor.follow("Map to a role English Dept")
    assert visitor.page.get_by_label("Submit for Assessment: Teacher").is_checked(), "as the name suggests"
    visitor.page.get_by_label("Note for colleagues (optional)").fill("Agreed with the head of English")
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
    assert "Agreed with the head of English" in visitor.main()
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


@both_ways
def test_approval_is_switched_off_with_a_warning(server: Server, school: School, visit: Visiting) -> None:
    asha = school.person(displayName="Asha Patel")
    mapping = school.maps(school.group("Team", asha), MANAGEMENT)
    visitor = visit(manager(server, school))
    visitor.open(f"/centres/{school.number}/groups/{mapping['group']['value']}")
    visitor.follow("Change approval of new members")
    assert "can then give this role to anybody" in visitor.main()
    visitor.assert_accessible()
    second_tab = visitor.page.context.new_page()
    second_tab.goto(visitor.page.url)
    visitor.press("Give the role without approval")
    assert school.roles(asha) == {(MANAGEMENT, school.number)}
    second_tab.get_by_role("button", name="Give the role without approval").click()
    assert school.roles(asha) == {(MANAGEMENT, school.number)}, "the same form again asks for the same"


@both_ways
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


@both_ways
def test_a_suggestion_does_nothing_by_itself(server: Server, school: School, visit: Visiting) -> None:
    asha = school.person()
    school.group("Maths teachers", asha)
    visitor = visit(manager(server, school))
    visitor.open(f"/centres/{school.number}/groups")
    assert "Looks like teachers of Maths" in visitor.main()
    assert school.roles(asha) == set()


def test_a_group_that_has_a_role_is_not_offered_it_again(server: Server, school: School, visit: Visiting) -> None:
    group = school.group("English Dept")
    school.maps(group)
    visitor = visit(manager(server, school))
    visitor.open(f"/centres/{school.number}/groups/{group['id']}/map")
    assert "Members of this group have it already." in visitor.main()
    assert visitor.page.get_by_label("Submit for Assessment: Teacher").is_disabled()
    visitor.open(f"/centres/{school.number}/groups/{group['id']}/map/check?role={TEACHER}")
    assert "is mapped to submit-for-assessment.teacher" in visitor.main()
    visitor.assert_accessible()


def test_of_many_who_would_gain_a_role_the_first_fifty_are_named(
    server: Server, school: School, visit: Visiting
) -> None:
    operations = [{"method": "POST", "path": "/Users", "bulkId": str(each), "data": user()} for each in range(52)]
    answer = school.directory.post("/Bulk", {"schemas": [BULK], "Operations": operations}).json["Operations"]
    group = school.group("All staff", *[{"id": each["location"].rpartition("/")[2]} for each in answer])
    visitor = visit(manager(server, school))
    visitor.open(f"/centres/{school.number}/groups/{group['id']}/map/check?role={TEACHER}")
    assert "52 people would gain" in visitor.main()
    assert "and 2 more" in visitor.main()
    visitor.follow("Cancel")
    assert "52 members" in visitor.main()
    visitor.follow("Next page")
    assert "Page 2 of 3" in visitor.main()


def test_members_through_another_group_are_marked(server: Server, school: School, visit: Visiting) -> None:
    asha, ben = school.person(displayName="Asha Patel"), school.person(displayName="Ben Cole")
    inner = school.group("English Dept", asha)
    group = school.group("All teachers", ben, inner)
    visitor = visit(manager(server, school))
    visitor.open(f"/centres/{school.number}/groups/{group['id']}")
    assert "2 members" in visitor.main()
    assert visitor.page.get_by_role("listitem").filter(has_text="through another group").inner_text().startswith("Asha")


@pytest.mark.parametrize(("scripts", "phone"), [(True, False), (False, True)])
def test_an_associate_finds_the_centre_by_searching(
    server: Server, board: Board, visit: Visiting, *, scripts: bool, phone: bool
) -> None:
    associate = board.associate()
    hill = board.school(SUBMIT, displayName="Hill School", associate={"value": associate.number})
    for name in ("Lake School", "River School"):
        document = {"schemas": [CENTRE], "centreNumber": name[:2].upper() + associate.number[:3], "displayName": name}
        made(board.register.post("/Centres", document | {"country": "IN", "associate": {"value": associate.number}}))
    asha = associate.person(displayName="Asha Patel")
    group = associate.group("Hill teachers", asha)
    visitor = visit(manager(server, associate), scripts=scripts, phone=phone)
    visitor.open(f"/centres/{associate.number}/groups/{group['id']}")
    visitor.press("Map this group to a role")
    assert "4 centres" in visitor.main()
    if scripts:
        visitor.assert_accessible()
    box = visitor.page.get_by_label("Find a centre by its name or number")
    if scripts:
        box.press_sequentially("hill")
        visitor.page.get_by_text("1 centre", exact=True).wait_for()
    else:
        box.fill("hill")
        visitor.press("Search")
    visitor.follow("Hill School")
    visitor.page.get_by_label("Submit for Assessment: Teacher").check()
    if scripts:
        visitor.assert_accessible()
    visitor.press("See who would gain it")
    assert f"At Hill School, {hill.number}" in visitor.main()
    assert f"Asha Patel: Submit for Assessment: Teacher at {hill.number}" in visitor.main()
    visitor.press("Map the group")
    assert associate.roles(asha) == {(TEACHER, hill.number)}


def test_a_centre_of_somebody_else_is_not_found(server: Server, board: Board, visit: Visiting) -> None:
    associate, other = board.associate(), board.school(SUBMIT)
    group = associate.group("Teachers")
    visitor = visit(manager(server, associate))
    visitor.open(f"/centres/{associate.number}/groups/{group['id']}/map?centre={other.number}")
    assert visitor.heading() == "Page not found"


@pytest.mark.parametrize("change", ["make", "remove", "attach", "switch off approvals"])
def test_sensitive_mappings_need_the_password_again_when_it_was_long_ago(
    server: Server, school: School, visit: Visiting, change: str
) -> None:
    group = school.group("Team", externalId="g-1")
    if change != "make":
        mapping = school.maps(group, MANAGEMENT)
    if change == "attach":
        school.directory.delete(f"/Groups/{group['id']}")
        school.group("New team", externalId="g-1")
    visitor = visit(manager(server, school))
    with server.database.write() as transaction:
        transaction.connection.exec_driver_sql("UPDATE sessions SET proven = '2020-01-01T00:00:00.000000Z'")
    paths = {"remove": "remove", "attach": "attach", "switch off approvals": "approval"}
    path = (
        f"groups/{group['id']}/map/check?role={MANAGEMENT}&note=As+agreed"
        if change == "make"
        else f"mappings/{mapping['id']}/{paths[change]}"
    )
    visitor.open(f"/centres/{school.number}/{path}")
    assert visitor.heading() == "Confirm that it is you"
    visitor.page.get_by_label("Password", exact=True).fill(PASSWORD)
    visitor.press("Continue")
    assert visitor.page.url.endswith(path), "the way goes on where it stopped"
