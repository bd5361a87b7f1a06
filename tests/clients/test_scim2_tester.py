"""scim2-tester finds no fault with a running server, as a stranger would check it."""

import httpx2
import pytest
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server

from tests.support.server import Server


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


_HARMLESS = {Status.SUCCESS, Status.SKIPPED}
