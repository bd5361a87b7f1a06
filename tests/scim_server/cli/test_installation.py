"""``scim-server db``, ``settings`` and ``run``, started as an operator starts them."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from mycambridge.settings import DomainSettings

from scim_server import migrations
from scim_server.db import Database
from scim_server.settings import Settings
from tests.support.server import SCIM_SERVER, free_port


def scim_server(*arguments: str, folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a folder, with settings."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SCIM_SERVER_")}
    environment |= {f"SCIM_SERVER_{name.upper()}": value for name, value in settings.items()}
    return subprocess.run(
        [SCIM_SERVER, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60
    )


def named(database: Database) -> str:
    """Return the URL of a database."""
    return database.url.render_as_string(hide_password=False)


def test_the_embedded_database_makes_itself(tmp_path: Path) -> None:
    assert scim_server("tenant", "create", "GB001", folder=tmp_path).returncode == 0
    assert (tmp_path / "var" / "scim-server.db").exists()
    assert "GB001" in scim_server("tenant", "list", folder=tmp_path).stdout


def test_an_upgrade_can_be_repeated(database: Database, tmp_path: Path) -> None:
    migrations.downgrade(database)
    for _ in range(2):
        done = scim_server("db", "upgrade", folder=tmp_path, database_url=named(database))
        assert done.returncode == 0
        assert done.stdout.startswith("The schema is at ")


def test_current_tells_scripts_whether_an_upgrade_is_due(database: Database, tmp_path: Path) -> None:
    assert scim_server("db", "current", folder=tmp_path, database_url=named(database)).returncode == 0
    migrations.downgrade(database)
    done = scim_server("db", "current", folder=tmp_path, database_url=named(database))
    assert (done.returncode, done.stdout) == (1, "no schema yet (behind)\n")


def test_every_setting_is_shown_with_its_meaning(tmp_path: Path) -> None:
    rows = json.loads(scim_server("settings", "--json", folder=tmp_path).stdout)
    own = {f"SCIM_SERVER_{name.upper()}" for name in Settings.model_fields}
    of_the_board = {f"MYCAMBRIDGE_{name.upper()}" for name in DomainSettings.model_fields}
    assert {row["name"] for row in rows} == own | of_the_board
    assert all(row["meaning"] for row in rows)
    text = scim_server("settings", folder=tmp_path, rate_limit="off").stdout
    assert "SCIM_SERVER_RATE_LIMIT = off" in text
    assert "Default: 50/second burst 500." in text


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_no_secret_is_shown(options: tuple[str, ...], tmp_path: Path) -> None:
    shown = scim_server(
        "settings",
        *options,
        folder=tmp_path,
        secret_key="hidden-key",
        metrics_token="hidden-token",
        database_url="postgresql://scim:hidden-password@db.example/scim",
    ).stdout
    assert "hidden" not in shown
    assert "postgresql+psycopg://scim:***@db.example/scim" in shown


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"rate_limit": "fast"}, "write the rate as '50/second'"),
        ({"base_url": "school"}, "write the public address as https://host"),
        ({"database_url": "mysql://root@db/scim"}, "write the database as sqlite:///path or postgresql+psycopg://"),
        ({"max_page_size": "many"}, "SCIM_SERVER_MAX_PAGE_SIZE"),
    ],
)
def test_a_setting_that_is_wrong_is_named_in_a_sentence(
    settings: dict[str, str], sentence: str, tmp_path: Path
) -> None:
    done = scim_server("tenant", "list", folder=tmp_path, **settings)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_that_cannot_be_reached_is_no_traceback(tmp_path: Path) -> None:
    url = f"postgresql+psycopg://scim:secret@127.0.0.1:{free_port()}/scim"
    for command in (["tenant", "list"], ["run"], ["db", "upgrade"]):
        done = scim_server(*command, folder=tmp_path, database_url=url, secret_key="x")
        assert done.returncode == 1
        assert done.stderr == "Error: the database cannot be reached; check SCIM_SERVER_DATABASE_URL.\n"


def test_a_shared_database_that_is_behind_is_the_operators_to_upgrade(database: Database, tmp_path: Path) -> None:
    if database.is_sqlite:
        return
    migrations.downgrade(database)
    done = scim_server("run", folder=tmp_path, database_url=named(database), secret_key="x")
    assert done.returncode == 1
    assert "Run 'scim-server db upgrade' first." in done.stderr
    assert (
        "run 'scim-server db upgrade'"
        in scim_server("tenant", "list", folder=tmp_path, database_url=named(database)).stderr
    )


def test_a_shared_database_needs_a_secret_that_all_processes_have(database: Database, tmp_path: Path) -> None:
    if database.is_sqlite:
        return
    done = scim_server("run", folder=tmp_path, database_url=named(database))
    assert done.returncode == 1
    assert "Set SCIM_SERVER_SECRET_KEY" in done.stderr
