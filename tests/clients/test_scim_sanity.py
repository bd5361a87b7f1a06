"""``scim-sanity probe`` finds no fault with a running server."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from scim_server.store.tables import indexed_values, resources
from tests.support.server import USER, Client, Server

SCIM_SANITY = str(Path(sys.executable).with_name("scim-sanity"))
MEMBER_OF_THE_PROBE = "fake-member-id"


@pytest.mark.parametrize("profile", ["rfc", "default"])
def test_the_probe_of_scim_sanity_finds_no_fault(plain_server: Server, profile: str) -> None:
    connection = plain_server.client(f"SANITY-{profile.upper()}", profile)
    _provide_the_member_of_the_probe(plain_server, connection)
    token = str(connection.authorization).removeprefix("Bearer ")

    probe = subprocess.run(
        [SCIM_SANITY, "probe", connection.base, "--token", token, "--i-accept-side-effects", "--json-output"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    report = json.loads(probe.stdout)
    assert [each for each in report["results"] if each["status"] not in ("pass", "skip")] == []
    assert report["summary"]["passed"] >= 28
    assert probe.returncode == 0


def _provide_the_member_of_the_probe(server: Server, connection: Client) -> None:
    """Create whom the probe adds to a group without having created them: a member must exist here."""
    created = connection.post("/Users", {"schemas": [USER], "userName": "member-of-the-probe@school.example"}).json
    with server.database.write() as transaction:
        for table, column in ((resources, resources.c.id), (indexed_values, indexed_values.c.resource_id)):
            transaction.execute(sa.update(table).where(column == created["id"]).values({column: MEMBER_OF_THE_PROBE}))
