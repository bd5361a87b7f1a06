"""Suspend anybody at the centre; add, change and remove people whom no directory provisions."""

import pytest

from tests.support.browser import Visiting, manager
from tests.support.centres import TEACHER, School
from tests.support.server import Server


@pytest.mark.parametrize(("scripts", "phone"), [(True, False), (False, True)])
def test_somebody_is_suspended_and_goes_on(
    server: Server, school: School, visit: Visiting, *, scripts: bool, phone: bool
) -> None:
    asha = school.person("asha@school.example", displayName="Asha Patel")
    school.maps(school.group("English Dept", asha))
    visitor = visit(manager(server, school), scripts=scripts, phone=phone)
    visitor.open(f"/centres/{school.number}/people/{asha['id']}")
    visitor.follow("Suspend at this centre")
    if scripts:
        visitor.assert_accessible()
    visitor.page.get_by_label("Why (optional)").fill("On leave")
    visitor.press("Suspend")
    assert "Suspended at this centre by" in visitor.main()
    assert "On leave" in visitor.main()
    assert school.roles(asha) == set()
    if scripts:
        visitor.assert_accessible()
    visitor.follow("Let them go on at this centre")
    visitor.press("Let them go on")
    assert school.roles(asha) == {(TEACHER, school.number)}


def test_people_are_added_by_hand_changed_and_removed(server: Server, school: School, visit: Visiting) -> None:
    visitor = visit(manager(server, school))
    visitor.open(f"/centres/{school.number}/people")
    visitor.follow("Add people by hand")
    visitor.assert_accessible()
    visitor.page.get_by_label("People", exact=True).fill(
        "Ann Lee, ann@visitor.example\nNobody at all\nBo, bo@visitor.example"
    )
    visitor.press("Add and invite")
    assert "2 people were added and invited." in visitor.main()
    assert "Nobody at all: Write a name, a comma, and an e-mail address." in visitor.main()
    visitor.assert_accessible()
    visitor.open(f"/centres/{school.number}/people?q=Ann")
    visitor.follow("Ann Lee")
    assert "Added by hand, and changed here." in visitor.main()
    visitor.follow("Change name or e-mail address")
    visitor.assert_accessible()
    visitor.page.get_by_label("Name", exact=True).fill("Ann Lee-Smith")
    visitor.press("Save")
    assert visitor.heading() == "Ann Lee-Smith"
    visitor.follow("Deactivate")
    visitor.press("Deactivate")
    assert "Deactivated: they are signed out, and have no role." in visitor.main()
    visitor.follow("Remove")
    visitor.press("Remove")
    assert "The person was removed." in visitor.main()


def test_people_of_a_directory_are_changed_there(server: Server, school: School, visit: Visiting) -> None:
    asha = school.person("asha@school.example", displayName="Asha Patel")
    visitor = visit(manager(server, school))
    visitor.open(f"/centres/{school.number}/people/{asha['id']}")
    assert "Comes from the directory, and is changed there." in visitor.main()
    assert visitor.page.get_by_role("link", name="Remove", exact=True).count() == 0
    visitor.open(f"/centres/{school.number}/people/{asha['id']}/remove")
    visitor.press("Remove")
    assert "A directory provisions this person: change them there." in visitor.main()
    assert school.directory.get(f"/Users/{asha['id']}").status == 200
