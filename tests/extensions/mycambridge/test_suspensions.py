"""People with user management may always reduce what a person reaches, whoever provisioned the person."""

from typing import Any

import pytest

from tests.support.centres import MANAGEMENT, OFFICER, SUSPENSION, TEACHER, Board, School, made
from tests.support.server import Answer, Client


def suspend(client: Client, person: dict[str, Any], **attributes: Any) -> Answer:
    return client.post("/Suspensions", {"schemas": [SUSPENSION], "user": {"value": person["id"]}, **attributes})


def test_a_suspended_person_has_no_role_until_the_suspension_ends(school: School) -> None:
    asha = school.person()
    school.maps(school.group("English Dept", asha))
    school.grants(asha)
    _, manager = school.manager()

    suspension = made(suspend(manager, asha, note="On leave"))

    assert school.roles(asha) == set()
    assert (
        school.found(
            f'urn:ietf:params:scim:schemas:extension:mycambridge:2.0:User:effectiveRoles[value eq "{TEACHER}"]'
        )
        == []
    )
    (reason, *_) = manager.get(f"/Users/{asha['id']}/access").json["notEffective"]
    assert f"the person is suspended at {school.number}" in reason["explanation"]
    assert manager.delete(f"/Suspensions/{suspension['id']}").status == 204
    assert school.roles(asha) == {(TEACHER, school.number)}


def test_what_a_suspension_ends_is_seen_before(school: School) -> None:
    asha = school.person()
    school.grants(asha)
    _, manager = school.manager()
    body = {"schemas": [SUSPENSION], "user": {"value": asha["id"]}}
    foreseen = manager.send("POST", "/Suspensions?dryRun=true", body).json
    assert [(each["user"]["value"], each["role"]) for each in foreseen["losses"]] == [(asha["id"], TEACHER)]
    assert school.roles(asha) == {(TEACHER, school.number)}


def test_a_directory_suspends_nobody_and_ends_no_suspension(school: School) -> None:
    asha = school.person()
    assert suspend(school.directory, asha).status == 403
    suspension = made(suspend(school.board, asha))
    assert school.directory.delete(f"/Suspensions/{suspension['id']}").status == 403


def test_nobody_suspends_themselves_or_ends_their_own_suspension(school: School) -> None:
    person, manager = school.manager()
    refused = suspend(manager, person)
    assert refused.status == 403
    assert "you would suspend yourself" in refused.json["detail"]


def test_only_the_board_suspends_whom_it_designated(school: School) -> None:
    officer = school.person()
    school.designates(officer)
    _, manager = school.manager()
    refused = suspend(manager, officer)
    assert refused.status == 403
    assert "Ask the board to suspend them." in refused.json["detail"]
    made(suspend(school.board, officer))
    assert school.roles(officer) == set()


def test_a_suspended_manager_manages_nothing(school: School) -> None:
    person, manager = school.manager()
    asha = school.person()
    made(suspend(school.board, person))
    assert suspend(manager, asha).status == 403
    assert school.roles(person) == set()


def test_a_suspension_holds_at_one_centre_only(board: Board) -> None:
    associate = board.associate()
    first, second = (board.school("0500", associate={"value": associate.id}) for _ in range(2))
    asha = associate.person(
        **{"urn:ietf:params:scim:schemas:extension:mycambridge:2.0:User": {"centres": [first.number, second.number]}}
    )
    for school in (first, second):
        associate.grants(asha, centre=school.number)
    made(suspend(associate.board, asha, centre=first.number))
    assert associate.roles(asha) == {(TEACHER, second.number)}


def test_the_same_suspension_is_refused_twice_and_goes_with_the_person(school: School) -> None:
    asha = school.person()
    made(suspend(school.board, asha))
    assert suspend(school.board, asha).status == 409
    school.directory.delete(f"/Users/{asha['id']}")
    assert school.board.get("/Suspensions").json["totalResults"] == 0


@pytest.mark.parametrize("role", [MANAGEMENT, TEACHER])
def test_a_role_that_is_given_to_a_suspended_person_waits(school: School, role: str) -> None:
    asha = school.person()
    made(suspend(school.board, asha))
    school.grants(asha, role)
    assert school.roles(asha) == set()
    assert OFFICER not in {each for each, _ in school.roles(asha)}


def test_the_commands_suspend_and_let_go_on(school: School) -> None:
    server = school.server
    asha = school.person("asha@school.example")
    school.grants(asha)
    at = ("--centre", school.number, "--user", "asha@school.example")
    assert "has no role" in server.command("suspension", "add", *at, "--note", "On leave")
    assert "asha@school.example" in server.command("suspension", "list", "--centre", school.number)
    assert school.roles(asha) == set()
    server.command("suspension", "remove", *at)
    assert school.roles(asha) == {(TEACHER, school.number)}
    assert server.command("suspension", "list", "--centre", school.number) == ""


def test_a_closed_tile_says_that_the_person_is_suspended(school: School) -> None:
    asha = school.person()
    school.maps(school.group("English Dept", asha))
    made(suspend(school.board, asha))

    closed = {each["value"]: each for each in school.board.get(f"/Users/{asha['id']}/access").json["closedServices"]}

    assert closed["submit-for-assessment"]["explanation"].startswith("You are suspended at ")
