"""A real PgBouncer in transaction mode before a PostgreSQL."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from tests.support.server import free_port

_CONFIGURATION = """
[databases]
* = {target}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 3
"""


@contextmanager
def running_pooler(database_url: str, folder: Path) -> Iterator[str]:
    """Yield the URL of a database as reached through a pool of three connections, shared transaction by transaction.

    :raises RuntimeError: When this machine has no PgBouncer: the tests that need one are never skipped.
    """
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        raise RuntimeError("The test of transaction pooling needs Debian's 'pgbouncer'.")
    url, port = sa.make_url(database_url), free_port()
    configuration = folder / "pgbouncer.ini"
    configuration.write_text(_CONFIGURATION.format(target=_target(url), port=port))
    user = _user(url)
    # As an open file: whom it runs as need not reach the folder.
    with configuration.open() as readable:
        process = subprocess.Popen(
            [program, "/dev/stdin"], stdin=readable, user=user, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            text=True,
        )  # fmt: skip
    try:
        _wait_until_ready(process, port)
        yield url.set(host="127.0.0.1", port=port, query={}).render_as_string(hide_password=False)
    finally:
        process.terminate()
        process.communicate(timeout=20)


def _user(url: sa.URL) -> str | None:
    """Return whom it runs as: it refuses root, and only its owner reaches the socket of the database."""
    if os.geteuid() != 0:
        return None
    folder = Path(str(url.query.get("host", "")))
    return folder.owner() if folder.is_absolute() else "nobody"


def _target(url: sa.URL) -> str:
    known = {"host": url.query.get("host", url.host), "port": url.port, "user": url.username, "password": url.password}
    return " ".join(f"{name}={value}" for name, value in known.items() if value)


def _wait_until_ready(process: "subprocess.Popen[str]", port: int) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"PgBouncer did not start: {process.communicate()[1]}")
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError("PgBouncer did not get ready.")
