"""What a PATCH must say, and how much it may ask at once."""

from typing import Any

import pytest

from tests.support.people import created, group, members, user
from tests.support.server import Client, Server

PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


@pytest.mark.parametrize("profile", ["rfc", "interop", "default", "entra", "okta"])
@pytest.mark.parametrize("operation", [{"op": "replace"}, {"op": "add"}, {"op": "replace", "val": [{"value": "x"}]}])
def test_members_are_not_emptied_by_an_operation_without_a_value(
    server: Server, profile: str, operation: dict[str, Any]
) -> None:
    client = server.client(f"EMPTIED{profile.upper()}{len(operation)}{operation['op']}".upper(), profile)
    person = created(client, user())
    english = created(client, group("English Dept", person["id"]))

    refused = client.patch(f"/Groups/{english['id']}", {"path": "members", **operation})

    assert refused.status == 400
    assert members(client, english["id"]) == [person["id"]]


def test_a_name_that_selects_entries_is_a_path_of_its_own(server: Server) -> None:
    client = server.client("SELECTING", "entra")
    emails = [{"value": "old@gb001.example", "type": "work"}, {"value": "home@gb001.example", "type": "home"}]
    person = created(client, user(emails=emails))

    value = {"displayName": "Asha", 'emails[type eq "work"].value': "new@gb001.example"}
    answer = client.patch(f"/Users/{person['id']}", {"op": "Replace", "value": value})

    assert answer.status == 204
    now = client.get(f"/Users/{person['id']}").json
    assert now["displayName"] == "Asha"
    assert [each["value"] for each in now["emails"]] == ["new@gb001.example", "home@gb001.example"]


@pytest.mark.parametrize(
    ("body", "operation"),
    [
        ({"schemas": ["urn:example:nonsense"]}, {}),
        ({"schemas": []}, {}),
        ({"unknown": 1}, {}),
        ({}, {"unknown": 1}),
        ({}, {"value": ["{id}"]}),
        ({}, {"value": [{"value": "{id}", "unknown": "x"}]}),
        ({}, {"path": None, "value": {"members": ["{id}"]}}),
        ({}, {"op": "remove", "value": [{"value": "{id}"}]}),
    ],
)
def test_the_letter_of_the_rfc_holds_for_members_too(
    server: Server, body: dict[str, Any], operation: dict[str, Any]
) -> None:
    client = server.client("LETTERS", "rfc")
    person = created(client, user())
    english = created(client, group("English Dept"))
    plain = {"op": "add", "path": "members", "value": [{"value": person["id"]}], **operation}
    sent = {"schemas": [PATCH], **body, "Operations": [_filled(plain, person["id"])]}

    assert client.send("PATCH", f"/Groups/{english['id']}", sent).status == 400
    assert members(client, english["id"]) == []


@pytest.mark.parametrize("profile", ["rfc", "interop"])
@pytest.mark.parametrize("schemas", [{}, {"schemas": []}, {"schemas": None}])
def test_the_letter_of_the_rfc_asks_for_schemas(server: Server, profile: str, schemas: dict[str, Any]) -> None:
    client = server.client(f"SCHEMAS{profile.upper()}", profile)
    sent = {name: value for name, value in user().items() if name != "schemas"} | schemas

    refused = client.post("/Users", sent)

    assert (refused.status, refused.json["scimType"]) == (400, "invalidSyntax")
    assert "schemas is required" in refused.json["detail"]


def _filled(operation: dict[str, Any], person_id: str) -> dict[str, Any]:
    def filled(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: filled(item) for name, item in value.items()}
        if isinstance(value, list):
            return [filled(item) for item in value]
        return person_id if value == "{id}" else value

    return {name: filled(item) for name, item in operation.items()}


def test_operations_that_select_among_too_many_values_are_refused(client: Client) -> None:
    emails = [{"value": f"{number}@gb001.example", "type": f"t{number}"} for number in range(150)]
    person = created(client, user(emails=emails))
    selecting = [
        {"op": "replace", "path": f'emails[type eq "t{number}"].display', "value": "x"} for number in range(60)
    ]

    refused = client.patch(f"/Users/{person['id']}", *selecting)
    few = client.patch(f"/Users/{person['id']}", *selecting[:20])

    assert refused.status == 413
    assert "9000 values" in refused.json["detail"]
    assert few.status == 200


@pytest.mark.parametrize("known", [True, False])
def test_an_object_has_a_bounded_number_of_names(client: Client, *, known: bool) -> None:
    prefix = "urn:ietf:params:scim:schemas:core:2.0:User:" if known else ""
    refused = client.post("/Users", user(**{f"{prefix}a{number}": 1 for number in range(300)}))

    assert (refused.status, refused.json["scimType"]) == (400, "tooMany")


@pytest.mark.parametrize("value", ["!!", "AB==", "MIIB\u2026", "-_-_"])
def test_a_certificate_that_is_no_base64_is_refused(client: Client, value: str) -> None:
    refused = client.post("/Users", user(x509Certificates=[{"value": value}]))

    assert refused.status == 400
    assert "base64" in refused.json["detail"]
    assert created(client, user(x509Certificates=[{"value": "AA=="}]))["x509Certificates"] == [{"value": "AA=="}]


def test_what_is_only_tried_is_not_journalled_as_refused(client: Client) -> None:
    person = created(client, user())
    refused = client.send("PATCH", f"/Users/{person['id']}?dryRun=true", {"schemas": [PATCH], "Operations": []})

    assert refused.status == 400
    assert client.get('/Changes?filter=outcome%20eq%20"refused"').json["totalResults"] == 0


def test_a_refused_read_is_journalled_whatever_it_says_of_trying(client: Client) -> None:
    assert client.get("/Users?filter=nonsense&dryRun=true").status == 400
    assert client.get('/Changes?filter=outcome%20eq%20"refused"').json["totalResults"] == 1


def test_a_method_that_is_not_allowed_names_those_that_are(client: Client) -> None:
    refused = client.send("PUT", "/Users", {})

    assert refused.status == 405
    assert {each.strip() for each in refused.headers["Allow"].split(",")} == {"GET", "HEAD", "POST"}
