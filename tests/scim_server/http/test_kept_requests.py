"""What the journal keeps of a request: what a directory sent, and nobody's personal data or secret."""

from typing import Any
from urllib.parse import quote

import orjson
import pytest

from tests.support.people import created, group, user
from tests.support.server import BULK, Client

_ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
_PERSON = {
    "name": {"givenName": "Asha", "familyName": "van der Patel"},
    "displayName": "Asha van der Patel",
    "password": "opensesame42",
    "phoneNumbers": [{"type": "work", "value": "+44 1223 553311"}],
    "emails": [{"type": "work", "value": "asha.patel@school.example", "primary": True}],
    "shoeSize": "thirtyeight",
    _ENTERPRISE: {"department": "Linguistics", "manager": {"value": "benedict"}},
    "urn:example:unknown": {"nationalInsurance": "QQ123456C"},
}
_TELLTALE = (
    "asha", "patel", "opensesame", "1223", "553311", "school.example", "thirtyeight", "linguistics", "benedict", "qq12",
)  # fmt: skip


def refused(client: Client) -> dict[str, Any]:
    """Return what is kept of the request that was refused last."""
    wanted = quote('outcome eq "refused"')
    newest = client.get(f"/Changes?filter={wanted}&sortBy=at&sortOrder=descending&count=1").json["Resources"][0]
    request: dict[str, Any] = newest["request"]
    assert not [word for word in _TELLTALE if word in str(request).lower()], request
    return request


def test_a_refused_creation_can_be_recognised_and_names_nobody(client: Client) -> None:
    created(client, user("asha.patel@school.example"))

    assert client.post("/Users", user("asha.patel@school.example", **_PERSON)).status == 409

    request = refused(client)
    body = orjson.loads(request["body"])
    assert (request["method"], request["path"]) == ("POST", "/Users")
    assert body["userName"] == "a•••@s•••.example"
    assert body["displayName"] == "A••• v••• d••• P•••"
    assert body["phoneNumbers"] == [{"type": "work", "value": "••• ••• •••"}]
    assert body["emails"] == [{"type": "work", "value": "a•••@s•••.example", "primary": True}]
    assert body["shoeSize"] == body["urn:example:unknown"] == "…", "nobody knows what an unknown attribute holds"
    assert "password" not in body


@pytest.mark.parametrize(
    ("operation", "kept"),
    [
        (
            {"op": "Replace", "path": 'emails[type eq "work"].value', "value": "asha.patel@school.example"},
            {"op": "Replace", "path": 'emails[type eq "work"].value', "value": "a•••@s•••.example"},
        ),
        ({"op": "add", "path": "password", "value": "opensesame42"}, {"op": "add", "path": "password", "value": "…"}),
        (
            {"op": "add", "path": "urn:ietf:params:scim:schemas:core:2.0:User:password", "value": "opensesame42"},
            {"op": "add", "path": "urn:ietf:params:scim:schemas:core:2.0:User:password", "value": "…"},
        ),
        (
            {"op": "replace", "value": {"active": "False", "name.givenName": "Asha", "password": "opensesame42"}},
            {"op": "replace", "value": {"active": "False", "name.givenName": "A•••"}},
        ),
        (
            {"op": "remove", "path": 'emails[value eq "asha.patel@school.example"]'},
            {"op": "remove", "path": 'emails[value eq "a•••@s•••.example"]'},
        ),
        ({"op": "add", "path": "Asha Patel", "value": "Asha"}, {"op": "add", "path": "…", "value": "…"}),
        (
            {"op": "add", "path": "emails[Asha eq Patel]", "value": "asha"},
            {"op": "add", "path": "emails[…]", "value": "a•••"},
        ),
        (
            {"op": "add", "path": "roles", "value": ['{"value": "asha.patel"}']},
            {"op": "add", "path": "roles", "value": ['{"v•••": "a•••.p•••"}']},
        ),
    ],
)
def test_a_refused_change_shows_its_operations(client: Client, operation: dict[str, Any], kept: dict[str, Any]) -> None:
    person = created(client, user())
    unfit = {"op": "replace", "path": "userName", "value": ""}

    assert client.patch(f"/Users/{person['id']}", operation, unfit).status == 400

    request = refused(client)
    assert request["path"] == f"/Users/{person['id']}"
    assert orjson.loads(request["body"])["Operations"][0] == kept


def test_members_are_told_by_the_ids_that_the_journal_has_anyway(client: Client) -> None:
    english = created(client, group())
    nobody = "01900000-0000-7000-8000-000000000000"

    client.patch(f"/Groups/{english['id']}", {"op": "add", "path": "members", "value": [{"value": nobody}]})

    assert orjson.loads(refused(client)["body"])["Operations"][0]["value"] == [{"value": nobody}]


def test_a_refused_bulk_request_is_masked_inside(client: Client) -> None:
    operations = [
        {"method": "POST", "path": "/Users", "bulkId": "asha", "data": _PERSON},
        {"method": "DELETE", "path": "/Users/asha.patel@school.example"},
        {"method": "POST", "path": "nowhere"},
    ]

    assert client.post("/Bulk", {"schemas": [BULK], "Operations": operations, "failOnErrors": "Asha"}).status == 400

    body = orjson.loads(refused(client)["body"])
    assert body["Operations"][0]["data"]["displayName"] == "A••• v••• d••• P•••"
    assert body["Operations"][1]["path"] == "/Users/a•••@s•••.example"


def test_an_address_names_nobody(client: Client) -> None:
    assert client.delete("/Users/asha.patel").status == 404

    assert refused(client) == {"method": "DELETE", "path": "/Users/a•••.p•••"}


def test_what_is_no_json_is_only_measured(client: Client) -> None:
    assert client.send("POST", "/Users", b'{"userName": "asha.patel"').status == 400

    assert refused(client)["body"] == "25 bytes that are no JSON"


def test_a_long_request_is_cut_short(client: Client) -> None:
    emails = [{"value": f"asha.patel{number}@school.example", "type": "work"} for number in range(3000)]

    assert client.post("/Users", user("", emails=emails)).status == 400

    assert len(refused(client)["body"].encode()) <= 4096


def test_what_was_done_is_kept_as_it_was_asked(client: Client) -> None:
    made = created(client, user("asha.patel@school.example"))
    operation = {"op": "replace", "path": "displayName", "value": "Asha van der Patel"}

    client.patch(f"/Users/{made['id']}", operation)

    _, renamed = client.get("/Changes?sortBy=at").json["Resources"]
    assert (renamed["request"]["method"], renamed["request"]["path"]) == ("PATCH", f"/Users/{made['id']}")
    kept = orjson.loads(renamed["request"]["body"])["Operations"]
    assert kept == [{**operation, "value": "A••• v••• d••• P•••"}]


def test_what_a_bulk_request_did_is_kept_without_its_other_operations(client: Client) -> None:
    operation = {"method": "POST", "path": "/Users", "bulkId": "one", "data": user("asha.patel@school.example")}

    assert client.post("/Bulk", {"schemas": [BULK], "Operations": [operation]}).status == 200

    (entry,) = client.get("/Changes").json["Resources"]
    assert entry["request"] == {"method": "POST", "path": "/Bulk"}


def test_nobody_searches_in_what_was_asked(client: Client) -> None:
    wanted = quote('request.body co "password"')

    answer = client.get(f"/Changes?filter={wanted}")

    assert (answer.status, answer.json["scimType"]) == (400, "invalidFilter")
