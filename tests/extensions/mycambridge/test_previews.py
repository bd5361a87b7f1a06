"""Previews: who would gain and lose which role, seen before it happens, and nothing happens."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.centres import (
    CENTRE_USER,
    MANAGEMENT,
    OFFICER,
    SUBMIT,
    TEACHER,
    Board,
    School,
    approval,
    grant,
    mapping,
)
from tests.support.server import BULK, PATCH_OP, Answer, Client

Fact = tuple[str, str, str, bool]


def _facts(answer: Answer, which: str) -> set[Fact]:
    assert answer.status == 200, answer.body
    return {(each["user"]["value"], each["role"], each["centre"], each["pending"]) for each in answer.json[which]}


def _tried(client: Client, method: str, path: str, *operations: dict[str, Any]) -> Answer:
    body = {"schemas": [PATCH_OP], "Operations": list(operations)} if operations else None
    return client.send(method, f"{path}?dryRun=true", body)


def test_a_new_mapping_tells_who_would_gain_its_role(school: School) -> None:
    asha, ben = school.person(), school.person()
    english = school.group("English Dept", asha, school.group("Poetry", ben))

    seen = school.board.post("/RoleMappings?dryRun=true", mapping(english["id"]))

    assert _facts(seen, "gains") == {(each["id"], TEACHER, school.number, False) for each in (asha, ben)}
    assert _facts(seen, "losses") == set()
    assert school.roles(asha) == set()
    assert school.board.get("/RoleMappings").json["totalResults"] == 0


def test_whoever_has_the_role_otherwise_gains_and_loses_nothing(school: School) -> None:
    asha = school.person()
    school.grants(asha)
    english = school.group("English Dept", asha)

    assert school.board.post("/RoleMappings?dryRun=true", mapping(english["id"])).json["gains"] == []
    mapped = school.maps(english)
    assert _tried(school.board, "DELETE", f"/RoleMappings/{mapped['id']}").json["losses"] == []


def test_a_sensitive_mapping_tells_who_would_wait(school: School) -> None:
    asha = school.person()
    team = school.group("Exams Team", asha)

    seen = school.board.post("/RoleMappings?dryRun=true", mapping(team["id"], MANAGEMENT))

    assert _facts(seen, "gains") == {(asha["id"], MANAGEMENT, school.number, True)}


LOSSES: dict[str, Callable[[School, dict[str, Any], dict[str, Any], dict[str, Any]], Answer]] = {
    "deleting the mapping": lambda school, _asha, _group, mapped: _tried(
        school.board, "DELETE", f"/RoleMappings/{mapped['id']}"
    ),
    "deleting the group": lambda school, _asha, group, _mapped: _tried(
        school.directory, "DELETE", f"/Groups/{group['id']}"
    ),
    "leaving the group": lambda school, asha, group, _mapped: _tried(
        school.directory, "PATCH", f"/Groups/{group['id']}",
        {"op": "remove", "path": f'members[value eq "{asha["id"]}"]'},
    ),
    "deactivating the person": lambda school, asha, _group, _mapped: _tried(
        school.directory, "PATCH", f"/Users/{asha['id']}", {"op": "replace", "path": "active", "value": False}
    ),
    "deleting the person": lambda school, asha, _group, _mapped: _tried(
        school.directory, "DELETE", f"/Users/{asha['id']}"
    ),
    "closing the centre": lambda school, _asha, _group, _mapped: _tried(
        school.register, "PATCH", f"/Centres/{school.id}", {"op": "replace", "path": "active", "value": False}
    ),
    "removing the entries": lambda school, _asha, _group, _mapped: _tried(
        school.register, "PATCH", f"/Centres/{school.id}", {"op": "remove", "path": "entries"}
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", LOSSES)
def test_what_would_end_a_role_is_told_and_nothing_ends(school: School, what: str) -> None:
    asha = school.person()
    english = school.group("English Dept", asha)
    mapped = school.maps(english)

    seen = LOSSES[what](school, asha, english, mapped)

    assert _facts(seen, "losses") == {(asha["id"], TEACHER, school.number, False)}
    assert _facts(seen, "gains") == set()
    assert school.roles(asha) == {(TEACHER, school.number)}
    assert school.directory.get(f"/Groups/{english['id']}").json["members"][0]["value"] == asha["id"]


def test_a_designation_and_an_approval_are_previewed_too(school: School) -> None:
    asha, ben = school.person(), school.person()
    mapped = school.maps(school.group("Exams Team", ben), MANAGEMENT)

    designated = _tried(
        school.register, "PATCH", f"/Centres/{school.id}",
        {"op": "add", "path": "examsOfficers", "value": [{"value": asha["id"]}]},
    )  # fmt: skip
    approved = school.board.post("/RoleApprovals?dryRun=true", approval(mapped["id"], ben["id"]))

    number = school.number
    assert _facts(designated, "gains") == {
        (asha["id"], OFFICER, number, False),
        (asha["id"], MANAGEMENT, number, False),
    }
    assert _facts(approved, "gains") == {(ben["id"], MANAGEMENT, number, False)}
    assert school.roles(asha) == school.roles(ben) == set()


def test_a_move_tells_what_the_old_associate_would_lose(board: Board) -> None:
    old, new = board.associate(), board.associate()
    hill = board.school(SUBMIT, associate={"value": old.number})
    asha = old.person(**{CENTRE_USER: {"centres": [hill.number]}})
    old.maps(old.group("Hill Staff", asha), centre=hill.number)

    seen = _tried(
        board.register, "PATCH", f"/Centres/{hill.id}",
        {"op": "replace", "path": "associate", "value": {"value": new.id}},
    )  # fmt: skip

    assert _facts(seen, "losses") == {(asha["id"], TEACHER, hill.number, False)}
    assert old.roles(asha) == {(TEACHER, hill.number)}


def test_a_preview_is_refused_as_the_change_itself_would_be(school: School) -> None:
    asha = school.person()

    refused = school.directory.post("/RoleGrants?dryRun=true", grant(asha["id"]))

    assert refused.status == 403


@pytest.mark.parametrize("value", ["yes", "True", "1", ""])
def test_a_doubtful_dry_run_changes_nothing(school: School, value: str) -> None:
    asha = school.person()

    refused = school.directory.send("DELETE", f"/Users/{asha['id']}?dryRun={value}")

    assert (refused.status, refused.json["scimType"]) == (400, "invalidValue")
    assert school.directory.get(f"/Users/{asha['id']}").status == 200


def test_a_bulk_request_cannot_be_tried(school: School) -> None:
    refused = school.directory.post("/Bulk?dryRun=true", {"schemas": [BULK], "Operations": []})

    assert refused.status == 400
    assert "one operation at a time" in refused.json["detail"]
