"""Starts the server and the floor under the same web server, each with a database of its own on one engine."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from benchmarks import floor
from benchmarks.driver import Target, WrongAnswerError
from tests.support.postgres import DURABLE, running_postgres

ENGINES = ("sqlite", "postgresql")
WORKERS, THREADS = 2, 4
START_SECONDS = 60.0
_BIN = Path(sys.executable).parent
_ROOT = Path(__file__).parent.parent
_SHAPE = ("--workers", str(WORKERS), "--threads", str(THREADS))


@dataclass(frozen=True)
class Installation:
    """The running server, as its operator sees it."""

    port: int
    environment: Mapping[str, str]

    def tenant(self, name: str) -> Target:
        """Create a tenant, and return the server as a token of that tenant reaches it."""
        self.command("tenant", "create", name)
        token = self.command("token", "create", "--tenant", name, "--name", "benchmark").strip()
        return Target("ours", self.port, "/scim/v2", {"Authorization": f"Bearer {token}"})

    def command(self, *arguments: str) -> str:
        """Run a ``scim-server`` command, and return what it prints.

        :raises RuntimeError: When it fails.
        """
        done = subprocess.run(
            [_BIN / "scim-server", *arguments],
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"scim-server {' '.join(arguments)}: {done.stderr}")
        return done.stdout


@contextmanager
def both(engine: str) -> Iterator[tuple[Target, Installation]]:
    """Yield the floor and the server, on fresh databases of an engine."""
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="scim-benchmark-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        if engine == "sqlite":
            urls = [f"sqlite:///{folder / name}.db" for name in ("floor", "ours")]
        else:
            maintenance = sa.make_url(stack.enter_context(running_postgres(DURABLE)))
            urls = [_database(maintenance, name) for name in ("floor", "ours")]
        yield stack.enter_context(_floor(urls[0], folder)), stack.enter_context(_ours(urls[1], folder))


def _database(maintenance: sa.URL, name: str) -> str:
    engine = sa.create_engine(maintenance, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    return maintenance.set(database=name).render_as_string(hide_password=False)


@contextmanager
def _floor(url: str, folder: Path) -> Iterator[Target]:
    engine = floor.open_engine(url)
    floor.metadata.create_all(engine)
    engine.dispose()
    target = Target("floor", _free_port())
    command = [
        str(_BIN / "gunicorn"), *_SHAPE, "--worker-class", "gthread", "--keep-alive", "75", "--no-control-socket",
        "--log-level", "warning", "--bind", f"127.0.0.1:{target.port}", "benchmarks.floor:create()",
    ]  # fmt: skip
    with _running(command, {"FLOOR_URL": url}, folder / "floor.log", target, "/Users?startIndex=1&count=1"):
        yield target


@contextmanager
def _ours(url: str, folder: Path) -> Iterator[Installation]:
    port = _free_port()
    environment = {
        "SCIM_SERVER_DATABASE_URL": url,
        "SCIM_SERVER_SECRET_KEY": "kept for the benchmark",
        "SCIM_SERVER_RATE_LIMIT": "off",
    }
    installation = Installation(port, environment)
    installation.command("db", "upgrade")
    command = [str(_BIN / "scim-server"), "run", "--port", str(port), *_SHAPE]
    with _running(command, environment, folder / "ours.log", Target("ours", port), "/readyz"):
        yield installation


@contextmanager
def _running(
    command: list[str], environment: Mapping[str, str], log: Path, target: Target, ready: str
) -> Iterator[None]:
    """Run a server for the length of the block, which begins when the server is ready."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env={**os.environ, **environment}, cwd=_ROOT, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            _wait(process, target, ready, log)
            yield
        except WrongAnswerError as error:
            error.add_note(f"The {target.name} server's log ends with: {_end(log)}")
            raise
        finally:
            process.terminate()
            try:
                process.wait(timeout=40)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait(process: subprocess.Popen[bytes], target: Target, path: str, log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            target.ask("GET", path)
        except (OSError, WrongAnswerError):
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"The {target.name} server did not start: {_end(log)}")


def _end(log: Path) -> str:
    return log.read_text(errors="replace")[-2000:]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
