"""A directory that would end the access of everybody is held, and somebody decides."""

import pytest

from tests.support.browser import PASSWORD, Visiting, both_ways, manager
from tests.support.centres import Board, School
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


@pytest.mark.parametrize(("scripts", "phone"), [(True, False), (False, True)])
def test_what_is_held_is_seen_and_released(
    server: Server, school: School, visit: Visiting, *, scripts: bool, phone: bool
) -> None:
    email = manager(server, school)
    colleague = f"colleague@{school.number.lower()}.example"
    school.grants(school.person(colleague, emails=[{"value": colleague, "primary": True}]), "user-management")
    asha = school.person(displayName="Asha Patel")
    school.grants(asha)
    held(school)
    subjects = [each["Subject"] for each in letters_to(server, colleague)]
    assert subjects.count(f"The safety brake of {school.number} needs you") == 1, "told once, not for each request"
    assert school.directory.delete(f"/Users/{asha['id']}").status == 429
    visitor = visit(email, scripts=scripts, phone=phone)
    visitor.open(f"/centres/{school.number}")
    assert "The safety brake holds Directory" in visitor.main()
    visitor.follow("Look at it and decide")
    assert "up to 10 people, or of up to 30 % of the people" in visitor.main()
    visitor.page.get_by_text("people keep access until then").click()
    assert "Asha Patel: Submit for Assessment: Teacher" in visitor.main()
    if scripts:
        visitor.assert_accessible()
    visitor.press("Yes: release")
    assert visitor.heading() == "Release Directory?"
    assert "people would lose access" in visitor.main()
    if scripts:
        visitor.assert_accessible()
    visitor.page.get_by_label("Why (optional)").fill("Merged with another school")
    visitor.press("Release")
    assert "Released: for an hour, what your directory sends goes through." in visitor.main()
    assert "Merged with another school" in visitor.main()
    assert school.directory.delete(f"/Users/{asha['id']}").status == 204


@both_ways
def test_what_is_held_is_rejected_and_released_after_all(server: Server, school: School, visit: Visiting) -> None:
    email = manager(server, school)
    asha = school.person()
    held(school)
    visitor = visit(email)
    visitor.open(f"/centres/{school.number}/brake")
    visitor.press("No: reject")
    visitor.press("Reject")
    assert "Rejected: for a day" in visitor.main()
    assert school.directory.delete(f"/Users/{asha['id']}").status == 403
    visitor.follow("Release it now")
    visitor.press("Release")
    assert school.directory.delete(f"/Users/{asha['id']}").status == 204


def test_many_who_will_leave_are_announced_before_they_do(server: Server, school: School, visit: Visiting) -> None:
    visitor = visit(manager(server, school))
    visitor.open(f"/centres/{school.number}/brake")
    assert "Nothing is held, and nothing has been." in visitor.main()
    visitor.assert_accessible()
    visitor.follow("Change what happens with Directory")
    assert visitor.page.get_by_label("Hold the directory until somebody decides").is_checked()
    visitor.page.get_by_label("Let it go on, and show it here").check()
    visitor.assert_accessible()
    visitor.press("Save")
    assert "Saved." in visitor.main()
    people = [school.person() for _ in range(12)]
    assert {school.directory.delete(f"/Users/{each['id']}").status for each in people} == {204}
    visitor.open(f"/centres/{school.number}/brake")
    assert "people within an hour; nothing was held." in visitor.main()


@pytest.mark.parametrize("path", ["release", "reject", "mode"])
def test_the_brake_needs_the_password_again_when_it_was_long_ago(
    server: Server, school: School, visit: Visiting, path: str
) -> None:
    email = manager(server, school)
    held(school)
    (brake,) = school.board.get("/SafetyBrakes").json["Resources"]
    visitor = visit(email)
    with server.database.write() as transaction:
        transaction.connection.exec_driver_sql("UPDATE sessions SET proven = '2020-01-01T00:00:00.000000Z'")
    where = f"mode?connection={brake['connection']['value']}" if path == "mode" else f"{brake['id']}/{path}"
    visitor.open(f"/centres/{school.number}/brake/{where}")
    assert visitor.heading() == "Confirm that it is you"
    visitor.page.get_by_label("Password", exact=True).fill(PASSWORD)
    visitor.press("Continue")
    assert visitor.page.url.endswith(where)


def test_a_connection_of_somebody_else_has_no_brake_here(
    server: Server, board: Board, school: School, visit: Visiting
) -> None:
    elsewhere = board.school()
    email = manager(server, school)
    centre = board.register.get(f"/Centres/{elsewhere.id}/summary").json
    visitor = visit(email)
    visitor.open(f"/centres/{school.number}/brake/mode?connection={centre['connections'][0]['value']}")
    assert visitor.heading() == "Page not found"
