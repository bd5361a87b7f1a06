"""Entity tags: what is read can be conditional, and a change never overwrites what its client has not seen."""

from tests.support.people import created, group, user
from tests.support.server import Client


def test_an_unchanged_resource_is_not_sent_again(client: Client) -> None:
    person = created(client, user())
    path = f"/Users/{person['id']}"
    tag = client.get(path).headers["ETag"]

    assert tag == person["meta"]["version"]
    again = client.get(path, If_None_Match=tag)
    assert (again.status, again.body) == (304, b"")

    client.patch(path, {"op": "replace", "path": "title", "value": "Head"})
    assert client.get(path, If_None_Match=tag).status == 200


def test_a_new_membership_makes_the_users_representation_new(client: Client) -> None:
    person = created(client, user())
    path = f"/Users/{person['id']}"
    before = client.get(path).headers["ETag"]

    created(client, group("English Dept", person["id"]))

    after = client.get(path, If_None_Match=before)
    assert after.status == 200
    assert after.headers["ETag"] == after.json["meta"]["version"] != before


def test_a_change_of_what_the_client_has_not_seen_is_refused(client: Client) -> None:
    person = created(client, user())
    path, old = f"/Users/{person['id']}", person["meta"]["version"]
    client.patch(path, {"op": "replace", "path": "title", "value": "Head"})

    for method, body in (("PUT", user(person["userName"])), ("DELETE", None)):
        assert client.send(method, path, body, {"If-Match": old}).status == 412
    assert client.get(path).json["title"] == "Head"


def test_a_tag_with_memberships_in_it_still_matches_the_user_it_was_read_from(client: Client) -> None:
    person = created(client, user())
    created(client, group("English Dept", person["id"]))
    path = f"/Users/{person['id']}"
    tag = client.get(path).headers["ETag"]

    assert client.send("DELETE", path, None, {"If-Match": tag}).status == 204


def test_a_group_has_a_new_version_after_each_membership(client: Client) -> None:
    person, english = created(client, user()), created(client, group())
    path = f"/Groups/{english['id']}"

    client.patch(path, {"op": "add", "path": "members", "value": [{"value": person["id"]}]})

    assert client.get(path).headers["ETag"] != english["meta"]["version"]
    assert client.send("DELETE", path, None, {"If-Match": english["meta"]["version"]}).status == 412


def test_a_group_has_changed_for_whoever_reads_it_when_a_member_is_renamed(client: Client) -> None:
    asha = created(client, user(displayName="Asha"))
    english = f"/Groups/{created(client, group('English Dept', asha['id']))['id']}"
    known = client.get(english).headers["ETag"]
    assert client.get(english, If_None_Match=known).status == 304

    client.patch(f"/Users/{asha['id']}", {"op": "replace", "path": "displayName", "value": "Asha Patel"})

    assert client.get(english, If_None_Match=known).status == 200
