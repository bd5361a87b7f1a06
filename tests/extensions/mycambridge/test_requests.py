"""Roles that a directory asks for: people find them, grant them, or ignore them; by itself nothing happens."""

from typing import Any

import pytest

from tests.support.centres import CENTRE_USER, MANAGEMENT, TEACHER, School, made
from tests.support.server import Answer, Client

IGNORED = "urn:ietf:params:scim:schemas:mycambridge:2.0:IgnoredRequest"
REQUESTED = f"{CENTRE_USER}:requestedRoles"


def ignore(client: Client, person: dict[str, Any], role: str = TEACHER, **attributes: Any) -> Answer:
    document = {"schemas": [IGNORED], "user": {"value": person["id"]}, "role": role, **attributes}
    return client.post("/IgnoredRequests", document)


def asking(school: School, *roles: str) -> dict[str, Any]:
    """Let the directory provision somebody, and ask for roles."""
    return school.person(roles=[{"value": role} for role in roles])


def requested(school: School, person: dict[str, Any]) -> list[str]:
    """Return the roles that are shown as requested for somebody."""
    shown = school.directory.get(f"/Users/{person['id']}").json[CENTRE_USER]
    return list(shown.get("requestedRoles", []))


def test_whoever_waits_for_an_answer_is_found(school: School) -> None:
    asha, ben = asking(school, TEACHER), asking(school, "Librarian", TEACHER.upper())
    school.person()

    assert school.found(f"{REQUESTED} pr") == sorted([asha["id"], ben["id"]])
    assert school.found(f'{REQUESTED} eq "{TEACHER}"') == sorted([asha["id"], ben["id"]])
    assert school.found(f'{REQUESTED}[value eq "librarian"]') == [ben["id"]]


def test_what_was_granted_is_not_requested_any_more(school: School) -> None:
    asha = asking(school, TEACHER)
    school.grants(asha)

    assert school.found(f"{REQUESTED} pr") == []


def test_a_role_that_waits_for_approval_is_still_requested(school: School) -> None:
    asha = asking(school, MANAGEMENT)
    school.maps(school.group("Exams Team", asha), MANAGEMENT)

    assert requested(school, asha) == [MANAGEMENT]
    assert school.found(f"{REQUESTED} pr") == [asha["id"]]


def test_what_is_ignored_is_not_requested_until_somebody_thinks_again(school: School) -> None:
    asha = asking(school, TEACHER, "Librarian")
    _, manager = school.manager()

    ignoring = made(ignore(manager, asha, TEACHER.upper(), note="Teaches no exam class"))

    assert requested(school, asha) == ["Librarian"]
    assert school.found(f'{REQUESTED} eq "{TEACHER}"') == []
    assert school.roles(asha) == set()
    told = {
        each["value"]: each["explanation"] for each in manager.get(f"/Users/{asha['id']}/access").json["requestedRoles"]
    }
    assert "ignored that on" in told[TEACHER]
    assert "(Teaches no exam class), so it has no effect." in told[TEACHER]
    assert manager.delete(f"/IgnoredRequests/{ignoring['id']}").status == 204
    assert requested(school, asha) == [TEACHER, "Librarian"]


def test_only_what_is_asked_for_is_ignored_and_only_once(school: School) -> None:
    asha = asking(school, TEACHER)
    _, manager = school.manager()

    unasked = ignore(manager, asha, MANAGEMENT)
    assert (unasked.status, "there is nothing to ignore" in unasked.json["detail"]) == (400, True)
    made(ignore(manager, asha))
    assert ignore(manager, asha).status == 409


def test_nobody_decides_about_what_is_asked_for_themselves(school: School) -> None:
    own, manager = school.manager()
    roles = {"op": "add", "path": "roles", "value": [{"value": TEACHER}]}
    assert school.directory.patch(f"/Users/{own['id']}", roles).status == 200

    refused = ignore(manager, own)
    assert refused.status == 403
    assert "Nobody amends their own roles" in refused.json["detail"]
    ignoring = made(ignore(school.board, own))
    assert manager.delete(f"/IgnoredRequests/{ignoring['id']}").status == 403


@pytest.mark.parametrize("who", ["directory", "teacher"])
def test_a_directory_and_people_without_user_management_ignore_nothing(school: School, who: str) -> None:
    asha = asking(school, TEACHER)
    client = school.directory if who == "directory" else school.acting_as(school.person())

    assert ignore(client, asha).status == 403


def test_what_was_ignored_is_forgotten_with_the_person(school: School) -> None:
    asha = asking(school, TEACHER)
    made(ignore(school.board, asha))

    assert school.directory.delete(f"/Users/{asha['id']}").status == 204
    assert school.board.get("/IgnoredRequests").json["totalResults"] == 0
