"""The eleven rules of the exam board, on every path on which they could be broken."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scim_server.accounts.register import link_user
from tests.support.centres import (
    CENTRE_USER,
    LISTENING,
    MANAGEMENT,
    NOMINATED,
    OFFICER,
    SUBMIT,
    SUSPENSION,
    TEACHER,
    Board,
    School,
    approval,
    grant,
    mapping,
)
from tests.support.pages import account_of, person_with_account
from tests.support.people import group, user
from tests.support.server import BULK, SCIM_SERVER, Answer, Client

ALLOWANCE = "urn:ietf:params:scim:schemas:mycambridge:2.0:RoleAllowance"
Refused = tuple[int, str]


def _sent(client: Client, endpoint: str, body: dict[str, Any]) -> Refused:
    answer = client.post(endpoint, body)
    return answer.status, str(answer.json.get("detail"))


def _in_bulk(client: Client, endpoint: str, body: dict[str, Any]) -> Refused:
    operation = {"method": "POST", "path": endpoint, "bulkId": "1", "data": body}
    outcome = client.post("/Bulk", {"schemas": [BULK], "Operations": [operation]}).json["Operations"][0]
    return int(outcome["status"]), str(outcome.get("response", {}).get("detail"))


def _by_command(school: School, *arguments: str) -> Refused:
    done = subprocess.run(
        [SCIM_SERVER, *arguments], env=school.server.environment, capture_output=True, text=True, check=False
    )
    return (403 if done.returncode == 1 else 200), done.stderr


PATHS: dict[str, Callable[[School, dict[str, Any], str], Refused]] = {
    "mapping": lambda school, person, role: _sent(
        school.board, "/RoleMappings", mapping(school.group("Staff", person)["id"], role)
    ),
    "mapping in bulk": lambda school, person, role: _in_bulk(
        school.board, "/RoleMappings", mapping(school.group("Staff", person)["id"], role)
    ),
    "mapping by command": lambda school, person, role: _by_command(
        school, "mapping", "add", "--centre", school.number, "--group", school.group("Staff", person)["id"],
        "--role", role,
    ),
    "grant": lambda school, person, role: _sent(school.board, "/RoleGrants", grant(person["id"], role)),
    "grant in bulk": lambda school, person, role: _in_bulk(school.board, "/RoleGrants", grant(person["id"], role)),
    "grant by command": lambda school, person, role: _by_command(
        school, "role", "grant", "--centre", school.number, "--user", person["userName"], "--role", role
    ),
}  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_rule_1_global_listening_cannot_be_given_to_anyone(board: Board, path: str) -> None:
    school = board.school(SUBMIT, LISTENING)
    asha = school.person()

    status, detail = PATHS[path](school, asha, OFFICER)

    assert status == 403
    assert "designated by the exam board only" in detail
    assert "Global Listening cannot be given" in detail
    assert school.roles(asha) == set()


@pytest.mark.parametrize("path", PATHS)
def test_rule_2_a_role_needs_the_service_at_the_centre(board: Board, path: str) -> None:
    school = board.school(LISTENING)
    asha = school.person()

    status, detail = PATHS[path](school, asha, TEACHER)

    assert status == 403
    assert f"Centre {school.number} has no entries for a syllabus that uses Submit for Assessment" in detail


@pytest.mark.parametrize("path", PATHS)
def test_rule_2_access_arrangements_needs_an_offering_country(board: Board, path: str) -> None:
    abroad = board.school(SUBMIT, country="IN")

    status, detail = PATHS[path](abroad, abroad.person(), NOMINATED)

    assert status == 403
    assert "Apply for Access Arrangements is not offered in IN" in detail


@pytest.mark.parametrize("path", PATHS)
def test_a_role_that_nobody_knows_is_refused_with_those_there_are(school: School, path: str) -> None:
    status, detail = PATHS[path](school, school.person(), "head-teacher")

    assert status == (403 if path.endswith("by command") else 400)
    assert "There is no role 'head-teacher'" in detail
    assert TEACHER in detail


def test_rule_3_nobody_amends_their_own_roles(school: School) -> None:
    manager, client = school.manager()
    own = school.group("Managers", manager)
    sensitive = school.maps(school.group("Exams Team", manager), MANAGEMENT)

    attempts = {
        "a grant": client.post("/RoleGrants", grant(manager["id"])),
        "a mapping": client.post("/RoleMappings", mapping(own["id"])),
        "an approval": client.post("/RoleApprovals", approval(sensitive["id"], manager["id"])),
        "the end of a grant": client.delete(f"/RoleGrants/{_grant_of(school, manager)}"),
        "the end of a mapping": client.delete(f"/RoleMappings/{sensitive['id']}"),
    }

    for what, answer in attempts.items():
        assert answer.status == 403, what
        assert "Nobody amends their own roles" in answer.json["detail"], what
    assert school.roles(manager) == {(MANAGEMENT, school.number)}


def test_rule_3_the_users_of_one_account_are_one_person(board: Board) -> None:
    associate = board.associate()
    school = board.school(SUBMIT, associate={"value": associate.id})
    manager, _ = associate.manager()
    teacher = school.person(roles=[{"value": TEACHER}])
    own, waits = school.group("English Dept", teacher), school.group("Exams Team", teacher)
    sensitive, given = school.maps(waits, MANAGEMENT), school.grants(teacher)
    email = person_with_account(school.server, associate.number, manager)
    with school.server.database.write() as transaction:
        link_user(transaction, account_of(school.server, email).id, school.number, teacher["id"])
    client = associate.acting_as(manager, school.number)
    (connection,) = school.register.get(f"/Centres/{school.id}/summary").json["connections"]

    attempts = {
        "a grant": client.post("/RoleGrants", grant(teacher["id"])),
        "a mapping": client.post("/RoleMappings", mapping(own["id"])),
        "an approval": client.post("/RoleApprovals", approval(sensitive["id"], teacher["id"])),
        "the end of a grant": client.delete(f"/RoleGrants/{given['id']}"),
        "the end of a mapping": client.delete(f"/RoleMappings/{sensitive['id']}"),
        "an allowance": client.post(
            "/RoleAllowances",
            {"schemas": [ALLOWANCE], "connection": {"value": connection["value"]}, "role": TEACHER},
        ),
        "a suspension": client.post("/Suspensions", {"schemas": [SUSPENSION], "user": {"value": teacher["id"]}}),
    }

    for what, answer in attempts.items():
        assert answer.status == 403, what
        assert "Nobody amends their own roles" in answer.json["detail"], what
    assert client.post("/RoleGrants", grant(school.person()["id"])).status == 201, "others are theirs to look after"


def _grant_of(school: School, person: dict[str, Any]) -> str:
    rows = school.board.get("/RoleGrants").json["Resources"]
    return str(next(each["id"] for each in rows if each["user"]["value"] == person["id"]))


def test_rule_3_a_nested_group_is_ones_own_too(school: School) -> None:
    manager, client = school.manager()
    staff = school.group("All Staff", school.group("Managers", manager))

    answer = client.post("/RoleMappings", mapping(staff["id"]))

    assert (answer.status, school.roles(manager)) == (403, {(MANAGEMENT, school.number)})


def test_rule_4_only_the_board_designates(school: School) -> None:
    asha, (_, manager) = school.person(), school.manager()
    officers = {"op": "add", "path": "examsOfficers", "value": [{"value": asha["id"]}]}

    for client in (school.directory, manager):
        answer = client.patch(f"/Centres/{school.id}", officers)
        assert answer.status == 403
        assert "board" in answer.json["detail"]
    assert school.roles(asha) == set()


def test_rule_4_a_directory_that_deactivates_the_exams_officer_is_obeyed_and_the_centre_is_flagged(
    school: School,
) -> None:
    officer = school.person()
    school.designates(officer)
    assert school.roles(officer) == {(OFFICER, school.number), (MANAGEMENT, school.number)}
    assert _centre(school)["managed"] is True

    off = school.directory.patch(f"/Users/{officer['id']}", {"op": "replace", "value": {"active": False}})

    assert off.status == 200
    assert school.roles(officer) == set()
    assert _centre(school)["managed"] is False
    assert _centre(school)["examsOfficers"][0]["value"] == officer["id"]
    unmanaged = school.server.command("centre", "list", "--unmanaged")
    assert school.number in unmanaged

    school.directory.patch(f"/Users/{officer['id']}", {"op": "replace", "value": {"active": True}})
    assert school.roles(officer) == {(OFFICER, school.number), (MANAGEMENT, school.number)}


def test_rule_4_a_deleted_exams_officer_stays_designated_without_effect(school: School) -> None:
    officer = school.person("officer@gb001.example")
    school.designates(officer)

    assert school.directory.delete(f"/Users/{officer['id']}").status == 204

    assert _centre(school)["examsOfficers"][0]["display"] == "officer@gb001.example"
    assert _centre(school)["managed"] is False
    again = school.person("officer@gb001.example")
    assert school.roles(again) == set()


def _centre(school: School) -> dict[str, Any]:
    shown: dict[str, Any] = school.register.get(f"/Centres/{school.id}?attributes=managed,examsOfficers").json
    return shown


@pytest.mark.parametrize("value", [MANAGEMENT, OFFICER, TEACHER])
@pytest.mark.parametrize("form", ["post", "patch", "put", "bulk", "json text", "import"])
def test_rule_5_the_roles_a_directory_sends_are_requested_and_grant_nothing(
    school: School, form: str, value: str, tmp_path: Path
) -> None:
    asha = _with_roles(school, form, value, tmp_path)

    shown = school.directory.get(f"/Users/{asha}").json

    assert "effectiveRoles" not in shown[CENTRE_USER]
    assert shown[CENTRE_USER]["requestedRoles"] == [value]
    access = school.directory.get(f"/Users/{asha}/access").json
    assert access["requestedRoles"][0]["value"] == value


def _with_roles(school: School, form: str, value: str, folder: Path) -> str:
    roles = [{"value": value, "primary": True}]
    if form == "post":
        return str(school.person(roles=roles)["id"])
    if form == "bulk":
        body = {"method": "POST", "path": "/Users", "bulkId": "1", "data": user(roles=roles)}
        done = school.directory.post("/Bulk", {"schemas": [BULK], "Operations": [body]}).json["Operations"][0]
        return str(done["location"]).rpartition("/")[2]
    if form == "import":
        file = folder / "people.jsonl"
        file.write_text(json.dumps(user("imported@gb001.example", roles=roles)))
        school.server.command("import", "--tenant", school.number, str(file))
        return school.found('userName eq "imported@gb001.example"')[0]
    asha = school.person()
    path = f"/Users/{asha['id']}"
    if form == "put":
        school.directory.put(path, user(asha["userName"], roles=roles))
    else:
        sent: Any = roles if form == "patch" else [f'{{"value": "{value}"}}']
        school.directory.patch(path, {"op": "add", "path": "roles", "value": sent})
    return str(asha["id"])


def test_rule_5_what_was_requested_can_be_granted_by_people(school: School) -> None:
    asha = school.person(roles=[{"value": TEACHER}])

    school.grants(asha)

    shown = school.directory.get(f"/Users/{asha['id']}").json[CENTRE_USER]
    assert "requestedRoles" not in shown
    assert school.roles(asha) == {(TEACHER, school.number)}


@pytest.mark.parametrize("bulk", [False, True])
def test_rule_5_a_directory_never_writes_mappings_grants_approvals_or_centres(school: School, *, bulk: bool) -> None:
    asha = school.person()
    english = school.group("English Dept", asha)
    send = _in_bulk if bulk else _sent
    centre = {
        "schemas": ["urn:ietf:params:scim:schemas:mycambridge:2.0:Centre"], "centreNumber": "ZZ999",
        "displayName": "Mine", "country": "GB",
    }  # fmt: skip

    for endpoint, body in (
        ("/RoleMappings", mapping(english["id"])),
        ("/RoleGrants", grant(asha["id"])),
        ("/Centres", centre),
    ):
        status, detail = send(school.directory, endpoint, body)
        assert status == 403, endpoint
        assert "board" in detail, endpoint
    assert school.roles(asha) == set()


def test_rule_5_a_directory_reads_the_catalogue_its_centre_its_mappings_and_its_grants(school: School) -> None:
    asha = school.person()
    school.maps(school.group("English Dept", asha))
    school.grants(asha, MANAGEMENT)

    totals = {
        endpoint: school.directory.get(endpoint).json["totalResults"]
        for endpoint in ("/Roles", "/Entitlements", "/Centres", "/RoleMappings", "/RoleGrants", "/RoleApprovals")
    }

    assert totals == {
        "/Roles": 5, "/Entitlements": 3, "/Centres": 1, "/RoleMappings": 1, "/RoleGrants": 1, "/RoleApprovals": 0,
    }  # fmt: skip


def test_rule_6_a_new_member_of_a_sensitive_group_waits_for_approval(school: School) -> None:
    asha, (_, manager) = school.person(), school.manager()
    team = school.group("Exams Team")
    mapped = school.maps(team, MANAGEMENT)
    assert mapped["requiresApproval"] is True

    school.directory.patch(f"/Groups/{team['id']}", {"op": "add", "path": "members", "value": [{"value": asha["id"]}]})

    (waiting,) = school.shown_roles(asha)
    assert (waiting["value"], waiting["pending"]) == (MANAGEMENT, True)
    assert school.acting_as(asha).get("/Users").status == 403
    pending = f'{CENTRE_USER}:effectiveRoles[value eq "{MANAGEMENT}" and pending eq true]'
    assert school.found(pending) == [asha["id"]]

    decided = manager.post("/RoleApprovals", approval(mapped["id"], asha["id"]))

    assert decided.status == 201, decided.body
    assert school.roles(asha) == {(MANAGEMENT, school.number)}
    assert school.acting_as(asha).get("/Users").status == 200


def test_rule_6_a_declined_member_has_no_role(school: School) -> None:
    asha, (_, manager) = school.person(), school.manager()
    mapped = school.maps(school.group("Exams Team", asha), MANAGEMENT)

    manager.post("/RoleApprovals", approval(mapped["id"], asha["id"], "declined"))

    assert school.shown_roles(asha) == []
    (declined,) = school.directory.get(f"/Users/{asha['id']}/access").json["notEffective"]
    assert "declined" in declined["explanation"]


def test_rule_6_who_left_the_group_and_comes_back_waits_again(school: School) -> None:
    asha = school.person()
    team = school.group("Exams Team", asha)
    mapped = school.maps(team, MANAGEMENT)
    school.board.post("/RoleApprovals", approval(mapped["id"], asha["id"]))
    assert school.roles(asha) == {(MANAGEMENT, school.number)}
    member = {"value": asha["id"]}

    school.directory.patch(f"/Groups/{team['id']}", {"op": "remove", "path": "members", "value": [member]})
    school.directory.patch(f"/Groups/{team['id']}", {"op": "add", "path": "members", "value": [member]})

    (waiting,) = school.shown_roles(asha)
    assert waiting["pending"] is True


def test_rule_6_a_nested_group_that_left_and_comes_back_brings_nobody_who_was_approved_before(school: School) -> None:
    asha = school.person()
    office = school.group("Exams Office", asha)
    team = school.group("Exams Team", office)
    mapped = school.maps(team, MANAGEMENT)
    school.board.post("/RoleApprovals", approval(mapped["id"], asha["id"]))
    assert school.roles(asha) == {(MANAGEMENT, school.number)}
    nested = {"value": office["id"]}

    school.directory.patch(f"/Groups/{team['id']}", {"op": "remove", "path": "members", "value": [nested]})
    school.directory.patch(f"/Groups/{team['id']}", {"op": "add", "path": "members", "value": [nested]})

    (waiting,) = school.shown_roles(asha)
    assert waiting["pending"] is True
    assert school.found(f"{CENTRE_USER}:effectiveRoles[pending eq true]") == [asha["id"]]


def test_rule_6_approval_can_be_switched_off_for_a_mapping_by_a_person_and_that_is_on_record(school: School) -> None:
    asha, (_, manager) = school.person(), school.manager()
    mapped = school.maps(school.group("Exams Team", asha), MANAGEMENT)
    switch = {"op": "replace", "path": "requiresApproval", "value": False}

    assert school.directory.patch(f"/RoleMappings/{mapped['id']}", switch).status == 403
    assert manager.patch(f"/RoleMappings/{mapped['id']}", switch).status == 200

    assert school.roles(asha) == {(MANAGEMENT, school.number)}
    changes = school.board.get(f'/Changes?filter=target.value%20eq%20"{mapped["id"]}"').json["Resources"]
    switched = [each for each in changes if each["operation"] == "patch" and each["outcome"] == "done"]
    assert switched[0]["attributes"] == [{"path": "requiresApproval", "before": "true", "after": "false"}]
    assert switched[0]["actor"]["type"] == "person"


def test_rule_6_a_directory_that_puts_its_own_administrator_in_a_mapped_group_gains_nothing(school: School) -> None:
    team = school.group("Exams Team")
    mapped = school.maps(team, MANAGEMENT)
    intruder = school.person("directory.admin@gb001.example")

    school.directory.patch(
        f"/Groups/{team['id']}", {"op": "add", "path": "members", "value": [{"value": intruder["id"]}]}
    )
    approved = school.directory.post("/RoleApprovals", approval(mapped["id"], intruder["id"]))

    assert approved.status == 403
    assert school.roles(intruder) == set()


def test_a_group_that_is_renamed_to_look_like_a_mapped_one_gains_nothing(school: School) -> None:
    asha, ben = school.person(), school.person()
    school.maps(school.group("English Dept", asha))
    other = school.group("Catering", ben)

    school.directory.patch(f"/Groups/{other['id']}", {"op": "replace", "path": "displayName", "value": "English Dept"})

    assert school.roles(ben) == set()


def test_rule_8_an_associate_acts_for_its_own_centres_only(board: Board) -> None:
    associate = board.associate()
    hill = board.school(SUBMIT, associate={"value": associate.number})
    foreign = board.school(SUBMIT)
    asha = associate.person(**{CENTRE_USER: {"centres": [hill.number]}})
    staff = associate.group("Hill Staff", asha)
    people_of_associate = associate.manager()[1]

    mapped = people_of_associate.post("/RoleMappings", mapping(staff["id"], centre=hill.number))
    assert mapped.status == 201, mapped.body
    assert associate.roles(asha) == {(TEACHER, hill.number)}

    for answer in (
        people_of_associate.post("/RoleMappings", mapping(staff["id"], centre=foreign.number)),
        people_of_associate.post("/RoleGrants", grant(asha["id"], centre=foreign.number)),
        associate.directory.patch(
            f"/Users/{asha['id']}", {"op": "replace", "path": f"{CENTRE_USER}:centres", "value": [foreign.number]}
        ),
    ):
        assert answer.status == 403
        assert foreign.number in answer.json["detail"]
        assert hill.number in answer.json["detail"]


def test_rule_8_people_of_an_associate_change_organisation_to_its_centres_and_no_others(board: Board) -> None:
    associate = board.associate()
    hill, foreign = board.school(SUBMIT, associate={"value": associate.number}), board.school(SUBMIT)
    teacher = hill.person()
    manager, _ = associate.manager()

    there = associate.acting_as(manager, tenant=hill.number)
    assert there.post("/RoleGrants", grant(teacher["id"])).status == 201
    assert hill.roles(teacher) == {(TEACHER, hill.number)}
    assert associate.acting_as(manager, tenant=foreign.number).get("/Users").status == 404
    assert hill.acting_as(hill.manager()[0], tenant=associate.number).get("/Users").status == 404


def test_rule_8_a_move_cuts_the_reach_of_the_old_associate_at_once(board: Board) -> None:
    old, new = board.associate(), board.associate()
    hill = board.school(SUBMIT, associate={"value": old.number})
    asha = old.person(**{CENTRE_USER: {"centres": [hill.number]}})
    old.maps(old.group("Hill Staff", asha), centre=hill.number)
    manager = old.manager()[1]
    assert old.roles(asha) == {(TEACHER, hill.number)}

    moved = board.register.patch(
        f"/Centres/{hill.id}", {"op": "replace", "path": "associate", "value": {"value": new.id}}
    )

    assert moved.status == 200, moved.body
    assert moved.json["associate"]["centreNumber"] == new.number
    assert old.roles(asha) == set()
    assert old.directory.get("/Centres").json["totalResults"] == 1
    assert new.directory.get("/Centres").json["totalResults"] == 2
    assert manager.post("/RoleGrants", grant(asha["id"], centre=hill.number)).status == 403
    lost = old.directory.get(f"/Users/{asha['id']}/access").json["notEffective"][0]["explanation"]
    assert f"does not act for centre {hill.number} any more" in lost
    # The people it provisioned can still be deactivated.
    off = old.directory.patch(f"/Users/{asha['id']}", {"op": "replace", "value": {"active": False}})
    assert off.status == 200


def test_rule_8_a_centre_sees_everybody_who_has_a_role_there_whoever_provisioned_them(board: Board) -> None:
    associate = board.associate()
    hill = board.school(SUBMIT, associate={"value": associate.number})
    theirs, ours, elsewhere = associate.person(), hill.person(), associate.person()
    associate.grants(theirs, centre=hill.number)
    associate.grants(elsewhere, MANAGEMENT)
    hill.grants(ours)
    manager, client = hill.manager()

    people = client.get(f"/Centres/{hill.id}/people").json["people"]

    assert {(each["user"]["value"], each["organisation"], each["roles"][0]["value"]) for each in people} == {
        (theirs["id"], associate.number, TEACHER),
        (ours["id"], hill.number, TEACHER),
        (manager["id"], hill.number, MANAGEMENT),
    }
    assert theirs["userName"] in board.server.command("role", "list", "--centre", hill.number)
    assert hill.directory.get(f"/Centres/{hill.id}/people").status == 403
    assert hill.acting_as(ours).get(f"/Centres/{hill.id}/people").status == 403


def test_rule_9_deactivation_and_deletion_end_personal_tokens_at_once(school: School) -> None:
    manager, client = school.manager()
    other, other_client = school.manager()
    assert client.get("/Users").status == 200

    school.directory.patch(f"/Users/{manager['id']}", {"op": "replace", "value": {"active": False}})
    school.directory.delete(f"/Users/{other['id']}")

    for ended in (client, other_client):
        answer = ended.get("/Users")
        assert answer.status == 401
        assert "deactivated or deleted" in answer.json["detail"]


def test_rule_10_an_exams_officer_who_also_teaches_is_shown_as_a_conflict(school: School) -> None:
    asha = school.person()
    school.designates(asha)
    school.grants(asha)

    assert school.directory.get(f"/Users/{asha['id']}").json[CENTRE_USER]["conflicts"] == [school.number]
    (conflict,) = school.directory.get(f"/Users/{asha['id']}/access").json["conflicts"]

    assert conflict["centre"] == school.number
    assert "exams officer and teacher" in conflict["explanation"]


def test_rule_11_a_refusal_is_on_record_with_who_asked_and_why(school: School) -> None:
    school.directory.post("/RoleGrants", grant(school.person()["id"]))

    (refusal,) = school.board.get('/Changes?filter=outcome%20eq%20"refused"').json["Resources"]

    assert refusal["actor"]["display"] == "Directory"
    assert refusal["target"]["type"] == "RoleGrant"
    assert "Identity providers provision people and groups" in refusal["detail"]


def test_rule_11_what_ends_with_a_person_is_on_record(school: School) -> None:
    asha = school.person()
    granted = school.grants(asha)

    school.directory.delete(f"/Users/{asha['id']}")

    assert school.board.get(f"/RoleGrants/{granted['id']}").status == 404
    (ended,) = school.board.get(
        f'/Changes?filter=target.value%20eq%20"{granted["id"]}"%20and%20operation%20eq%20"delete"'
    ).json["Resources"]
    assert ended["actor"]["display"] == "Directory"


def test_a_person_without_user_management_sees_only_themselves(school: School) -> None:
    asha, ben = school.person(), school.person()
    school.grants(asha)
    waiting = school.maps(school.group("Exams Team", ben), MANAGEMENT)
    client = school.acting_as(asha)

    assert client.get("/Me").json["id"] == asha["id"]
    assert client.get(f"/Users/{asha['id']}/access").status == 200
    answers: dict[str, Answer] = {
        "another person": client.get(f"/Users/{ben['id']}"),
        "another's access": client.get(f"/Users/{ben['id']}/access"),
        "everybody": client.get("/Users"),
        "mappings": client.get("/RoleMappings"),
        "the journal": client.get("/Changes"),
        "a grant": client.post("/RoleGrants", grant(ben["id"])),
        "a preview": client.post("/RoleGrants?dryRun=true", grant(ben["id"])),
        "a decision": client.post("/RoleApprovals", approval(waiting["id"], ben["id"])),
    }
    assert {what: answer.status for what, answer in answers.items()} == dict.fromkeys(answers, 403)


def test_people_with_user_management_do_not_write_groups_centres_or_people_of_a_directory(school: School) -> None:
    asha, (_, manager) = school.person(), school.manager()

    assert manager.get("/Users").status == 200
    assert manager.post("/Groups", group("Staff")).status == 403
    assert manager.delete(f"/Users/{asha['id']}").status == 403
    assert manager.patch(f"/Centres/{school.id}", {"op": "remove", "path": "entries"}).status == 403


def test_an_address_that_nothing_can_have_is_not_found(school: School) -> None:
    manager, client = school.manager()
    elsewhere = school.acting_as(manager, tenant="%00")

    assert client.get("/Users/%00/access").status == 404
    assert client.get("/Centres/%00/people").status == 404
    assert elsewhere.get("/Users").status == 404
