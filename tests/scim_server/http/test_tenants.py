"""Tenants never see one another, and nothing tells one that another's resource exists."""

import pytest

from tests.support.people import created, group, user
from tests.support.server import Client, Server


@pytest.fixture
def schools(server: Server) -> tuple[Client, Client]:
    """Return the clients of two schools."""
    from uuid import uuid4  # noqa: PLC0415

    return server.client(f"A{uuid4().hex[:10]}"), server.client(f"B{uuid4().hex[:10]}")


def test_what_one_school_has_another_cannot_read_change_or_delete(schools: tuple[Client, Client]) -> None:
    ours, theirs = schools
    person = created(theirs, user())
    path = f"/Users/{person['id']}"
    unknown = "/Users/01999999-0000-7000-8000-000000000000"

    for method, body in (("GET", None), ("PUT", user()), ("PATCH", _title()), ("DELETE", None)):
        foreign = ours.send(method, path, body)
        missing = ours.send(method, unknown, body)
        assert foreign.status == missing.status == 404
        assert foreign.json["detail"].replace(person["id"], "") == missing.json["detail"].replace(unknown[7:], "")
    assert theirs.get(path).json == person


def test_the_same_user_name_can_exist_at_two_schools(schools: tuple[Client, Client]) -> None:
    for school in schools:
        assert school.post("/Users", user("asha@example.org")).status == 201


def test_filters_pages_and_cursors_see_one_school_only(schools: tuple[Client, Client]) -> None:
    ours, theirs = schools
    created(theirs, user("asha@example.org", emails=[{"value": "asha@example.org"}]))

    for query in (
        "",
        "filter=userName%20eq%20%22asha@example.org%22",
        "filter=emails.value%20eq%20%22asha@example.org%22",
    ):
        assert ours.get(f"/Users?{query}").json["totalResults"] == 0
    assert ours.get("/").json["totalResults"] == 0
    assert ours.get("/Users?cursor=").json["Resources"] == []
    assert ours.get("/Changes").json["totalResults"] == 0


def test_a_cursor_of_one_school_is_worth_nothing_at_another(schools: tuple[Client, Client]) -> None:
    ours, theirs = schools
    for _ in range(3):
        created(theirs, user())
    cursor = theirs.get("/Users?cursor=&count=1").json["nextCursor"]

    assert ours.get(f"/Users?cursor={cursor}&count=1").json.get("Resources", []) == []


def test_a_member_of_another_school_is_refused_like_one_that_does_not_exist(schools: tuple[Client, Client]) -> None:
    ours, theirs = schools
    stranger = created(theirs, user())["id"]

    refused = ours.post("/Groups", group("English Dept", stranger))
    missing = ours.post("/Groups", group("English Dept", "nobody"))

    assert refused.status == missing.status == 400
    assert refused.json["detail"].replace(stranger, "") == missing.json["detail"].replace("nobody", "")


def test_a_token_reaches_its_own_tenant_by_name_and_no_other(server: Server, schools: tuple[Client, Client]) -> None:
    ours, _ = schools
    (own, other) = [tenant for tenant, *_ in server.tokens][-2:]
    named = Client(f"{server.url}/tenants/{own}/scim/v2", ours.authorization)
    foreign = Client(f"{server.url}/tenants/{other}/scim/v2", ours.authorization)
    absent = Client(f"{server.url}/tenants/nowhere/scim/v2", ours.authorization)

    assert named.get("/Users").status == 200
    assert foreign.get("/Users").status == absent.get("/Users").status == 404


def _title() -> dict[str, object]:
    return {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "replace", "path": "title", "value": "Head"}],
    }
