"""Starts the server and the floor on one database engine, under the same web server."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import sqlalchemy as sa

from benchmarks import floor
from benchmarks.driver import Target
from tests.support.postgres import DURABLE, running_postgres
from tests.support.server import free_port

WORKERS, THREADS = "2", "4"
BIN = Path(sys.executable).parent
ROOT = Path(__file__).parent.parent


@contextmanager
def both(engine: str) -> Iterator[tuple[Target, Target]]:
    """Yield the floor and the server, each with a database of its own on an engine."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(_folder()))
        if engine == "sqlite":
            urls = [f"sqlite:///{folder / name}.db" for name in ("floor", "ours")]
        else:
            maintenance = sa.make_url(stack.enter_context(running_postgres(DURABLE)))
            urls = [_database(maintenance, name) for name in ("floor", "ours")]
        yield stack.enter_context(_floor(urls[0])), stack.enter_context(_ours(urls[1]))


@contextmanager
def _folder() -> Iterator[str]:
    folder = tempfile.mkdtemp(prefix="scim-benchmark-")
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def _database(maintenance: sa.URL, name: str) -> str:
    engine = sa.create_engine(maintenance, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    return maintenance.set(database=name).render_as_string(hide_password=False)


@contextmanager
def _floor(url: str) -> Iterator[Target]:
    engine = floor.open_engine(url)
    floor.metadata.create_all(engine)
    engine.dispose()
    port = free_port()
    command = [
        str(BIN / "gunicorn"), "--workers", WORKERS, "--threads", THREADS, "--worker-class", "gthread",
        "--keep-alive", "75", "--bind", f"127.0.0.1:{port}", "benchmarks.floor:create()",
    ]  # fmt: skip
    with _running(command, {"FLOOR_URL": url}):
        target = Target("floor", port)
        _wait(target, "/Users?startIndex=1&count=1")
        yield target


@contextmanager
def _ours(url: str) -> Iterator[Target]:
    environment = {
        "SCIM_SERVER_DATABASE_URL": url,
        "SCIM_SERVER_SECRET_KEY": "a benchmark's",
        "SCIM_SERVER_RATE_LIMIT": "off",
        "SCIM_SERVER_MAX_BODY_SIZE": str(2**26),
    }
    command = str(BIN / "scim-server")
    for arguments in (["db", "upgrade"], ["tenant", "create", "BENCH"]):
        subprocess.run([command, *arguments], env={**os.environ, **environment}, check=True, capture_output=True)
    issued = subprocess.run(
        [command, "token", "create", "--tenant", "BENCH", "--name", "benchmark"],
        env={**os.environ, **environment}, check=True, capture_output=True, text=True,
    )  # fmt: skip
    port = free_port()
    with _running([command, "run", "--port", str(port), "--workers", WORKERS, "--threads", THREADS], environment):
        target = Target("ours", port, "/scim/v2", {"Authorization": f"Bearer {issued.stdout.strip()}"})
        _wait(Target("ours", port), "/readyz")
        yield target


@contextmanager
def _running(command: list[str], environment: dict[str, str]) -> Iterator[None]:
    process = subprocess.Popen(
        command, env={**os.environ, **environment}, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=60)


def _wait(target: Target, path: str) -> None:
    for _ in range(300):
        try:
            target.ask("GET", path)
        except (OSError, RuntimeError):
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"{target.name} did not start.")
