"""What each identity provider really sends, request by request, as its documentation shows it.

A file in the folder of a client profile is one conversation. Its steps run in order; ``keep`` names parts of an answer
that later steps put into their path, body or expectation as ``{name}``. An expected object may hold more than is
named, ``null`` means that a part must be absent, and the entries of an expected list may come in any order.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from scim_server.protocol.profiles import PROFILES
from tests.support.replay import differences, filled, part, send
from tests.support.server import Server

HERE = Path(__file__).parent
REPLAYS = sorted(path.relative_to(HERE).with_suffix("").as_posix() for path in HERE.glob("*/*.json"))


@pytest.mark.parametrize("replay", REPLAYS)
def test_a_provider_gets_the_answers_it_needs(server: Server, replay: str) -> None:
    recorded = json.loads((HERE / f"{replay}.json").read_text())
    centres = recorded.get("centres", [])
    tenant = centres[0] if centres else replay.replace("/", "-").replace("_", "-")
    client = server.client(tenant, replay.partition("/")[0])
    for number in centres:
        whose = ("--kind", "associate") if number == tenant else ("--associate", tenant)
        server.command("centre", "create", number, "--name", f"School {number}", "--country", "GB", *whose)
    kept: dict[str, Any] = {}
    for number, step in enumerate(recorded["steps"], 1):
        answer = send(client, step, kept)
        told = f"step {number}, {step['why']}: {answer.status} {answer.body.decode()}"
        assert answer.status == step["status"], told
        if "expect" in step:
            assert differences(filled(step["expect"], kept), answer.json) == [], told
        for name, path in step.get("keep", {}).items():
            kept[name] = part(answer.json, path)


def test_every_provider_has_a_recorded_conversation() -> None:
    assert {replay.partition("/")[0] for replay in REPLAYS} == PROFILES.keys() - {"default", "rfc", "interop"}
