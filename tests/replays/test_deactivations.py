"""A person who is deactivated loses access, or whoever asked for it is told that they did not.

``deactivations.json`` holds every shape in which a provider is known to ask for it, and shapes near them. ``sent_by``
names the client profiles whose provider documents a shape: for these it must succeed. What ``spoils_bulk`` is refused
before its operations are looked at.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from scim_server.protocol.profiles import PROFILES
from tests.support.replay import filled
from tests.support.server import BULK, USER, Client, Server

SHAPES = json.loads(Path(__file__).with_name("deactivations.json").read_text())


@pytest.mark.parametrize("profile", sorted(PROFILES))
def test_a_deactivation_is_never_half_understood(server: Server, profile: str) -> None:
    client = server.client(f"leavers-{profile}", profile)

    outcomes = {shape["name"]: deactivated(client, number, shape) for number, shape in enumerate(SHAPES)}

    lost = {name: outcome for name, outcome in outcomes.items() if outcome.startswith("lost")}
    refused = {
        shape["name"]: outcomes[shape["name"]]
        for shape in SHAPES
        if profile in shape.get("sent_by", ()) and outcomes[shape["name"]] != "deactivated"
    }
    assert (lost, refused) == ({}, {})


@pytest.mark.parametrize("profile", sorted(PROFILES))
def test_a_deactivation_in_a_bulk_request_is_never_half_understood(server: Server, profile: str) -> None:
    client = server.client(f"bulk-leavers-{profile}", profile)
    shapes = [shape for shape in SHAPES if not shape.get("spoils_bulk")]
    people = [create(client, number) for number in range(len(shapes))]
    operations = [
        {"method": shape["method"], "path": f"/Users/{person['id']}", "data": filled(shape["body"], person)}
        for person, shape in zip(people, shapes, strict=True)
    ]

    answer = client.post("/Bulk", {"schemas": [BULK], "Operations": operations})

    assert answer.status == 200
    lost = [
        shape["name"]
        for person, shape, done in zip(people, shapes, answer.json["Operations"], strict=True)
        if int(done["status"]) < 400 and client.get(f"/Users/{person['id']}").json["active"] is not False
    ]
    assert lost == []


def deactivated(client: Client, number: int, shape: Mapping[str, Any]) -> str:
    """Deactivate somebody, and return what came of it."""
    person = create(client, number)
    answer = client.send(shape["method"], f"/Users/{person['id']}", filled(shape["body"], person))
    if answer.status >= 400:
        return f"refused: {answer.status} {answer.json['detail']}"
    active = client.get(f"/Users/{person['id']}").json.get("active")
    return "deactivated" if active is False else f"lost: {answer.status}, and active is {active}"


def create(client: Client, number: int) -> dict[str, Any]:
    """Create somebody who is active."""
    created = client.post("/Users", {"schemas": [USER], "userName": f"leaver-{number}@gb001.example", "active": True})
    assert created.status == 201, created.body
    person: dict[str, Any] = created.json
    return person
