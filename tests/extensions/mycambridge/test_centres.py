"""Centres: registered by the board, with the services their entries give them, and the people that belong to them."""

from pathlib import Path
from typing import Any

import pytest

from scim_server.connections.tokens import issue_token
from tests.support.centres import (
    CENTRE,
    CENTRE_GROUP,
    CENTRE_USER,
    LISTENING,
    MANAGEMENT,
    OFFICER,
    SUBMIT,
    Board,
    School,
    centre_number,
    grant,
    mapping,
)
from tests.support.people import created, group, user
from tests.support.server import BULK, Client, Server


def test_creating_a_centre_creates_its_tenant(board: Board) -> None:
    number = centre_number()
    document = {"schemas": [CENTRE], "centreNumber": number.lower(), "displayName": "Northgate", "country": "gb"}

    answer = board.register.post("/Centres", document)

    assert answer.status == 201
    shown = {name: answer.json[name] for name in ("centreNumber", "country", "kind", "active")}
    assert shown == {"centreNumber": number, "country": "GB", "kind": "centre", "active": True}
    assert number in board.server.command("tenant", "list")
    again = board.register.post("/Centres", document)
    assert (again.status, again.json["scimType"]) == (409, "uniqueness")


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("centreNumber", "the school"),
        ("country", "Great Britain"),
        ("kind", "university"),
        ("associate", {"value": "ZZ999"}),
        ("entries", [{"series": "June 2026", "syllabus": "0500"}]),
        ("entries", [{"series": "2026-06", "syllabus": "English"}]),
        ("entries", [{"series": "2026-06", "syllabus": "0500", "option": "ABC"}]),
        ("examsOfficers", [{"value": "nobody"}]),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_kept(board: Board, attribute: str, value: object) -> None:
    number = centre_number()
    document = {"schemas": [CENTRE], "centreNumber": number, "displayName": "Northgate", "country": "GB"}

    answer = board.register.post("/Centres", {**document, attribute: value})

    assert (answer.status, answer.json.get("scimType")) == (400, "invalidValue"), answer.body
    assert board.register.get(f"/Centres?filter=centreNumber%20eq%20%22{number}%22").json["totalResults"] == 0
    assert number not in board.server.command("tenant", "list")


def test_a_centre_is_renamed_but_never_renumbered(school: School) -> None:
    path = f"/Centres/{school.id}"

    renamed = school.register.patch(path, {"op": "replace", "path": "displayName", "value": "Southgate"})
    renumbered = school.register.patch(path, {"op": "replace", "path": "centreNumber", "value": "GB999"})

    assert (renamed.status, renamed.json["displayName"]) == (200, "Southgate")
    assert (renumbered.status, renumbered.json["scimType"]) == (400, "mutability")


def test_a_school_sees_its_own_centre_and_no_other(board: Board) -> None:
    ours, theirs = board.school(SUBMIT), board.school(SUBMIT)

    (seen,) = ours.directory.get("/Centres").json["Resources"]

    assert seen["centreNumber"] == ours.number
    assert ours.directory.get(f"/Centres/{theirs.id}").status == 404
    assert ours.directory.get(f"/Centres?filter=centreNumber%20eq%20%22{theirs.number}%22").json["totalResults"] == 0
    assert ours.directory.post("/Centres/.search", {"schemas": [SEARCH]}).json["totalResults"] == 1


SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"


def test_a_tenant_whose_name_differs_in_case_is_not_the_centre(board: Board) -> None:
    number = f"AB{centre_number()[:3]}"
    school = board.school(SUBMIT, number=number)
    namesake = school.server.client(number.lower())
    asha = created(namesake, user())
    staff = created(namesake, group("Staff", asha["id"]))
    on_namesake = Client(f"{school.server.url}/tenants/{number.lower()}/scim/v2", board.authorization)

    assert CENTRE_USER not in asha
    assert namesake.get("/Centres").json["totalResults"] == 0
    assert namesake.get(f"/Centres/{school.id}").status == 404
    assert on_namesake.post("/RoleMappings", mapping(staff["id"], centre=number)).status == 403
    assert on_namesake.post("/RoleGrants", grant(asha["id"], centre=number)).status == 403


def test_an_associate_sees_its_centres_and_they_do_not_see_it(board: Board) -> None:
    associate = board.associate()
    hill = board.school(associate={"value": associate.number})

    seen = {each["centreNumber"] for each in associate.directory.get("/Centres").json["Resources"]}

    assert seen == {associate.number, hill.number}
    assert [each["centreNumber"] for each in hill.directory.get("/Centres").json["Resources"]] == [hill.number]
    shown = hill.directory.get(f"/Centres/{hill.id}").json["associate"]
    assert (shown["value"], shown["centreNumber"]) == (associate.id, associate.number)


def test_entries_give_a_centre_services_since_the_first_was_recorded(school: School) -> None:
    (first,) = [each for each in _services(school) if each["value"] == "submit-for-assessment"]

    school.entered(SUBMIT, LISTENING)

    after = {each["value"]: each["since"] for each in _services(school)}
    assert set(after) == {"submit-for-assessment", "global-listening", "access-arrangements"}
    assert after["submit-for-assessment"] == first["since"]
    assert after["global-listening"] > first["since"]
    assert len(school.register.get(f"/Centres/{school.id}").json["entries"]) == 2


def _centres(person: dict[str, Any]) -> tuple[str, list[str]]:
    return person[CENTRE_USER]["centreNumber"], person[CENTRE_USER]["centres"]


def _services(school: School) -> list[dict[str, str]]:
    return list(school.register.get(f"/Centres/{school.id}").json.get("services", []))


def test_a_syllabus_that_uses_no_service_gives_none(board: Board) -> None:
    assert _services(board.school("9093")) == []


def test_the_first_entries_give_the_designated_exams_officer_user_management_once(board: Board) -> None:
    school = board.school()
    officer = school.person()
    school.designates(officer)
    assert school.roles(officer) == {(OFFICER, school.number)}

    school.entered(SUBMIT)
    assert school.roles(officer) == {(OFFICER, school.number), (MANAGEMENT, school.number)}

    withdrawn = school.register.patch(
        f"/Centres/{school.id}",
        {"op": "replace", "path": f'examsOfficers[value eq "{officer["id"]}"].userManagement', "value": False},
    )
    assert withdrawn.status == 200, withdrawn.body
    assert school.roles(officer) == {(OFFICER, school.number)}

    school.entered(LISTENING)
    assert school.roles(officer) == {(OFFICER, school.number)}


def test_entries_are_loaded_in_bulk(board: Board, tmp_path: Path) -> None:
    one, other = board.school(), board.school()
    lines = ["centreNumber,series,syllabus,option", f"{one.number},2026-06,0500,A", f"{one.number},2026-06,0500,A",
             f"{other.number.lower()},2026-11,0520,"]  # fmt: skip
    file = tmp_path / "entries.csv"
    file.write_text("\n".join(lines))

    for _ in range(2):
        board.server.command("entries", "import", str(file))

    entries = board.register.get(f"/Centres/{one.id}").json["entries"]
    assert [entry["value"] for entry in entries] == ["2026-06/0500/A"]
    assert [each["value"] for each in _services(other)] == ["global-listening", "access-arrangements"]
    operations = [
        {
            "method": "PATCH",
            "path": f"/Centres/{each.id}",
            "data": {
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                "Operations": [{"op": "add", "path": "entries", "value": [{"series": "2026-11", "syllabus": "0500"}]}],
            },
        }
        for each in (one, other)
    ]
    done = board.register.post("/Bulk", {"schemas": [BULK], "Operations": operations}).json["Operations"]
    assert [each["status"] for each in done] == ["200", "200"]
    assert "submit-for-assessment" in {each["value"] for each in _services(other)}


def test_the_centre_of_its_people_is_filled_in(school: School) -> None:
    person, english = school.person(), school.group("English Dept")

    assert _centres(person) == (school.number, [school.number])
    assert english[CENTRE_GROUP] == {"centre": school.number}


def test_an_organisation_that_is_no_centre_has_none_to_fill_in(server: Server) -> None:
    client = server.client(f"T{centre_number()}")

    assert CENTRE_USER not in created(client, user())
    refused = client.post("/Users", user(**{CENTRE_USER: {"centreNumber": "GB001"}}))
    assert refused.status == 403
    assert "no centre registered yet" in refused.json["detail"]


def test_centre_number_and_centres_agree(board: Board) -> None:
    associate = board.associate()
    hill, dale = (board.school(associate={"value": associate.number}) for _ in range(2))

    def sent(**attributes: object) -> dict[str, object]:
        number, centres = _centres(associate.person(**{CENTRE_USER: attributes}))
        return {"centreNumber": number, "centres": centres}

    assert sent(centreNumber=hill.number) == {"centreNumber": hill.number, "centres": [hill.number]}
    both = {"centreNumber": hill.number, "centres": [hill.number, dale.number]}
    assert sent(centres=[hill.number, dale.number]) == both
    assert sent(centres=[{"value": hill.number}, {"value": dale.number}]) == both
    assert sent(**both) == both
    contradiction = associate.directory.post(
        "/Users", user(**{CENTRE_USER: {"centreNumber": hill.number, "centres": [dale.number]}})
    )
    assert (contradiction.status, contradiction.json["scimType"]) == (400, "invalidValue")

    person = associate.person(**{CENTRE_USER: {"centreNumber": hill.number}})
    path = f"/Users/{person['id']}"
    moved = associate.directory.patch(
        path, {"op": "replace", "path": f"{CENTRE_USER}:centreNumber", "value": dale.number}
    )
    assert _centres(moved.json) == (dale.number, [dale.number])
    back = associate.directory.patch(path, {"op": "replace", "path": f"{CENTRE_USER}:centres", "value": [hill.number]})
    assert _centres(back.json) == (hill.number, [hill.number])


@pytest.mark.parametrize("form", ["post", "put", "patch", "bulk"])
def test_a_foreign_centre_is_refused_on_every_path_and_the_allowed_ones_are_named(board: Board, form: str) -> None:
    ours, theirs = board.school(), board.school()
    person = ours.person()
    foreign = user(person["userName"], **{CENTRE_USER: {"centres": [ours.number, theirs.number]}})
    path = f"/Users/{person['id']}"
    if form == "post":
        answer = ours.directory.post("/Users", {**foreign, "userName": "another@gb001.example"})
    elif form == "put":
        answer = ours.directory.put(path, foreign)
    elif form == "patch":
        operation = {"op": "add", "path": f"{CENTRE_USER}:centres", "value": [theirs.number]}
        answer = ours.directory.patch(path, operation)
    else:
        operation = {"method": "PUT", "path": path, "data": foreign}
        answer = ours.directory.post("/Bulk", {"schemas": [BULK], "Operations": [operation]})

    refusal = answer.json["Operations"][0]["response"] if form == "bulk" else answer.json
    assert refusal["status"] == "403"
    assert f"does not act for centre {theirs.number}. It may use {ours.number}." in refusal["detail"]
    assert ours.directory.get(path).json[CENTRE_USER]["centres"] == [ours.number]


def test_a_group_of_a_foreign_centre_is_refused(board: Board) -> None:
    ours, theirs = board.school(), board.school()

    refused = ours.directory.post("/Groups", group("Staff", **{CENTRE_GROUP: {"centre": theirs.number}}))

    assert refused.status == 403


def test_a_centre_can_be_searched_and_its_name_asked_for(school: School) -> None:
    there = school.person()

    query = f"/Users?filter={CENTRE_USER}:centres%20eq%20%22{school.number}%22&attributes={CENTRE_USER}:centreName"
    (found,) = school.directory.get(query).json["Resources"]

    assert found["id"] == there["id"]
    assert found[CENTRE_USER] == {"centreName": f"School {school.number}"}
    assert "centreName" not in school.directory.get(f"/Users/{there['id']}").json[CENTRE_USER]


def test_what_is_derived_of_a_centre_can_be_asked_for_alone(school: School) -> None:
    shown = school.register.get(f"/Centres/{school.id}?attributes=managed,services.value").json
    assert (shown["managed"], shown["services"][0]["value"]) == (False, "submit-for-assessment")
    excluded = school.register.get(f"/Centres/{school.id}?excludedAttributes=services").json
    assert {"managed", "services"}.isdisjoint(excluded)


def test_a_centre_with_people_is_closed_not_deleted(board: Board) -> None:
    used, unused = board.school(), board.school()
    used.person()

    refused = board.register.delete(f"/Centres/{used.id}")
    assert refused.status == 403
    assert "active = false" in refused.json["detail"]
    assert board.register.delete(f"/Centres/{unused.id}").status == 204


def test_what_the_board_changes_about_a_centre_is_in_the_journals_of_both(board: Board, school: School) -> None:
    school.register.patch(f"/Centres/{school.id}", {"op": "replace", "path": "displayName", "value": "Southgate"})

    query = f'/Changes?filter=target.value%20eq%20"{school.id}"%20and%20operation%20eq%20"patch"'
    for journal in (school.board, board.register):
        (entry,) = journal.get(query).json["Resources"]
        assert entry["actor"]["display"] == board.name
        assert entry["attributes"][0]["after"] == "Southgate"


def test_the_commands_of_the_board(server: Server) -> None:
    number = centre_number()
    server.command("centre", "create", number.lower(), "--name", "Northgate School", "--country", "GB")
    with server.database.write() as transaction:
        token = issue_token(transaction, number, name="Directory")
    people = Client(f"{server.url}/scim/v2", f"Bearer {token.text}")
    person = created(people, user(f"officer@{number.lower()}.example"))
    created(people, group("English Dept", person["id"]))
    server.command("entries", "add", number, "--series", "2026-06", "--syllabus", "0500", "--option", "A")
    server.command("exams-officer", "designate", number, person["userName"], "--primary")
    mapped = ("--centre", number, "--group", "English Dept", "--role", "submit-for-assessment.teacher")

    preview = server.command("mapping", "preview", *mapped)
    assert preview == f"{person['userName']} gains Submit for Assessment: Teacher at {number}\n"
    server.command("mapping", "add", *mapped)
    assert "English Dept -> submit-for-assessment.teacher" in server.command("mapping", "list", "--centre", number)

    told = server.command("role", "explain", "--centre", number, "--user", person["userName"])
    assert "Submit for Assessment: Teacher" in told
    assert "because member of English Dept" in told
    assert "exams officer and teacher" in told

    server.command("mapping", "remove", *mapped)
    teaches = ("--centre", number, "--user", person["userName"], "--role", "submit-for-assessment.teacher")
    server.command("role", "grant", *teaches)
    assert "because Command line granted it" in server.command("role", "explain", *teaches[:4])
    server.command("role", "revoke", *teaches)
    server.command("exams-officer", "withdraw", number, person["userName"], "--user-management-only")
    shown = server.command("centre", "show", number)
    assert "Service: Submit for Assessment" in shown
    assert "without user management" in shown
    assert "Nobody can manage users here." in shown


def test_the_computed_cannot_be_sorted_by(school: School) -> None:
    for path in ("/Centres?sortBy=managed", f"/Users?sortBy={CENTRE_USER}:effectiveRoles.value"):
        answer = school.directory.get(path)
        assert (answer.status, answer.json["scimType"]) == (400, "invalidPath"), path


@pytest.mark.parametrize(
    "query",
    [
        "/Centres?filter=services.value%20pr",
        f"/Groups?filter={CENTRE_GROUP}:mappedRoles%20pr",
    ],
)
def test_what_is_computed_and_cannot_be_searched_is_refused_instead_of_finding_nobody(
    school: School, query: str
) -> None:
    answer = school.directory.get(query)

    assert (answer.status, answer.json["scimType"]) == (400, "invalidFilter")
    assert "cannot be searched" in answer.json["detail"]


def test_the_journal_names_what_a_mapping_and_a_grant_are_about(school: School) -> None:
    asha = school.person("asha@gb001.example")
    school.maps(school.group("English Dept"))
    school.grants(asha)

    told = school.server.command("journal", "--tenant", school.number)

    role = f"submit-for-assessment.teacher at {school.number}"
    assert f"created role mapping 'English Dept -> {role}'" in told
    assert f"created role grant 'asha@gb001.example: {role}'" in told


def test_a_tenant_that_is_deleted_takes_its_centre_out_of_the_register(school: School, board: Board) -> None:
    school.person()
    school.server.command("tenant", "delete", school.number, "--yes")
    found = board.register.get(f"/Centres?filter=centreNumber%20eq%20%22{school.number}%22").json
    assert found["totalResults"] == 0
    board.school(number=school.number)


def test_a_tenant_that_administers_centres_is_not_deleted(board: Board) -> None:
    associate = board.associate()
    board.school(associate={"value": associate.id})
    with pytest.raises(AssertionError, match="administers other centres"):
        associate.server.command("tenant", "delete", associate.number, "--yes")
    assert associate.directory.get("/Users").status == 200


def test_names_that_are_looked_up_for_each_answer_are_not_searched_in_an_old_form(school: School) -> None:
    refused = school.board.get("/RoleMappings?filter=group.display%20eq%20%22English%20Dept%22")
    assert refused.status == 400
    assert refused.json["scimType"] == "invalidFilter"
    assert school.board.get("/RoleMappings?filter=group.value%20eq%20%22x%22").status == 200
