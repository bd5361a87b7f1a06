"""The centre of users and groups: a schema, a rule and a derived name that an extension brings to the server."""

from uuid import uuid4

import pytest

from tests.support.people import created, group, user
from tests.support.server import BULK, Client, Server

USER_CENTRE = "urn:ietf:params:scim:schemas:extension:mycambridge:2.0:User"
GROUP_CENTRE = "urn:ietf:params:scim:schemas:extension:mycambridge:2.0:Group"


@pytest.fixture
def school(server: Server) -> Client:
    """Return the client of an organisation with one centre, GB001."""
    tenant = f"S{uuid4().hex[:10]}"
    client = server.client(tenant)
    server.command("centre", "register", "gb001", "--tenant", tenant, "--name", "Example School")
    return client


@pytest.fixture
def associate(server: Server) -> Client:
    """Return the client of an organisation with two centres, IN001 and IN002."""
    tenant = f"A{uuid4().hex[:10]}"
    client = server.client(tenant)
    for number in ("IN001", "IN002"):
        server.command("centre", "register", number, "--tenant", tenant, "--name", f"School {number}")
    return client


def test_the_only_centre_of_an_organisation_is_filled_in(school: Client) -> None:
    person, english = created(school, user()), created(school, group())

    assert person[USER_CENTRE] == {"centreNumber": "GB001"}
    assert english[GROUP_CENTRE] == {"centreNumber": "GB001"}
    assert USER_CENTRE in person["schemas"]


def test_an_organisation_with_several_centres_names_one_or_none(associate: Client) -> None:
    named = created(associate, user(**{USER_CENTRE: {"centreNumber": "in002"}}))

    assert named[USER_CENTRE] == {"centreNumber": "IN002"}
    assert USER_CENTRE not in created(associate, user())


@pytest.mark.parametrize("form", ["post", "put", "patch", "bulk"])
def test_a_foreign_centre_is_refused_on_every_path_and_the_allowed_ones_are_named(associate: Client, form: str) -> None:
    person = created(associate, user(**{USER_CENTRE: {"centreNumber": "IN001"}}))
    foreign = user(person["userName"], **{USER_CENTRE: {"centreNumber": "GB001"}})
    path = f"/Users/{person['id']}"
    if form == "post":
        answer = associate.post("/Users", {**foreign, "userName": "another@in001.example"})
    elif form == "put":
        answer = associate.put(path, foreign)
    elif form == "patch":
        answer = associate.patch(path, {"op": "replace", "path": f"{USER_CENTRE}:centreNumber", "value": "GB001"})
    else:
        operation = {"method": "PUT", "path": path, "data": foreign}
        answer = associate.post("/Bulk", {"schemas": [BULK], "Operations": [operation]})

    refusal = answer.json["Operations"][0]["response"] if form == "bulk" else answer.json
    assert refusal["status"] == "403"
    assert "IN001, IN002" in refusal["detail"]
    assert associate.get(path).json[USER_CENTRE] == {"centreNumber": "IN001"}


def test_what_is_no_centre_number_is_refused_with_an_example(school: Client) -> None:
    refused = school.post("/Users", user(**{USER_CENTRE: {"centreNumber": "the school"}}))

    assert (refused.status, refused.json["scimType"]) == (400, "invalidValue")
    assert "GB001" in refused.json["detail"]


def test_a_centre_can_be_searched_and_its_name_asked_for(associate: Client) -> None:
    there = created(associate, user(**{USER_CENTRE: {"centreNumber": "IN002"}}))
    created(associate, user(**{USER_CENTRE: {"centreNumber": "IN001"}}))

    query = f"/Users?filter={USER_CENTRE}:centreNumber%20eq%20%22in002%22&attributes={USER_CENTRE}:centreName"
    (found,) = associate.get(query).json["Resources"]

    assert found["id"] == there["id"]
    assert found[USER_CENTRE] == {"centreName": "School IN002"}
    assert "centreName" not in associate.get(f"/Users/{there['id']}").json[USER_CENTRE]


def test_discovery_tells_what_the_extension_adds(school: Client) -> None:
    types = {each["id"]: each for each in school.get("/ResourceTypes").json["Resources"]}
    schemas = {each["id"] for each in school.get("/Schemas").json["Resources"]}

    assert USER_CENTRE in {each["schema"] for each in types["User"]["schemaExtensions"]}
    assert {USER_CENTRE, GROUP_CENTRE} <= schemas
