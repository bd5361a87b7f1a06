"""scim2-tester finds no fault with a running server, as a stranger would check it."""

import os
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server

from tests.support.server import Server

SCIM2 = str(Path(sys.executable).with_name("scim2"))


@pytest.mark.parametrize("profile", ["rfc", "default"])
def test_every_check_of_scim2_tester_passes(plain_server: Server, profile: str) -> None:
    connection = plain_server.client(f"TESTER-{profile.upper()}", profile)
    headers = {"Authorization": str(connection.authorization)}
    with httpx2.Client(base_url=connection.base, headers=headers, timeout=60) as http:
        client = SyncSCIMClient(http)
        client.discover()

        results = check_server(client)

    passed = [each for each in results if each.status == Status.SUCCESS]
    failures = [f"{each.title}: {each.reason}" for each in results if each.status not in _HARMLESS]
    assert failures == []
    assert len(passed) > 100


def test_the_command_of_scim2_cli_finds_no_failure(plain_server: Server) -> None:
    connection = plain_server.client("CLI")
    environment = os.environ | {"SCIM_CLI_HEADERS": f"Authorization: {connection.authorization}"}

    done = subprocess.run(
        [SCIM2, "--url", connection.base, "test"], env=environment, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("SUCCESS") > 100
    assert "ERROR" not in done.stdout


_HARMLESS = {Status.SUCCESS, Status.SKIPPED}
