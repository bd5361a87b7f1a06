"""The journal: every change and every refusal, for the tenant to read."""

from urllib.parse import quote

import pytest

from tests.support.people import created, group, user
from tests.support.server import Client, Server


def test_every_change_is_told_with_before_and_after(client: Client) -> None:
    person = created(client, user("asha@gb001.example", title="Teacher"))
    client.patch(f"/Users/{person['id']}", {"op": "replace", "path": "title", "value": "Head"})

    person_id = person["id"]
    of_person = quote(f'target.value eq "{person_id}"')
    creation, change = client.get(f"/Changes?filter={of_person}&sortBy=at").json["Resources"]

    assert (creation["operation"], creation["outcome"], creation["target"]["display"]) == (
        "create", "done", "asha@gb001.example",
    )  # fmt: skip
    assert change["attributes"] == [{"path": "title", "before": "Teacher", "after": "Head"}]
    assert change["actor"]["type"] == "connection"


def test_a_refusal_is_kept_with_its_reason_and_request_id(client: Client) -> None:
    created(client, user("asha@gb001.example"))

    refused = client.post("/Users", user("asha@gb001.example"))

    refusals = quote('outcome eq "refused"')
    (entry,) = client.get(f"/Changes?filter={refusals}").json["Resources"]
    assert (entry["status"], entry["scimType"], entry["requestId"]) == (
        409, "uniqueness", refused.headers["X-Request-Id"],
    )  # fmt: skip
    assert entry["detail"] == refused.json["detail"]


def test_what_was_ignored_is_told(client: Client) -> None:
    created(client, user("asha@gb001.example", shoeSize=38))

    (entry,) = client.get("/Changes").json["Resources"]

    assert entry["ignored"] == ["shoeSize"]


def test_memberships_are_told_one_by_one(client: Client) -> None:
    person, english = created(client, user()), created(client, group())
    client.patch(f"/Groups/{english['id']}", {"op": "add", "path": "members", "value": [{"value": person["id"]}]})

    latest = client.get("/Changes?sortBy=at&sortOrder=descending&count=1").json["Resources"][0]

    assert latest["members"] == [{"value": person["id"], "operation": "add"}]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nobody_can_write_the_journal(client: Client, method: str) -> None:
    created(client, user())
    entry = client.get("/Changes").json["Resources"][0]["id"]
    path = "/Changes" if method == "POST" else f"/Changes/{entry}"

    assert client.send(method, path, {} if method != "DELETE" else None).status == 405
    assert client.get(f"/Changes/{entry}").status == 200


def test_the_command_tells_it_in_words(server: Server) -> None:
    school = server.client("WORDS")
    person = created(school, user("asha@gb001.example"))
    created(school, group("English Dept", person["id"]))
    school.post("/Users", user("asha@gb001.example"))

    said = server.command("journal", "--tenant", "WORDS")
    failed = server.command("journal", "--tenant", "WORDS", "--failed")

    assert "created user 'asha@gb001.example'" in said
    assert "created group 'English Dept' with asha@gb001.example" in said
    assert len(failed.splitlines()) == 1
    assert "userName 'asha@gb001.example' is already used" in failed


def test_nobody_is_named_any_more_once_the_time_for_personal_data_is_over(
    server: Server, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaver, stays = created(client, user("leaver@gb001.example")), created(client, user("stays@gb001.example"))
    assert client.post("/Users", user("newcomer@gb001.example", emails=[{"value": "newcomer"}])).status == 400
    client.delete(f"/Users/{leaver['id']}")
    monkeypatch.setitem(server.environment, "SCIM_SERVER_PERSONAL_DATA_RETENTION_DAYS", "0")

    server.command("journal", "purge")

    entries = client.get("/Changes?sortBy=at").json["Resources"]
    told = [(each["operation"], each["outcome"], each.get("target", {}).get("display")) for each in entries]
    assert told == [
        ("create", "done", None), ("create", "done", "stays@gb001.example"), ("create", "refused", None),
        ("delete", "done", None),
    ]  # fmt: skip
    assert [each["target"]["value"] for each in entries if "target" in each and "value" in each["target"]] == [
        leaver["id"], stays["id"], leaver["id"],
    ]  # fmt: skip
    assert "leaver" not in str(entries)
    assert "newcomer" not in str(entries)
    assert client.get("/Changes?filter=detail%20pr").json["totalResults"] == 0
    assert "blanked the personal data in 0." in server.command("journal", "purge")
