"""Whether a person is active changes only when a request says so, in one way that is understood."""

from typing import Any
from urllib.parse import quote

import pytest

from tests.support.people import created, user
from tests.support.server import USER, Client

OFF = {"op": "replace", "path": "active", "value": False}


def found(client: Client, text: str) -> list[str]:
    """Return the ids of the people whom a filter finds."""
    return [each["id"] for each in client.get(f"/Users?filter={quote(text)}").json["Resources"]]


def test_a_person_of_whom_nothing_is_said_is_active_and_found_so(client: Client) -> None:
    asha = created(client, {"schemas": [USER], "userName": "asha@gb001.example"})
    assert asha["active"] is True
    assert found(client, "active eq true") == [asha["id"]]


def test_a_replacement_that_does_not_say_so_brings_nobody_back(client: Client) -> None:
    asha = created(client, user())
    client.patch(f"/Users/{asha['id']}", OFF)

    replaced = client.put(f"/Users/{asha['id']}", {"schemas": [USER], "userName": asha["userName"], "title": "Teacher"})

    assert (replaced.status, replaced.json["active"], replaced.json["title"]) == (200, False, "Teacher")
    back = client.put(f"/Users/{asha['id']}", {"schemas": [USER], "userName": asha["userName"], "active": True})
    assert back.json["active"] is True


@pytest.mark.parametrize("values", [(False, True), (True, False)])
def test_what_is_said_twice_in_two_names_is_refused(client: Client, values: tuple[bool, bool]) -> None:
    asha = created(client, user())
    said: dict[str, Any] = {"active": values[0], f"{USER}:active": values[1]}

    refused = client.patch(f"/Users/{asha['id']}", {"op": "replace", "value": said})

    assert (refused.status, refused.json["scimType"]) == (400, "invalidSyntax")
    assert "twice" in refused.json["detail"]


def test_the_journal_says_that_somebody_is_active_again_whose_mark_was_removed(client: Client) -> None:
    asha = created(client, user())
    client.patch(f"/Users/{asha['id']}", OFF)
    client.patch(f"/Users/{asha['id']}", {"op": "remove", "path": "active"})
    last = client.get("/Changes?sortBy=at&sortOrder=descending&count=1").json["Resources"][0]
    assert last["attributes"] == [{"path": "active", "before": "false"}]
