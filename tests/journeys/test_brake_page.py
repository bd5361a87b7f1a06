"""A directory that would end the access of everybody is held, and somebody decides."""

from tests.support.browser import Visiting, manager
from tests.support.centres import School
from tests.support.letters import letters_to
from tests.support.server import Server


def held(school: School) -> None:
    """Let a directory deactivate more people than the brake lets through."""
    people = [school.person() for _ in range(14)]
    brakes = school.board.get("/SafetyBrakes").json["Resources"]
    assert brakes == []
    answers = [
        school.directory.patch(f"/Users/{each['id']}", {"op": "replace", "path": "active", "value": False}).status
        for each in people
    ]
    assert 429 in answers


def test_what_is_held_is_seen_and_released(server: Server, school: School, visit: Visiting) -> None:
    email = manager(server, school)
    colleague = f"colleague@{school.number.lower()}.example"
    school.grants(school.person(colleague, emails=[{"value": colleague, "primary": True}]), "user-management")
    held(school)
    subjects = [each["Subject"] for each in letters_to(server, colleague)]
    assert subjects.count(f"The safety brake of {school.number} needs you") == 1, "told once, not for each request"
    visitor = visit(email)
    visitor.open(f"/centres/{school.number}")
    assert "The safety brake holds Directory" in visitor.main()
    visitor.assert_accessible()
    visitor.follow("Look at it and decide")
    visitor.assert_accessible()
    visitor.press("Yes: release")
    assert "Released: for an hour, what your directory sends goes through." in visitor.main()
    (leaver, *_) = school.directory.get("/Users?filter=active%20eq%20true").json["Resources"]
    change = {"op": "replace", "path": "active", "value": False}
    assert school.directory.patch(f"/Users/{leaver['id']}", change).status == 200


def test_what_is_held_is_rejected(server: Server, school: School, visit: Visiting) -> None:
    email = manager(server, school)
    held(school)
    visitor = visit(email, scripts=False, phone=True)
    visitor.open(f"/centres/{school.number}/brake")
    visitor.press("No: reject")
    assert "Rejected: for a day" in visitor.main()
    visitor.page.get_by_label("Let it go on, and show it here").check()
    visitor.press("Save")
    assert "Saved." in visitor.main()
