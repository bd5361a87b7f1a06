"""Who has which role, where, why and since when: computed from memberships, mappings and grants as they are."""

from typing import Any

import pytest

from scim_server.installed import load_extensions
from scim_server.protocol.provider import stored_types
from scim_server.store.resources import ResourceStore
from tests.support.centres import (
    CENTRE_GROUP,
    CENTRE_USER,
    LISTENING,
    MANAGEMENT,
    OFFICER,
    SUBMIT,
    TEACHER,
    Board,
    School,
    approval,
    grant,
)


def test_a_teacher_whom_the_directory_adds_to_a_mapped_group_has_the_role_within_that_request(school: School) -> None:
    asha = school.person()
    english = school.group("English Dept")
    school.maps(english)
    assert school.roles(asha) == set()

    school.directory.patch(
        f"/Groups/{english['id']}", {"op": "add", "path": "members", "value": [{"value": asha["id"]}]}
    )
    assert school.roles(asha) == {(TEACHER, school.number)}

    school.directory.patch(f"/Groups/{english['id']}", {"op": "remove", "path": f'members[value eq "{asha["id"]}"]'})
    assert school.roles(asha) == set()


def test_an_effective_role_says_where_it_comes_from(school: School) -> None:
    asha = school.person()
    english = school.group("English Dept", asha)
    mapping = school.maps(english)

    (role,) = school.shown_roles(asha)

    since = role.pop("since")
    assert since >= english["meta"]["created"]
    assert role == {
        "value": TEACHER,
        "display": "Submit for Assessment: Teacher",
        "centre": school.number,
        "source": "mapping",
        "via": {
            "value": english["id"],
            "$ref": f"{school.directory.base}/Groups/{english['id']}",
            "display": "English Dept",
        },
        "mapping": mapping["id"],
        "pending": False,
    }
    services = school.directory.get(f"/Users/{asha['id']}").json[CENTRE_USER]["services"]
    assert services == [{"value": "submit-for-assessment", "display": "Submit for Assessment", "centre": school.number}]


def test_members_of_a_nested_group_have_the_role_of_the_group_above(school: School) -> None:
    asha = school.person()
    poetry = school.group("Poetry", asha)
    english = school.group("English Dept", poetry)
    staff = school.group("All Staff", english)
    school.maps(staff)

    assert school.roles(asha) == {(TEACHER, school.number)}

    school.directory.patch(f"/Groups/{english['id']}", {"op": "remove", "path": f'members[value eq "{poetry["id"]}"]'})
    assert school.roles(asha) == set()


def test_a_deactivated_person_has_no_role_and_a_reactivated_one_has_them_again(school: School) -> None:
    asha = school.person()
    school.maps(school.group("English Dept", asha))
    path = f"/Users/{asha['id']}"

    school.directory.patch(path, {"op": "replace", "value": {"active": False}})
    assert school.roles(asha) == set()
    assert school.found(f'{CENTRE_USER}:effectiveRoles[value eq "{TEACHER}"]') == []

    school.directory.patch(path, {"op": "replace", "path": "active", "value": True})
    assert school.roles(asha) == {(TEACHER, school.number)}


def test_a_grant_ends_when_it_is_deleted(school: School) -> None:
    asha = school.person()
    granted = school.grants(asha, note="Covers for a colleague")
    assert school.roles(asha) == {(TEACHER, school.number)}
    (shown,) = school.shown_roles(asha)
    assert (shown["source"], shown["via"]["value"]) == ("grant", granted["id"])

    assert school.board.delete(f"/RoleGrants/{granted['id']}").status == 204
    assert school.roles(asha) == set()


def test_an_expired_grant_gives_nothing_and_the_explanation_says_so(school: School) -> None:
    asha = school.person()
    granted = school.grants(asha, expires="2999-01-01T00:00:00Z")
    assert school.roles(asha) == {(TEACHER, school.number)}

    # What is granted can only expire later; here the moment has passed since.
    with school.server.database.write() as transaction:
        store = ResourceStore(transaction, school.number, stored_types(load_extensions()))
        current = store.get("RoleGrant", granted["id"], locked=True)
        store.update(current, {**current.attributes, "expires": "2020-01-01T00:00:00.000000Z"})

    assert school.roles(asha) == set()
    assert school.found(f"{CENTRE_USER}:effectiveRoles pr") == []
    (expired,) = school.directory.get(f"/Users/{asha['id']}/access").json["notEffective"]
    assert "the grant expired on 2020-01-01" in expired["explanation"]


def test_a_grant_that_has_expired_before_it_begins_is_refused(school: School) -> None:
    asha = school.person()

    refused = school.board.post("/RoleGrants", grant(asha["id"], expires="2020-01-01T00:00:00Z"))

    assert (refused.status, refused.json["scimType"]) == (400, "invalidValue")
    assert school.roles(asha) == set()


def test_a_role_ends_with_the_service_of_the_centre_and_the_explanation_says_why(school: School) -> None:
    asha = school.person()
    school.maps(school.group("English Dept", asha))

    school.register.patch(f"/Centres/{school.id}", {"op": "remove", "path": "entries"})

    assert school.roles(asha) == set()
    access = school.directory.get(f"/Users/{asha['id']}/access").json
    (missing,) = access["notEffective"]
    assert "no entries for a syllabus that uses Submit for Assessment" in missing["explanation"]


def test_the_explanation_names_group_mapping_and_who_made_it(board: Board, school: School) -> None:
    asha = school.person("asha@gb001.example")
    school.maps(school.group("English Dept", asha))

    access = school.directory.get(f"/Users/{asha['id']}/access").json

    (role,) = access["effectiveRoles"]
    assert role["explanation"].startswith(
        f"Submit for Assessment: Teacher at {school.number}, because member of English Dept (since "
    )
    assert f"mapped by {board.name} on " in role["explanation"]
    assert access["summary"] == f"asha@gb001.example has Submit for Assessment: Teacher at {school.number}."


def test_at_a_closed_centre_no_role_is_effective(school: School) -> None:
    asha = school.person()
    school.maps(school.group("English Dept", asha))

    school.register.patch(f"/Centres/{school.id}", {"op": "replace", "path": "active", "value": False})
    assert school.roles(asha) == set()

    school.register.patch(f"/Centres/{school.id}", {"op": "replace", "path": "active", "value": True})
    assert school.roles(asha) == {(TEACHER, school.number)}


def test_effective_roles_and_services_can_be_searched(board: Board) -> None:
    school = board.school(SUBMIT, LISTENING)
    asha, ben, chika = school.person(), school.person(), school.person()
    school.maps(school.group("English Dept", asha, school.group("Poetry", ben)))
    school.grants(ben, MANAGEMENT)
    school.designates(chika)
    everybody = {asha["id"], ben["id"], chika["id"]}

    roles = f"{CENTRE_USER}:effectiveRoles"
    filters = {
        f'{CENTRE_USER}:effectiveRoles[value eq "{TEACHER}" and centre eq "{school.number}"]': {asha["id"], ben["id"]},
        f'{CENTRE_USER}:effectiveRoles[value eq "{TEACHER}" and centre eq "XX999"]': set(),
        f'{CENTRE_USER}:effectiveRoles.value eq "{MANAGEMENT}"': {ben["id"], chika["id"]},
        f'{CENTRE_USER}:effectiveRoles[value eq "{OFFICER}"]': {chika["id"]},
        f'{CENTRE_USER}:effectiveRoles[source eq "grant"]': {ben["id"]},
        f'{CENTRE_USER}:effectiveRoles[display co "teacher"]': {asha["id"], ben["id"]},
        f"{CENTRE_USER}:effectiveRoles pr": everybody,
        f"{CENTRE_USER}:effectiveRoles eq null": set(),
        f"{CENTRE_USER}:services ne null": everybody,
        f'{roles}[value eq "{TEACHER}"] and {roles}[value eq "{MANAGEMENT}"]': {ben["id"]},
        f'{roles}[value eq "{OFFICER}"] or {CENTRE_USER}:services[value eq "global-listening"]': {chika["id"]},
        f"not ({CENTRE_USER}:effectiveRoles pr)": set(),
        f'{CENTRE_USER}:services[value eq "global-listening"]': {chika["id"]},
        f'{CENTRE_USER}:services.value eq "submit-for-assessment"': {asha["id"], ben["id"]},
        f'{CENTRE_USER}:effectiveRoles[value eq "{TEACHER}"] and userName eq "{asha["userName"]}"': {asha["id"]},
    }
    for text, expected in filters.items():
        assert school.found(text) == sorted(expected), text


def test_a_group_shows_the_roles_it_is_mapped_to_and_how_many_members_it_has(school: School) -> None:
    english = school.group("English Dept", school.person(), school.person())
    made = school.maps(english)

    shown = school.directory.get(f"/Groups/{english['id']}?excludedAttributes=members").json[CENTRE_GROUP]
    assert shown["mappedRoles"] == [
        {"value": TEACHER, "display": "Submit for Assessment: Teacher", "centre": school.number, "mapping": made["id"]}
    ]
    counted = school.directory.get(f"/Groups/{english['id']}?attributes={CENTRE_GROUP}:memberCount").json
    assert counted[CENTRE_GROUP] == {"memberCount": 2}


def test_renaming_a_group_keeps_its_mappings(school: School) -> None:
    asha = school.person()
    english = school.group("English Dept", asha)
    school.maps(english)

    school.directory.patch(f"/Groups/{english['id']}", {"op": "replace", "path": "displayName", "value": "Languages"})

    (role,) = school.shown_roles(asha)
    assert role["via"]["display"] == "Languages"


def test_a_deleted_group_leaves_a_tombstone_and_its_successor_is_offered_never_attached(school: School) -> None:
    asha = school.person()
    english = school.group("English Dept", asha, externalId="aad-1")
    mapped = school.maps(english)

    school.directory.delete(f"/Groups/{english['id']}")
    assert school.roles(asha) == set()
    again = school.group("English Dept", asha, externalId="aad-1")
    assert school.roles(asha) == set()

    tombstone = school.board.get(f"/RoleMappings/{mapped['id']}").json
    assert tombstone["status"] == "group deleted"
    assert tombstone["replacement"]["value"] == again["id"]

    attached = school.board.patch(
        f"/RoleMappings/{mapped['id']}", {"op": "replace", "path": "group", "value": {"value": again["id"]}}
    )
    assert (attached.status, attached.json["status"]) == (200, "in force")
    assert school.roles(asha) == {(TEACHER, school.number)}


def test_the_version_of_a_person_follows_their_roles(school: School) -> None:
    asha = school.person()
    english = school.group("English Dept", asha)
    before = school.directory.get(f"/Users/{asha['id']}")

    school.maps(english)

    changed = school.directory.get(f"/Users/{asha['id']}", If_None_Match=before.headers["ETag"])
    assert changed.status == 200
    unchanged = school.directory.get(f"/Users/{asha['id']}", If_None_Match=changed.headers["ETag"])
    assert unchanged.status == 304


def test_a_page_shows_the_roles_of_each_person(school: School) -> None:
    people = [school.person() for _ in range(4)]
    school.maps(school.group("English Dept", people[0], people[1]))
    school.grants(people[1], MANAGEMENT)

    shown = school.directory.get(f"/Users?attributes={CENTRE_USER}:effectiveRoles").json["Resources"]

    found: dict[str, list[Any]] = {each["id"]: each.get(CENTRE_USER, {}).get("effectiveRoles", []) for each in shown}
    assert {user_id: sorted(role["value"] for role in roles) for user_id, roles in found.items()} == {
        people[0]["id"]: [TEACHER],
        people[1]["id"]: sorted([TEACHER, MANAGEMENT]),
        people[2]["id"]: [],
        people[3]["id"]: [],
    }


@pytest.mark.parametrize("attribute", ["effectiveRoles", "services", "requestedRoles"])
def test_what_is_computed_cannot_be_written(school: School, attribute: str) -> None:
    value = [{"value": MANAGEMENT, "centre": school.number}] if attribute != "requestedRoles" else [MANAGEMENT]
    asha = school.person(**{CENTRE_USER: {attribute: value}})

    assert school.roles(asha) == set()
    assert attribute not in asha[CENTRE_USER]


def test_what_was_read_can_be_sent_back(school: School) -> None:
    asha = school.person()
    english = school.group("English Dept", asha)
    mapped, granted = school.maps(english), school.grants(asha, MANAGEMENT)
    waiting = school.maps(school.group("Exams Team", asha), MANAGEMENT)
    decided = school.board.post("/RoleApprovals", approval(waiting["id"], asha["id"])).json

    for client, path in (
        (school.directory, f"/Users/{asha['id']}"),
        (school.directory, f"/Groups/{english['id']}"),
        (school.register, f"/Centres/{school.id}"),
        (school.board, f"/RoleMappings/{mapped['id']}"),
        (school.board, f"/RoleGrants/{granted['id']}"),
        (school.board, f"/RoleApprovals/{decided['id']}"),
    ):
        read = client.get(path).json
        answer = client.put(path, read)
        assert (answer.status, answer.json) == (200, read), path


def test_a_mapping_a_grant_and_an_approval_keep_what_they_are_about(school: School) -> None:
    asha, ben = school.person(), school.person()
    team, other = school.group("Exams Team", asha), school.group("English Dept")
    mapped, granted = school.maps(team, MANAGEMENT), school.grants(asha)
    decided = school.board.post("/RoleApprovals", approval(mapped["id"], asha["id"])).json

    for path, name, value in (
        (f"/RoleMappings/{mapped['id']}", "group", {"value": other["id"]}),
        (f"/RoleMappings/{mapped['id']}", "role", TEACHER),
        (f"/RoleGrants/{granted['id']}", "user", {"value": ben["id"]}),
        (f"/RoleGrants/{granted['id']}", "role", MANAGEMENT),
        (f"/RoleApprovals/{decided['id']}", "user", {"value": ben["id"]}),
    ):
        answer = school.board.patch(path, {"op": "replace", "path": name, "value": value})
        assert (answer.status, answer.json["scimType"]) == (400, "mutability"), (path, name)
    assert school.roles(asha) == {(TEACHER, school.number), (MANAGEMENT, school.number)}
    assert school.roles(ben) == set()


def test_a_page_of_groups_shows_the_roles_of_each(school: School) -> None:
    english, catering = school.group("English Dept"), school.group("Catering")
    school.maps(english)
    school.maps(english, MANAGEMENT)

    shown = {each["id"]: each[CENTRE_GROUP] for each in school.directory.get("/Groups").json["Resources"]}

    assert [role["value"] for role in shown[english["id"]]["mappedRoles"]] == [TEACHER, MANAGEMENT]
    assert "mappedRoles" not in shown[catering["id"]]
