"""The client profile interop keeps every MUST of draft-zollner-scim-interop-profile-02 for a service provider."""

from typing import Any
from uuid import uuid4

import pytest

from tests.support.server import GROUP, USER, Answer, Client, Server

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
UNDECLARED = "urn:example:params:scim:schemas:extension:2.0:User"


@pytest.fixture
def interop(server: Server) -> Client:
    """Return a client with the profile, of a tenant that no other test has."""
    return server.client(f"T{uuid4().hex[:12]}", "interop")


def user(who: str = "asha", **attributes: Any) -> dict[str, Any]:
    return {"schemas": [USER], "userName": f"{who}@gb001.example", **attributes}


def created(client: Client, **attributes: Any) -> str:
    answer = client.post("/Users", user(**attributes))
    assert answer.status == 201, answer.body
    return str(answer.json["id"])


def refusal(answer: Answer) -> tuple[int, str | None]:
    return answer.status, answer.json.get("scimType")


def test_conformance_is_announced_to_this_profile_alone(server: Server, interop: Client) -> None:
    default = server.client(f"T{uuid4().hex[:12]}", "default")

    assert interop.get("/ServiceProviderConfig").json["interopProfileConformant"] is True
    assert "interopProfileConformant" not in default.get("/ServiceProviderConfig").json


def test_the_id_of_a_resource_type_is_its_name_and_its_schemas_are_published(interop: Client) -> None:
    types = interop.get("/ResourceTypes").json["Resources"]
    schemas = {each["id"] for each in interop.get("/Schemas").json["Resources"]}

    assert [each["id"] for each in types] == [each["name"] for each in types]
    named = {each["schema"] for each in types}
    extended = {extension["schema"] for each in types for extension in each.get("schemaExtensions", ())}
    assert named | extended <= schemas
    assert len({each["endpoint"] for each in types}) == len(types)


def test_every_kind_of_value_has_its_canonical_values_published(interop: Client) -> None:
    attributes = [
        (f"{schema['name']}.{attribute['name']}", sub)
        for schema in interop.get("/Schemas").json["Resources"]
        for attribute in schema["attributes"]
        if attribute["multiValued"] and attribute["type"] == "complex"
        for sub in attribute["subAttributes"]
        if sub["name"] == "type" and schema["id"].startswith((USER, GROUP))
    ]

    assert [name for name, sub in attributes if not sub.get("canonicalValues")] == []
    assert {"User.emails", "User.phoneNumbers", "User.addresses", "User.ims"} <= {name for name, _ in attributes}


def test_no_password_is_published_or_taken(interop: Client) -> None:
    published = interop.get(f"/Schemas/{USER}").json["attributes"]

    assert "password" not in {each["name"] for each in published}
    assert refusal(interop.post("/Users", user(password="correct horse"))) == (400, "invalidSyntax")
    person = created(interop)
    answer = interop.patch(f"/Users/{person}", {"op": "replace", "path": "password", "value": "correct horse"})
    assert refusal(answer) == (400, "invalidSyntax")


def test_user_names_are_compared_without_case_in_filters_and_for_uniqueness(interop: Client) -> None:
    person, other = created(interop, who="JSmith"), created(interop, who="other")

    found = interop.send("GET", "/Users?filter=userName%20eq%20%22jsmith@GB001.example%22").json
    assert [each["id"] for each in found["Resources"]] == [person]
    assert refusal(interop.post("/Users", user("jSMITH"))) == (409, "uniqueness")
    renamed = interop.patch(f"/Users/{other}", {"op": "replace", "path": "userName", "value": "jsmith@gb001.EXAMPLE"})
    assert refusal(renamed) == (409, "uniqueness")


def test_ids_and_external_ids_are_compared_with_case(interop: Client) -> None:
    upper, lower = created(interop, who="a", externalId="ABC-123"), created(interop, who="b", externalId="abc-123")

    found = interop.send("GET", "/Users?filter=externalId%20eq%20%22abc-123%22").json
    assert [each["id"] for each in found["Resources"]] == [lower]
    assert interop.get(f"/Users/{upper.upper()}").status == 404


@pytest.mark.parametrize(
    "extra",
    [
        {"favouriteColour": "red"},
        {"name": {"nickname": "Ash"}},
        {"emails": [{"value": "a@gb001.example", "verified": True}]},
        {"schemas": [USER, UNDECLARED]},
        {"schemas": [USER, UNDECLARED], UNDECLARED: {"house": "Drake"}},
        {ENTERPRISE: {"house": "Drake"}},
    ],
    ids=["attribute", "sub-attribute", "sub-attribute of an entry", "schema", "extension", "attribute of an extension"],
)
def test_what_no_schema_declares_is_refused(interop: Client, extra: dict[str, Any]) -> None:
    person = created(interop)

    assert refusal(interop.post("/Users", user("other", **extra))) == (400, "invalidSyntax")
    assert refusal(interop.put(f"/Users/{person}", user(**extra))) == (400, "invalidSyntax")


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "replace", "path": "favouriteColour", "value": "red"},
        {"op": "add", "path": "name.nickname", "value": "Ash"},
        {"op": "add", "path": "emails", "value": [{"value": "a@gb001.example", "verified": True}]},
        {"op": "replace", "path": "name", "value": {"nickname": "Ash"}},
        {"op": "add", "path": f"{UNDECLARED}:house", "value": "Drake"},
        {"op": "add", "path": UNDECLARED, "value": {"house": "Drake"}},
        {"op": "remove", "path": "favouriteColour"},
    ],
    ids=lambda operation: f"{operation['op']} {operation['path']}",
)
def test_a_patch_of_what_no_schema_declares_is_refused(interop: Client, operation: dict[str, Any]) -> None:
    person = created(interop)

    answer = interop.patch(f"/Users/{person}", operation)

    assert refusal(answer) == (400, "invalidSyntax"), answer.body


@pytest.mark.parametrize("op", ["add", "replace", "remove"])
def test_a_patch_operation_needs_a_path(interop: Client, op: str) -> None:
    person = created(interop)

    assert refusal(interop.patch(f"/Users/{person}", {"op": op, "value": {"active": True}})) == (400, "invalidSyntax")
    empty = {"op": op, "path": "", "value": {"active": True}}
    assert refusal(interop.patch(f"/Users/{person}", empty)) == (400, "invalidSyntax")


@pytest.mark.parametrize("op", ["add", "replace"])
def test_add_and_replace_are_the_same_for_a_simple_attribute(interop: Client, op: str) -> None:
    person = created(interop, title="Teacher", active=True)

    changed = interop.patch(
        f"/Users/{person}",
        {"op": op, "path": "title", "value": "Head"},
        {"op": op, "path": "active", "value": False},
        {"op": op, "path": "nickName", "value": "Ash"},
    )

    assert changed.status == 200
    assert {"title": "Head", "active": False, "nickName": "Ash"}.items() <= changed.json.items()


def test_replacing_a_complex_attribute_replaces_all_of_it_and_adding_merges(interop: Client) -> None:
    person = created(interop, name={"givenName": "Asha", "familyName": "Rao"})

    merged = interop.patch(f"/Users/{person}", {"op": "add", "path": "name", "value": {"familyName": "Shah"}})
    assert merged.json["name"] == {"givenName": "Asha", "familyName": "Shah"}
    replaced = interop.patch(f"/Users/{person}", {"op": "replace", "path": "name", "value": {"formatted": "A. Shah"}})
    assert replaced.json["name"] == {"formatted": "A. Shah"}
    one = interop.patch(f"/Users/{person}", {"op": "replace", "path": "name.givenName", "value": "Asha"})
    assert one.json["name"] == {"formatted": "A. Shah", "givenName": "Asha"}


def test_adding_to_a_list_appends_and_replacing_it_replaces_all_of_it(interop: Client) -> None:
    work, home = {"type": "work", "value": "w@gb001.example"}, {"type": "home", "value": "h@gb001.example"}
    person = created(interop, emails=[work])

    added = interop.patch(f"/Users/{person}", {"op": "add", "path": "emails", "value": [home]})
    assert added.json["emails"] == [work, home]
    path = 'emails[type eq "work"].value'
    changed = interop.patch(f"/Users/{person}", {"op": "replace", "path": path, "value": "new@gb001.example"})
    assert changed.json["emails"] == [{**work, "value": "new@gb001.example"}, home]
    replaced = interop.patch(f"/Users/{person}", {"op": "replace", "path": "emails", "value": [home]})
    assert replaced.json["emails"] == [home]


def test_filters_know_eq_and_and_alone_and_refuse_unknown_attributes(interop: Client) -> None:
    person = created(interop, externalId="17", active=True)

    both = interop.send("GET", "/Users?filter=externalId%20eq%20%2217%22%20and%20active%20eq%20true").json
    assert [each["id"] for each in both["Resources"]] == [person]
    assert refusal(interop.get("/Users?filter=favouriteColour%20eq%20%22red%22")) == (400, "invalidFilter")
    assert refusal(interop.get("/Groups?filter=userName%20eq%20%22red%22")) == (400, "invalidFilter")
    assert refusal(interop.get("/Users?filter=name.nickname%20eq%20%22red%22")) == (400, "invalidFilter")


def test_a_page_holds_a_hundred_and_no_more_than_the_announced_maximum(interop: Client) -> None:
    for start in (0, 60):
        operations = [
            {"method": "POST", "path": "/Users", "bulkId": str(number), "data": user(f"staff-{number}")}
            for number in range(start, start + 60)
        ]
        assert interop.post("/Bulk", {"schemas": [BULK_REQUEST], "Operations": operations}).status == 200
    most = interop.get("/ServiceProviderConfig").json["filter"]["maxResults"]

    assert len(interop.get("/Users").json["Resources"]) >= 100
    assert len(interop.get("/Users?count=100").json["Resources"]) == 100
    assert len(interop.get("/Users?count=1000000").json["Resources"]) == min(most, 120)


BULK_REQUEST = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"


def test_everything_is_answered_as_scim_json(interop: Client) -> None:
    person = created(interop)

    answers = [
        interop.get("/Users"), interop.get(f"/Users/{person}"), interop.get("/Schemas"), interop.get("/Users/unknown"),
        interop.patch(f"/Users/{person}", {"op": "replace", "path": "title", "value": "Head"}),
    ]  # fmt: skip

    assert {each.headers["Content-Type"] for each in answers} == {"application/scim+json"}


def test_a_patch_never_deletes_and_a_delete_always_does(interop: Client) -> None:
    person = created(interop)
    interop.patch(f"/Users/{person}", {"op": "replace", "path": "active", "value": False})
    assert interop.get(f"/Users/{person}").json["active"] is False

    assert interop.delete(f"/Users/{person}").status == 204

    late = {"op": "replace", "path": "active", "value": True}
    gone = [
        interop.get(f"/Users/{person}"), interop.patch(f"/Users/{person}", late), interop.delete(f"/Users/{person}"),
        interop.put(f"/Users/{person}", user()),
    ]  # fmt: skip
    assert [each.status for each in gone] == [404, 404, 404, 404]
    assert interop.get("/Users").json["totalResults"] == 0
    assert interop.send("GET", "/Users?filter=userName%20eq%20%22asha@gb001.example%22").json["totalResults"] == 0
    assert created(interop) != person


def test_a_resource_is_addressed_by_its_id_alone(interop: Client) -> None:
    created(interop)

    assert interop.get("/Users/asha@gb001.example").status == 404
