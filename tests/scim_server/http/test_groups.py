"""Groups over HTTP: memberships in every form, nested groups, and references that are true."""

import pytest

from tests.support.people import created, group, members, user
from tests.support.server import Client


def test_a_member_added_twice_is_one_member(client: Client) -> None:
    person = created(client, user())
    english = created(client, group())
    addition = {"op": "add", "path": "members", "value": [{"value": person["id"]}]}

    client.patch(f"/Groups/{english['id']}", addition)
    client.patch(f"/Groups/{english['id']}", addition)

    assert members(client, english["id"]) == [person["id"]]


@pytest.mark.parametrize(
    "removal",
    [
        {"op": "remove", "path": 'members[value eq "%s"]'},
        {"op": "Remove", "path": "members", "value": [{"value": "%s"}]},
        {"op": "remove", "path": 'urn:ietf:params:scim:schemas:core:2.0:Group:members[value eq "%s"]'},
        {"op": "remove", "path": 'members[value eq "%s" or value eq "nobody"]'},
        {"op": "remove", "path": 'members[type eq "User"]'},
    ],
)
def test_a_member_is_removed_in_every_form(client: Client, removal: dict[str, object]) -> None:
    leaver = created(client, user())
    nested = created(client, group("Nested"))
    english = created(client, group("English Dept", leaver["id"], nested["id"]))
    text = str(removal["path"])
    operation = {**removal, "path": text % leaver["id"] if "%s" in text else text}
    if "value" in removal:
        operation["value"] = [{"value": leaver["id"]}]

    answer = client.patch(f"/Groups/{english['id']}", operation)

    assert answer.status == 200
    assert members(client, english["id"]) == [nested["id"]]


def test_a_replace_of_members_leaves_exactly_those(client: Client) -> None:
    people = [created(client, user())["id"] for _ in range(3)]
    english = created(client, group("English Dept", *people[:2]))

    client.patch(
        f"/Groups/{english['id']}",
        {"op": "replace", "value": {"displayName": "English", "members": [{"value": each} for each in people[1:]]}},
    )

    assert members(client, english["id"]) == sorted(people[1:])
    assert client.get(f"/Groups/{english['id']}").json["displayName"] == "English"


def test_members_and_groups_carry_their_references_and_names(client: Client) -> None:
    person = created(client, user(displayName="Asha P"))
    english = created(client, group("English Dept", person["id"]))

    (member,) = client.get(f"/Groups/{english['id']}").json["members"]
    (held,) = client.get(f"/Users/{person['id']}").json["groups"]

    assert member == {
        "value": person["id"], "$ref": person["meta"]["location"], "display": "Asha P", "type": "User",
    }  # fmt: skip
    assert held == {
        "value": english["id"], "$ref": english["meta"]["location"], "display": "English Dept", "type": "direct",
    }  # fmt: skip


def test_nested_groups_are_shown_as_indirect(client: Client) -> None:
    person = created(client, user())
    inner = created(client, group("English Dept", person["id"]))
    outer = created(client, group("All Staff", inner["id"]))

    held = {each["value"]: each["type"] for each in client.get(f"/Users/{person['id']}").json["groups"]}

    assert held == {inner["id"]: "direct", outer["id"]: "indirect"}
    found = client.get(f"/Users?filter=groups.value%20eq%20%22{outer['id']}%22").json
    assert [each["id"] for each in found["Resources"]] == [person["id"]]


def test_people_look_the_same_alone_found_by_name_and_on_a_page(client: Client) -> None:
    people = [created(client, user()) for _ in range(3)]
    inner = created(client, group("Inner", people[0]["id"], people[1]["id"]))
    created(client, group("Outer", inner["id"]))
    created(client, group("Direct", people[0]["id"]))

    alone = [client.get(f"/Users/{person['id']}").json for person in people]

    page = {each["id"]: each for each in client.get("/Users?count=1000").json["Resources"]}
    found = [client.get(f"/Users?filter=userName%20eq%20%22{person['userName']}%22").json for person in people]
    assert [len(person.get("groups", ())) for person in alone] == [3, 2, 0]
    assert [page[person["id"]] for person in people] == alone
    assert [answer["Resources"] for answer in found] == [[person] for person in alone]


def test_a_group_cannot_come_to_contain_itself(client: Client) -> None:
    inner = created(client, group("Inner"))
    outer = created(client, group("Outer", inner["id"]))

    refused = client.patch(
        f"/Groups/{inner['id']}", {"op": "add", "path": "members", "value": [{"value": outer["id"]}]}
    )

    assert (refused.status, refused.json["scimType"]) == (400, "invalidValue")
    assert members(client, inner["id"]) == []


def test_an_unknown_member_is_refused_and_nobody_is_added(client: Client) -> None:
    person = created(client, user())
    english = created(client, group())

    refused = client.patch(
        f"/Groups/{english['id']}",
        {"op": "add", "path": "members", "value": [{"value": person["id"]}, {"value": "nobody"}]},
    )

    assert (refused.status, refused.json["scimType"]) == (400, "invalidValue")
    assert "nobody" in refused.json["detail"]
    assert members(client, english["id"]) == []


def test_deleting_a_user_ends_the_memberships_and_changes_the_group(client: Client) -> None:
    person = created(client, user())
    english = created(client, group("English Dept", person["id"]))

    client.delete(f"/Users/{person['id']}")

    after = client.get(f"/Groups/{english['id']}").json
    assert "members" not in after
    assert after["meta"]["version"] != english["meta"]["version"]


def test_a_put_without_members_empties_the_group(client: Client) -> None:
    person = created(client, user())
    english = created(client, group("English Dept", person["id"]))

    client.put(f"/Groups/{english['id']}", group("English Dept"))

    assert members(client, english["id"]) == []


def test_fifty_members_change_in_one_patch(client: Client) -> None:
    people = [created(client, user())["id"] for _ in range(50)]
    english = created(client, group("English Dept", *people[:25]))

    answer = client.patch(
        f"/Groups/{english['id']}",
        {"op": "add", "path": "members", "value": [{"value": each} for each in people[25:]]},
        {"op": "remove", "path": "members", "value": [{"value": each} for each in people[:25]]},
    )

    assert answer.status == 200
    assert members(client, english["id"]) == sorted(people[25:])
