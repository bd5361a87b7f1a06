"""The catalogue: which services and roles there are, and which of them a school has."""

import pytest

from tests.support.centres import LISTENING, MANAGEMENT, OFFICER, SUBMIT, TEACHER, Board, School

ROLE = "urn:ietf:params:scim:schemas:core:2.0:Role"
OKTA_ROLE = "urn:okta:scim:schemas:core:1.0:Role"


def test_roles_say_whether_the_school_has_their_service_and_how_many_people_have_them(school: School) -> None:
    asha, ben = school.person(), school.person()
    school.maps(school.group("English Dept", asha, ben))
    school.maps(school.group("Exams Team", asha), MANAGEMENT)

    roles = {each["value"]: each for each in school.directory.get("/Roles").json["Resources"]}

    assert {value: role["supported"] for value, role in roles.items()} == {
        MANAGEMENT: True, TEACHER: True, "submit-for-assessment.exams-officer": True,
        "access-arrangements.nominated-user": True, OFFICER: False,
    }  # fmt: skip
    assert roles[TEACHER]["totalAssignmentsUsed"] == 2
    assert roles[MANAGEMENT]["totalAssignmentsUsed"] == 0, "She waits for approval."


def test_entitlements_are_the_services_and_name_the_roles_that_open_them(board: Board) -> None:
    school = board.school(LISTENING, country="IN")
    officer = school.person()
    school.designates(officer)

    services = {each["value"]: each for each in school.directory.get("/Entitlements").json["Resources"]}

    assert {value: service["supported"] for value, service in services.items()} == {
        "submit-for-assessment": False, "global-listening": True, "access-arrangements": False,
    }  # fmt: skip
    assert services["global-listening"]["containedBy"] == [{"value": OFFICER, "display": "Exams officer"}]
    assert services["global-listening"]["totalAssignmentsUsed"] == 1


@pytest.mark.parametrize(
    ("query", "values"),
    [
        ("filter=value%20sw%20%22submit%22&sortBy=value", ["submit-for-assessment.exams-officer", TEACHER]),
        ("filter=supported%20eq%20false", [OFFICER]),
        ("sortBy=display&sortOrder=descending&count=1", [MANAGEMENT]),
        ("sortBy=value&startIndex=2&count=1", [OFFICER]),
    ],
)
def test_the_catalogue_is_searched_like_everything_else(school: School, query: str, values: list[str]) -> None:
    found = school.directory.get(f"/Roles?{query}").json["Resources"]

    assert [each["value"] for each in found] == values


def test_the_catalogue_is_paged_by_cursor(school: School) -> None:
    first = school.directory.get("/Roles?cursor=&count=3").json
    second = school.directory.get(f"/Roles?cursor={first['nextCursor']}&count=3").json

    assert len({each["id"] for page in (first, second) for each in page["Resources"]}) == 5


def test_the_catalogue_cannot_be_written(school: School) -> None:
    for client in (school.directory, school.board):
        assert client.post("/Roles", {"schemas": [ROLE], "value": "head-teacher"}).status == 405
        assert client.delete(f"/Roles/{TEACHER}").status == 405


def test_a_role_that_does_not_exist_is_not_found(school: School) -> None:
    assert school.directory.get("/Roles/head-teacher").status == 404


def test_roles_and_entitlements_are_announced_to_people_and_to_okta(board: Board) -> None:
    school = board.school(SUBMIT)
    okta = school.server.client(f"OKTA{school.number}", "okta")

    for client in (school.board, okta):
        announced = client.get("/ServiceProviderConfig").json["RolesAndEntitlements"]
        assert announced["roles"]["supported"] is announced["entitlements"]["supported"] is True
    assert "RolesAndEntitlements" not in school.directory.get("/ServiceProviderConfig").json


def test_okta_finds_roles_by_its_own_name(board: Board) -> None:
    okta = board.server.client(f"OKTA{board.school().number}", "okta")

    types = {each["name"]: each["schema"] for each in okta.get("/ResourceTypes").json["Resources"]}

    assert types["Role"] == OKTA_ROLE
    assert okta.get(f"/Schemas/{OKTA_ROLE}").json["id"] == OKTA_ROLE
    assert {each["schemas"][0] for each in okta.get("/Roles").json["Resources"]} == {OKTA_ROLE}
    assert types["User"] == "urn:ietf:params:scim:schemas:core:2.0:User"
