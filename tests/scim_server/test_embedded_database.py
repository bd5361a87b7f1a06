"""The embedded database as a file."""

from pathlib import Path

from scim_server.db import Database
from scim_server.migrations import upgrade


def test_nobody_but_its_owner_reads_the_embedded_database(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/new/scim.db")
    upgrade(database)
    modes = {each.name: each.stat().st_mode & 0o777 for each in (tmp_path / "new").iterdir()}
    database.dispose()
    assert "scim.db-wal" in modes
    assert set(modes.values()) == {0o600}
