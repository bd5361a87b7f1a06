"""A directory alone never creates power (rule 5): what it may give, people with user management have allowed."""

from typing import Any

from scim_server.connections.tokens import issue_token
from tests.support.centres import CENTRE_USER, MANAGEMENT, NOMINATED, OFFICER, TEACHER, School, made
from tests.support.server import Answer, Client

ALLOWANCE = "urn:ietf:params:scim:schemas:mycambridge:2.0:RoleAllowance"


def connection_id(school: School, person: dict[str, Any]) -> str:
    """Return the id of the connection that created a person."""
    entry = school.board.get(f"/Changes?filter=target.value%20eq%20%22{person['id']}%22").json["Resources"][0]
    return str(entry["actor"]["value"])


def allow(client: Client, connection: str, role: str = TEACHER) -> Answer:
    return client.post("/RoleAllowances", {"schemas": [ALLOWANCE], "connection": {"value": connection}, "role": role})


def test_a_directory_gives_what_it_is_allowed_to_give_and_nothing_else(school: School) -> None:
    asha = school.person(roles=[{"value": TEACHER}, {"value": "submit-for-assessment.exams-officer"}])
    assert school.roles(asha) == set()
    _, manager = school.manager()

    allowance = made(allow(manager, connection_id(school, asha)))

    assert school.roles(asha) == {(TEACHER, school.number)}
    (shown,) = school.shown_roles(asha)
    assert (shown["source"], shown["via"]["display"]) == ("connection", "Directory")
    assert school.found(f'{CENTRE_USER}:effectiveRoles[value eq "{TEACHER}"]') == [asha["id"]]
    explained = manager.get(f"/Users/{asha['id']}/access").json["effectiveRoles"][0]["explanation"]
    assert "because Directory asked for it on" in explained
    manager.delete(f"/RoleAllowances/{allowance['id']}")
    assert school.roles(asha) == set()


def test_the_role_ends_when_the_directory_asks_for_it_no_more(school: School) -> None:
    asha = school.person(roles=[{"value": TEACHER}])
    made(allow(school.board, connection_id(school, asha)))
    school.directory.patch(f"/Users/{asha['id']}", {"op": "remove", "path": "roles"})
    assert school.roles(asha) == set()


def test_what_another_connection_asks_for_is_only_requested(school: School) -> None:
    asha = school.person()
    made(allow(school.board, connection_id(school, asha)))
    with school.server.database.write() as transaction:
        token = issue_token(transaction, school.number, name="Other")
    other = Client(f"{school.server.url}/scim/v2", f"Bearer {token.text}")
    other.patch(f"/Users/{asha['id']}", {"op": "add", "path": "roles", "value": [{"value": TEACHER}]})
    assert school.roles(asha) == set()


def test_no_directory_is_allowed_a_sensitive_or_designated_role(school: School) -> None:
    asha = school.person()
    _, manager = school.manager()
    for role in (MANAGEMENT, NOMINATED, OFFICER):
        refused = allow(manager, connection_id(school, asha), role)
        assert refused.status == 403, role


def test_a_directory_allows_itself_nothing(school: School) -> None:
    asha = school.person(roles=[{"value": TEACHER}])
    assert allow(school.directory, connection_id(school, asha)).status == 403
    assert school.roles(asha) == set()


def test_nobody_allows_what_would_be_theirs(school: School) -> None:
    person = school.person(roles=[{"value": TEACHER}])
    school.grants(person, MANAGEMENT)
    refused = allow(school.acting_as(person), connection_id(school, person))
    assert refused.status == 403
    assert "this connection asks for the role for you" in refused.json["detail"]


def test_who_would_gain_the_role_is_seen_before(school: School) -> None:
    asha = school.person(roles=[{"value": TEACHER}])
    body = {"schemas": [ALLOWANCE], "connection": {"value": connection_id(school, asha)}, "role": TEACHER}
    foreseen = school.board.send("POST", "/RoleAllowances?dryRun=true", body).json
    assert [each["user"]["value"] for each in foreseen["gains"]] == [asha["id"]]
    assert school.roles(asha) == set()


def test_an_unknown_connection_and_a_second_allowance_are_refused(school: School) -> None:
    asha = school.person()
    assert allow(school.board, "nobody").status == 400
    made(allow(school.board, connection_id(school, asha)))
    assert allow(school.board, connection_id(school, asha)).status == 409


def test_the_commands_allow_and_take_back(school: School) -> None:
    asha = school.person(roles=[{"value": TEACHER}])
    at = ("--centre", school.number, "--connection", "Directory", "--role", TEACHER)
    school.server.command("allowance", "add", *at)
    assert school.server.command("allowance", "list", "--centre", school.number).startswith("Directory")
    assert school.roles(asha) == {(TEACHER, school.number)}
    school.server.command("allowance", "remove", *at)
    assert school.roles(asha) == set()
