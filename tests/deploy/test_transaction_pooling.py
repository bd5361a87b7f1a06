"""Behind a proxy that shares database connections transaction by transaction, nothing is kept in a session."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from scim_server.db import Database
from scim_server.prepared import Prepared
from tests.support.databases import fresh_url
from tests.support.pooler import running_pooler
from tests.support.server import GROUP, USER, Client, Server, running_server

WRITERS = 16


@pytest.fixture
def pooled(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    """A server that reaches its database through a small pool."""
    with (
        fresh_url("postgresql", request, tmp_path) as direct,
        running_pooler(direct, tmp_path) as url,
        running_server(url, tmp_path) as server,
    ):
        server.command("db", "upgrade")
        yield server


def test_many_clients_share_a_few_database_connections(pooled: Server) -> None:
    school = pooled.client("GB001")
    group = school.post("/Groups", {"schemas": [GROUP], "displayName": "All staff"}).json["id"]

    with ThreadPoolExecutor(WRITERS) as threads:
        statuses = list(threads.map(lambda number: join(school, group, number), range(WRITERS)))

    assert statuses == [[200, 201, 200, 200, 200]] * WRITERS
    assert len(school.get(f"/Groups/{group}").json["members"]) == WRITERS
    assert school.get("/Changes?count=0").json["totalResults"] == 1 + 3 * WRITERS


def test_statements_are_prepared_on_the_server_unless_a_pooler_stands_between(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with fresh_url("postgresql", request, tmp_path) as direct, running_pooler(direct, tmp_path) as behind_a_pooler:
        assert prepared_statements(direct) == 1
        assert prepared_statements(behind_a_pooler) == 0


def prepared_statements(url: str) -> int:
    """Repeat a statement of the hot path, and return how many are prepared on its connection then."""
    database, repeated = Database(url), Prepared(sa.select(sa.literal_column("1")))
    with database.read() as reading:
        for _ in range(10):
            assert repeated.all(reading, {}) == [(1,)]
        count = reading.execute(sa.text("SELECT count(*) FROM pg_prepared_statements")).scalar_one()
    database.dispose()
    return int(count)


def join(school: Client, group: str, number: int) -> list[int]:
    """Look for a person, create them, change them, add them to a group and read them, as a provider would."""
    name = f"staff{number}@gb001.example"
    found = school.get(f'/Users?filter=userName%20eq%20"{name}"')
    created = school.post("/Users", {"schemas": [USER], "userName": name})
    person = created.json["id"]
    changed = school.patch(f"/Users/{person}", {"op": "replace", "path": "title", "value": "Teacher"})
    added = school.patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": [{"value": person}]})
    read = school.get(f"/Users/{person}")
    return [each.status for each in (found, created, changed, added, read)]
