"""Suspend anybody at the centre; add, change and remove people whom no directory provisions."""

from typing import Any
from uuid import uuid4

import pytest

from tests.support.browser import Visiting, account, board_account, both_ways, manager
from tests.support.centres import TEACHER, Board, School, made
from tests.support.letters import letters_to, link_to
from tests.support.pages import let_time_pass
from tests.support.people import user
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
    assert "1 person would lose" in visitor.main()
    if scripts:
        visitor.assert_accessible()
    visitor.page.get_by_label("Why (optional)").fill("On leave")
    visitor.press("Suspend")
    assert "Suspended at this centre by" in visitor.main()
    assert "On leave" in visitor.main()
    assert school.roles(asha) == set()
    if scripts:
        visitor.assert_accessible()
    visitor.open(f"/centres/{school.number}/people?q=asha")
    assert "Suspended" in visitor.main()
    visitor.follow("Asha Patel")
    visitor.follow("End the suspension")
    visitor.press("End the suspension")
    assert school.roles(asha) == {(TEACHER, school.number)}


@both_ways
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
    assert "Added by hand by" in visitor.main()
    visitor.follow("Change name or e-mail address")
    visitor.page.get_by_label("Name", exact=True).wait_for()
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


@both_ways
def test_people_of_a_directory_are_changed_there(server: Server, school: School, visit: Visiting) -> None:
    asha = school.person("asha@school.example", displayName="Asha Patel")
    visitor = visit(manager(server, school))
    visitor.open(f"/centres/{school.number}/people/{asha['id']}")
    assert "Comes from the directory connection Directory, and is changed there." in visitor.main()
    assert visitor.page.get_by_role("link", name="Remove", exact=True).count() == 0
    visitor.open(f"/centres/{school.number}/people/{asha['id']}/remove")
    assert "A directory provisions this person: change them there." in visitor.main()
    assert school.directory.get(f"/Users/{asha['id']}").status == 200


def test_a_question_that_is_answered_twice_is_done_once(server: Server, school: School, visit: Visiting) -> None:
    asha = school.person("asha@school.example", displayName="Asha Patel")
    school.grants(asha)
    email = manager(server, school)
    first, second = visit(email, scripts=False), visit(email, scripts=False)
    for visitor in (first, second):
        visitor.open(f"/centres/{school.number}/people/{asha['id']}/suspend")
    for visitor in (first, second):
        visitor.press("Suspend")
        assert "They have no role at this centre until you end the suspension." in visitor.main()
    assert school.roles(asha) == set()


def test_only_the_address_that_changes_is_changed(server: Server, school: School, visit: Visiting) -> None:
    emails = [{"value": "ann@visitor.example", "primary": True}, {"value": "ann@home.example", "type": "home"}]
    person = made(school.board.post("/Users", user("ann.lee", displayName="Ann Lee", emails=emails)))
    school.person("taken@school.example", emails=[{"value": "taken@school.example"}])
    visitor = visit(manager(server, school))
    path = f"/centres/{school.number}/people/{person['id']}/edit"
    visitor.open(path)
    visitor.page.get_by_label("E-mail address").fill("no address")
    visitor.press("Save")
    assert "Enter an e-mail address like name@school.example." in visitor.main()
    visitor.assert_accessible()
    visitor.page.get_by_label("E-mail address").fill("ann@new.example")
    visitor.press("Save")
    shown = school.board.get(f"/Users/{person['id']}").json
    assert (shown["userName"], shown["displayName"]) == ("ann.lee", "Ann Lee")
    assert [each["value"] for each in shown["emails"]] == ["ann@new.example", "ann@home.example"]


def test_whom_the_board_designated_is_left_to_the_board(server: Server, school: School, visit: Visiting) -> None:
    officer = made(school.board.post("/Users", user("officer@school.example", displayName="Olga Officer")))
    school.designates(officer)
    visitor = visit(manager(server, school))
    visitor.open(f"/centres/{school.number}/people/{officer['id']}")
    assert "only the board changes or removes them" in visitor.main()
    assert visitor.page.get_by_role("link", name="Change name or e-mail address").count() == 0
    box = visitor.page.get_by_role("group", name="Roles that are not changed on this page")
    assert box.get_by_label("Exams officer", exact=True).is_disabled()
    visitor.assert_accessible()
    visitor.open(f"/centres/{school.number}/people/{officer['id']}/remove")
    assert "Ask the board to change them." in visitor.main()


@pytest.mark.parametrize("scripts", [True, False])
def test_somebody_gets_a_link_for_a_new_password(
    server: Server, school: School, visit: Visiting, *, scripts: bool
) -> None:
    asha = school.person(f"{uuid4().hex[:8]}@school.example", displayName="Asha Patel")
    email = account(server, school, asha)
    visitor = visit(manager(server, school, "Olga Officer"), scripts=scripts, phone=not scripts)
    visitor.open(f"/centres/{school.number}/people/{asha['id']}")
    visitor.follow("Send a link for a new password")
    assert visitor.heading() == "Send Asha Patel a link for a new password?"
    visitor.press("Send")
    assert "A link to choose a new password is on its way to them." in visitor.main()
    visitor.open(f"/centres/{school.number}/audit?kind=security")
    assert f"sent a link for a new password to {email!r}" in visitor.main()
    (letter,) = letters_to(server, email)
    assert school.number in str(letter.get_content()), "who asked for it is said"
    stranger = visit()
    stranger.open(link_to(server, email))
    stranger.page.get_by_label("New password", exact=True).fill("granite teapot orchard seven")
    stranger.press("Change password")
    assert "Olga" not in stranger.main()
    stranger.page.get_by_label("E-mail address").fill(email)
    stranger.page.get_by_label("Password", exact=True).fill("granite teapot orchard seven")
    stranger.press("Sign in")
    assert stranger.heading() == "Your services"


def test_a_link_for_a_new_password_goes_only_to_those_who_can_use_it(
    server: Server, school: School, visit: Visiting
) -> None:
    new, left = school.person(), school.person(f"{uuid4().hex[:8]}@school.example")
    email = account(server, school, left)
    school.directory.patch(f"/Users/{left['id']}", {"op": "replace", "path": "active", "value": False})
    visitor = visit(manager(server, school))
    for person, reason in ((new, "This person has no account yet."), (left, "This person is deactivated")):
        visitor.open(f"/centres/{school.number}/people/{person['id']}/reset-password")
        visitor.press("Send")
        assert reason in visitor.main()
        visitor.assert_accessible()
    assert letters_to(server, email) == []


def invitable(school: School, name: str = "Asha Patel") -> dict[str, Any]:
    """Let the directory provision somebody with an address that nobody has."""
    email = f"{uuid4().hex[:8]}@school.example"
    return school.person(email, displayName=name, emails=[{"value": email, "primary": True}])


@both_ways
def test_an_invitation_is_sent_again_and_the_audit_says_by_whom(
    server: Server, school: School, visit: Visiting
) -> None:
    asha = invitable(school)
    assert len(letters_to(server, asha["userName"])) == 1
    visitor = visit(manager(server, school))
    visitor.open(f"/centres/{school.number}/people/{asha['id']}")
    visitor.follow("Send the invitation again")
    assert f"It goes to {asha['userName']}" in visitor.main()
    visitor.assert_accessible()
    visitor.press("Send")
    assert "An invitation is on its way." in visitor.main()
    assert len(letters_to(server, asha["userName"])) == 2
    visitor.open(f"/centres/{school.number}/audit?kind=security")
    assert f"sent the invitation again to {asha['userName']!r}" in visitor.main()


@pytest.mark.parametrize("scripts", [True, False])
def test_an_account_is_disconnected_and_another_person_is_invited(
    server: Server, school: School, visit: Visiting, *, scripts: bool
) -> None:
    asha = invitable(school)
    school.grants(asha)
    email, token = account(server, school, asha), school.acting_as(asha)
    assert token.get("/Me").status == 200
    theirs = visit(email)
    visitor = visit(manager(server, school), scripts=scripts, phone=not scripts)
    visitor.open(f"/centres/{school.number}/people/{asha['id']}")
    visitor.follow("Disconnect the account")
    assert visitor.heading() == "Disconnect the account of Asha Patel?"
    if scripts:
        visitor.assert_accessible()
    visitor.press("Disconnect")
    assert "The account is disconnected. You can send an invitation again." in visitor.main()
    theirs.open("/account")
    assert theirs.heading() == "Sign in to My Cambridge"
    assert token.get("/Me").status == 401, "nor does a token of theirs act as this person any more"
    letter = letters_to(server, email)[-1]
    assert letter["Subject"] == f"Your connection with School {school.number} was ended"
    school.directory.patch(f"/Users/{asha['id']}", {"op": "replace", "path": "active", "value": False})
    school.directory.patch(f"/Users/{asha['id']}", {"op": "replace", "path": "active", "value": True})
    assert letters_to(server, email)[-1]["Subject"] == letter["Subject"], "no change by a directory invites again"
    assert school.roles(asha) == {(TEACHER, school.number)}
    visitor.open(f"/centres/{school.number}/audit?kind=security")
    assert f"disconnected the account of {email!r}" in visitor.main()
    visitor.open(f"/centres/{school.number}/people/{asha['id']}")
    visitor.follow("Send the invitation again")
    visitor.press("Send")
    assert letters_to(server, email)[-1]["Subject"] == f"You have been added to School {school.number} on My Cambridge"


def test_disconnecting_asks_who_is_there_again(server: Server, school: School, visit: Visiting) -> None:
    asha, email = invitable(school), manager(server, school)
    account(server, school, asha)
    visitor = visit(email)
    let_time_pass(server, email, 16)
    visitor.open(f"/centres/{school.number}/people/{asha['id']}/disconnect")
    assert visitor.page.get_by_label("Password", exact=True).count() == 1


def test_only_the_board_invites_an_exams_officer_again_or_disconnects_the_account(
    server: Server, board: Board, school: School, visit: Visiting
) -> None:
    officer = invitable(school, "Olga Officer")
    school.designates(officer)
    visitor = visit(manager(server, school))
    path = f"/centres/{school.number}/people/{officer['id']}"
    for way, link, button in (
        ("invite", "Send the invitation again", "Send"),
        ("disconnect", "Disconnect the account", "Disconnect"),
    ):
        visitor.open(path)
        assert visitor.page.get_by_role("link", name=link, exact=True).count() == 0
        visitor.open(f"{path}/{way}")
        visitor.press(button)
        assert "only the board invites them again or disconnects their account" in visitor.main()
        account(server, school, officer)
    registrar = visit(board_account(server, board))
    registrar.open(path)
    registrar.follow("Disconnect the account")
    registrar.press("Disconnect")
    registrar.follow("Send the invitation again")
    registrar.press("Send")
    assert "An invitation is on its way." in registrar.main()


def test_nobody_disconnects_their_own_account_or_one_that_there_is_not(
    server: Server, school: School, visit: Visiting
) -> None:
    email = manager(server, school)
    (own,) = school.found(f'userName eq "{email}"')
    visitor = visit(email)
    for user_id, reason in ((own, "Nobody changes their own record."), (invitable(school)["id"], "has no account")):
        visitor.open(f"/centres/{school.number}/people/{user_id}/disconnect")
        visitor.press("Disconnect")
        assert reason in visitor.main()
        visitor.assert_accessible()
