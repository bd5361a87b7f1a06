"""The wheel is the whole product: into an empty environment it installs, makes its schema, and serves.

These are the Dockerfile's steps, in an environment that knows nothing of this checkout.
"""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from scim_server import migrations
from scim_server.db import Database
from tests.support.databases import ENGINES, fresh_url
from tests.support.people import created, user
from tests.support.server import running_server

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    _run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT))
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel into an empty environment, and return its folder of commands."""
    environment = tmp_path_factory.mktemp("environment")
    _run(sys.executable, "-m", "venv", "--without-pip", str(environment))
    python = environment / "bin" / "python"
    _run(sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", str(wheel))
    return environment / "bin"


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT.parent)
    assert done.returncode == 0, done.stderr


def test_the_wheel_holds_both_packages_and_every_file_in_them(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    tracked = subprocess.run(
        ["git", "ls-files", "scim_server", "extensions/mycambridge"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    expected = {path.removeprefix("extensions/") for path in tracked.stdout.splitlines() if (ROOT / path).exists()}
    assert expected <= held
    assert "scim_server/migrations/versions/0001_provisioning.py" in held
    assert "mycambridge/migrations/mc0001_centres.py" in held


def test_the_wheel_holds_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.split("/")[0] for name in archive.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"scim_server", "mycambridge"}


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_installed_serves(installed: Path, engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    with (
        fresh_url(engine, request, tmp_path) as url,
        running_server(url, tmp_path, command=str(installed / "scim-server")) as server,
    ):
        assert created(server.client("GB001"), user("asha@gb001.example"))["userName"] == "asha@gb001.example"


def test_what_is_installed_makes_the_schema(installed: Path, database: Database, tmp_path: Path) -> None:
    migrations.downgrade(database)
    environment = {"SCIM_SERVER_DATABASE_URL": database.url.render_as_string(hide_password=False)}
    done = subprocess.run(
        [installed / "scim-server", "db", "upgrade"], env=environment, cwd=tmp_path, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert not migrations.is_behind(database)
