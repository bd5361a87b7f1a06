"""Users over HTTP: what is created is what is read, and every change is answered truthfully."""

import pytest

from tests.support.people import created, group, user
from tests.support.server import USER, Client

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def test_a_created_user_comes_back_exactly_as_it_was_sent(client: Client) -> None:
    sent = user(
        "Asha.P@GB001.Example",
        name={"givenName": " Asha ", "familyName": "O'Neill-Ñandú"},
        emails=[{"value": "Asha.P@GB001.Example", "type": "Work", "primary": True}],
        phoneNumbers=[{"value": "+44 1223 000000", "type": "MOBILE"}],
        **{ENTERPRISE: {"department": "English", "manager": {"value": "26118915"}}},
    )

    answer = client.post("/Users", sent)

    assert answer.status == 201
    stored = client.get(f"/Users/{answer.json['id']}").json
    assert {name: stored[name] for name in sent if name != "schemas"} == {
        name: value for name, value in sent.items() if name != "schemas"
    }
    assert set(stored["schemas"]) == {USER, ENTERPRISE}
    assert answer.headers["Location"] == stored["meta"]["location"]
    assert stored["meta"]["location"].endswith(f"/scim/v2/Users/{stored['id']}")


def test_two_people_cannot_share_a_user_name_in_any_case(client: Client) -> None:
    created(client, user("asha@gb001.example"))

    refused = client.post("/Users", user("ASHA@gb001.EXAMPLE"))

    assert (refused.status, refused.json["scimType"]) == (409, "uniqueness")
    assert "userName" in refused.json["detail"]


def test_a_user_name_can_be_used_again_after_its_user_is_deleted(client: Client) -> None:
    first = created(client, user("asha@gb001.example"))
    assert client.delete(f"/Users/{first['id']}").status == 204

    assert client.post("/Users", user("asha@gb001.example")).status == 201
    assert client.get(f"/Users/{first['id']}").status == 404


def test_a_put_replaces_everything_the_client_may_write(client: Client) -> None:
    before = created(client, user("asha@gb001.example", title="Teacher", nickName="Ash"))

    answer = client.put(f"/Users/{before['id']}", user("asha@gb001.example", title="Head"))

    assert answer.json["title"] == "Head"
    assert "nickName" not in answer.json
    assert answer.json["meta"]["created"] == before["meta"]["created"]


def test_a_patch_keeps_what_it_does_not_name(client: Client) -> None:
    before = created(client, user("asha@gb001.example", title="Teacher", name={"givenName": "Asha"}))

    answer = client.patch(f"/Users/{before['id']}", {"op": "replace", "path": "name.familyName", "value": "Patel"})

    assert answer.json["name"] == {"givenName": "Asha", "familyName": "Patel"}
    assert answer.json["title"] == "Teacher"


def test_a_patch_that_changes_nothing_keeps_the_version(client: Client) -> None:
    before = created(client, user(title="Teacher"))

    answer = client.patch(f"/Users/{before['id']}", {"op": "replace", "path": "title", "value": "Teacher"})

    assert answer.json["meta"]["version"] == before["meta"]["version"]
    assert answer.json["meta"]["lastModified"] == before["meta"]["lastModified"]


@pytest.mark.parametrize(
    ("operation", "scim_type"),
    [
        ({"op": "remove"}, "noTarget"),
        ({"op": "replace", "path": "id", "value": "x"}, "mutability"),
        ({"op": "remove", "path": "userName"}, "mutability"),
        ({"op": "replace", "path": "emails[", "value": "x"}, "invalidPath"),
        ({"op": "replace", "path": "active", "value": "perhaps"}, "invalidValue"),
        ({"op": "explode", "path": "title", "value": "x"}, "invalidValue"),
        ({"op": "replace", "path": 'emails[type sw "x"].value', "value": "a@b.example"}, "noTarget"),
    ],
)
def test_a_patch_that_cannot_be_done_says_why_and_changes_nothing(
    client: Client, operation: dict[str, object], scim_type: str
) -> None:
    before = created(client, user(title="Teacher"))

    refused = client.patch(f"/Users/{before['id']}", {"op": "replace", "path": "title", "value": "Changed"}, operation)

    assert (refused.status, refused.json["scimType"]) == (400, scim_type)
    assert client.get(f"/Users/{before['id']}").json["title"] == "Teacher"


def test_memberships_survive_deactivation(client: Client) -> None:
    person = created(client, user())
    english = created(client, group("English Dept", person["id"]))

    client.patch(f"/Users/{person['id']}", {"op": "replace", "path": "active", "value": False})
    client.patch(f"/Users/{person['id']}", {"op": "replace", "path": "active", "value": True})

    assert [each["value"] for each in client.get(f"/Users/{person['id']}").json["groups"]] == [english["id"]]


def test_a_password_is_neither_kept_nor_returned_nor_announced(client: Client) -> None:
    answer = client.post("/Users", user(password="correct horse battery staple"))

    assert b"correct horse" not in answer.body
    assert b"correct horse" not in client.get("/Changes?count=100").body
    schemas = client.get("/Schemas").json["Resources"]
    person = next(schema for schema in schemas if schema["id"] == USER)
    assert "password" not in [attribute["name"] for attribute in person["attributes"]]


@pytest.mark.parametrize("name", ["attributes", "excludedAttributes"])
def test_every_method_that_returns_a_resource_honours_projection(client: Client, name: str) -> None:
    query = f"?{name}=title"
    kept = name == "attributes"
    made = client.send("POST", f"/Users{query}", user(title="Teacher", nickName="Ash"))
    path = f"/Users/{made.json['id']}{query}"
    changed = client.patch(path, {"op": "replace", "path": "title", "value": "Head"})
    replaced = client.put(path, user(made.json.get("userName") or "x@gb001.example", title="Head", nickName="Ash"))

    for answer in (made, changed, client.get(path), replaced):
        assert answer.status in (200, 201)
        assert ("title" in answer.json, "nickName" in answer.json) == (kept, not kept)
        assert "id" in answer.json


def test_head_answers_as_get_does_without_the_body(client: Client) -> None:
    person = created(client, user())

    got, asked = client.get(f"/Users/{person['id']}"), client.send("HEAD", f"/Users/{person['id']}")

    assert (asked.status, asked.body) == (200, b"")
    assert [asked.headers[name] for name in ("ETag", "Content-Length", "Content-Type")] == [
        got.headers[name] for name in ("ETag", "Content-Length", "Content-Type")
    ]
    assert client.send("HEAD", "/Users/unknown").status == 404
