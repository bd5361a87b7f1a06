"""A refusal says whom it was about, as far as anybody can know."""

from typing import Any
from urllib.parse import quote

import pytest

from tests.support.people import created, user
from tests.support.server import Client, Server

BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"


def refusals(client: Client) -> list[dict[str, Any]]:
    refused = quote('outcome eq "refused"')
    found: list[dict[str, Any]] = client.get(f"/Changes?filter={refused}&sortBy=at").json["Resources"]
    return found


def bulk(client: Client, *operations: dict[str, Any]) -> list[str]:
    answer = client.post("/Bulk", {"schemas": [BULK], "Operations": list(operations)})
    return [each["status"] for each in answer.json["Operations"]]


def test_a_name_that_is_taken_leads_to_who_has_it(client: Client) -> None:
    holder = created(client, user("asha@gb001.example"))

    client.post("/Users", user("ASHA@gb001.example"))
    statuses = bulk(
        client,
        {"method": "POST", "path": "/Users", "bulkId": "a", "data": user("Asha@GB001.example")},
        {"method": "POST", "path": "/Users", "bulkId": "b", "data": user("ben@gb001.example")},
    )

    assert statuses == ["409", "201"]
    target = {"type": "User", "value": holder["id"], "display": "asha@gb001.example"}
    assert [each["target"] for each in refusals(client)] == [target, target]


def test_a_refused_change_names_the_person(client: Client) -> None:
    person = created(client, user("asha@gb001.example"))
    change = {"op": "replace", "path": "userName", "value": ""}

    refused = client.patch(f"/Users/{person['id']}", change)

    assert refused.status == 400
    (entry,) = refusals(client)
    assert entry["target"] == {"type": "User", "value": person["id"], "display": "asha@gb001.example"}


def test_a_refused_creation_gives_the_name_that_was_sent(client: Client) -> None:
    client.post("/Users", user("asha@gb001.example", emails=[{"value": "nobody"}]))

    (entry,) = refusals(client)
    assert entry["target"] == {"type": "User", "display": "asha@gb001.example"}


@pytest.mark.parametrize("resource_id", ["unknown", "a%00b", "a" * 3000])
def test_what_nobody_has_is_named_by_its_id_if_at_all(client: Client, resource_id: str) -> None:
    statuses = bulk(client, {"method": "DELETE", "path": f"/Users/{resource_id}"})

    assert statuses == ["404"]
    (entry,) = refusals(client)
    assert entry["target"].get("display") is None


def test_another_tenant_is_not_told_of(server: Server) -> None:
    created(server.client("HOLDER"), user("asha@gb001.example"))
    other = server.client("OTHER")

    person = created(other, user("asha@gb001.example"))
    other.post("/Users", user("asha@gb001.example"))

    (entry,) = refusals(other)
    assert entry["target"]["value"] == person["id"]


def test_the_command_says_it_in_words(server: Server) -> None:
    school = server.client("TAKEN")
    created(school, user("asha@gb001.example"))

    bulk(school, {"method": "POST", "path": "/Users", "bulkId": "a", "data": user("asha@gb001.example")})

    (line,) = server.command("journal", "--tenant", "TAKEN", "--failed").splitlines()
    assert "could not create user 'asha@gb001.example': userName 'asha@gb001.example' is already used" in line
