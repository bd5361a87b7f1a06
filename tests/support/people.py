"""Resources that tests create, with what a test does not care about filled in."""

from typing import Any
from uuid import uuid4

from tests.support.server import GROUP, USER, Client


def user(name: str | None = None, /, **attributes: Any) -> dict[str, Any]:
    """Return a user to create."""
    return {"schemas": [USER], "userName": name or f"{uuid4().hex[:8]}@gb001.example", "active": True, **attributes}


def group(name: str = "English Dept", /, *members: str, **attributes: Any) -> dict[str, Any]:
    """Return a group to create."""
    shown = {"members": [{"value": member} for member in members]} if members else {}
    return {"schemas": [GROUP], "displayName": name, **shown, **attributes}


def created(client: Client, resource: dict[str, Any]) -> dict[str, Any]:
    """Create a resource, and return it as the server has it."""
    endpoint = "/Users" if USER in resource["schemas"] else "/Groups"
    answer = client.post(endpoint, resource)
    assert answer.status == 201, answer.body
    body: dict[str, Any] = answer.json
    return body


def members(client: Client, group_id: str) -> list[str]:
    """Return the ids of the members of a group, in order."""
    return sorted(member["value"] for member in client.get(f"/Groups/{group_id}").json.get("members", []))
