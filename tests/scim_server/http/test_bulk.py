"""Bulk requests: references in any order, errors that stay alone, and limits."""

from typing import Any

from tests.support.people import created, group, members, user
from tests.support.server import BULK, PATCH_OP, Client


def bulk(client: Client, *operations: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    """Run a bulk request, and return the outcomes of its operations."""
    answer = client.post("/Bulk", {"schemas": [BULK], "Operations": list(operations), **more})
    assert answer.status == 200, answer.body
    outcomes: list[dict[str, Any]] = answer.json["Operations"]
    return outcomes


def creation(bulk_id: str, data: dict[str, Any], path: str = "/Users") -> dict[str, Any]:
    """Return an operation that creates a resource."""
    return {"method": "POST", "path": path, "bulkId": bulk_id, "data": data}


def test_a_group_may_refer_to_people_who_are_created_after_it(client: Client) -> None:
    outcomes = bulk(
        client,
        creation("g", {**group("English Dept"), "members": [{"value": "bulkId:a"}, {"value": "bulkId:b"}]}, "/Groups"),
        creation("a", user()),
        creation("b", user()),
    )

    assert [outcome["status"] for outcome in outcomes] == ["201", "201", "201"]
    ids = [outcome["location"].rpartition("/")[2] for outcome in outcomes]
    assert members(client, ids[0]) == sorted(ids[1:])


def test_one_taken_name_among_many_fails_alone(client: Client) -> None:
    created(client, user("taken@gb001.example"))

    outcomes = bulk(client, *[creation(str(n), user("taken@gb001.example" if n == 5 else None)) for n in range(20)])

    assert [n for n, outcome in enumerate(outcomes) if outcome["status"] != "201"] == [5]
    assert outcomes[5]["response"]["scimType"] == "uniqueness"
    assert client.get("/Users?count=0").json["totalResults"] == 20


def test_what_is_refused_on_the_way_is_journalled_whatever_is_refused_later(client: Client) -> None:
    created(client, user("taken@gb001.example"))
    people = [user("taken@gb001.example" if n in (3, 68) else None) for n in range(70)]
    people[30] = {**people[30], "emails": "no list"}
    people[40] = {**people[40], "userName": " "}

    outcomes = bulk(client, *[creation(str(n), person) for n, person in enumerate(people)])

    refused = [n for n, outcome in enumerate(outcomes) if outcome["status"] != "201"]
    assert refused == [3, 30, 40, 68]
    assert client.get("/Users?count=0").json["totalResults"] == 1 + 66
    assert client.get("/Changes?count=0&filter=outcome%20eq%20%22refused%22").json["totalResults"] == 4


def test_creations_of_several_types_are_stored_in_their_order(client: Client) -> None:
    kinds = [("/Users", user) if n % 30 else ("/Groups", group) for n in range(90)]

    outcomes = bulk(client, *[creation(str(n), make(), path) for n, (path, make) in enumerate(kinds)])

    assert {outcome["status"] for outcome in outcomes} == {"201"}
    assert [outcome["location"].split("/")[-2] for outcome in outcomes] == [path[1:] for path, _ in kinds]


def test_the_same_name_twice_in_one_request_is_created_once(client: Client) -> None:
    # Many requests: what a failure leaves in the driver shows only in a later one on the same connection.
    for number in range(20):
        names = f"asha{number}@gb001.example", f"ASHA{number}@gb001.example"
        outcomes = bulk(client, *[creation(name, user(name)) for name in names])
        assert [outcome["status"] for outcome in outcomes] == ["201", "409"]


def test_the_request_stops_after_as_many_errors_as_the_client_accepts(client: Client) -> None:
    bad = {"method": "DELETE", "path": "/Users/nobody"}

    outcomes = bulk(client, bad, creation("a", user()), bad, creation("b", user()), failOnErrors=2)

    assert [outcome["status"] for outcome in outcomes] == ["404", "201", "404"]


def test_every_method_works_with_versions(client: Client) -> None:
    person, leaver = created(client, user()), created(client, user())
    path = f"/Users/{person['id']}"
    change = {"schemas": [PATCH_OP], "Operations": [{"op": "replace", "path": "title", "value": "Head"}]}

    outcomes = bulk(
        client,
        {"method": "PATCH", "path": path, "data": change, "version": person["meta"]["version"]},
        {"method": "PATCH", "path": path, "data": change, "version": 'W/"99"'},
        {"method": "PUT", "path": path, "data": user(person["userName"], title="Teacher")},
        {"method": "DELETE", "path": f"/Users/{leaver['id']}"},
    )

    assert [outcome["status"] for outcome in outcomes] == ["200", "412", "200", "204"]
    assert client.get(path).json["title"] == "Teacher"


def test_a_hundred_people_and_their_group_arrive_in_one_request(client: Client) -> None:
    people = [creation(f"u{n}", user()) for n in range(100)]
    everybody = {**group("All Staff"), "members": [{"value": f"bulkId:u{n}"} for n in range(100)]}

    outcomes = bulk(client, *people, creation("g", everybody, "/Groups"))

    assert {outcome["status"] for outcome in outcomes} == {"201"}
    assert len(members(client, outcomes[-1]["location"].rpartition("/")[2])) == 100
