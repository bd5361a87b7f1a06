"""A real server process on a real database, as its operator would start it."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from scim_server.connections.tenants import create_tenant
from scim_server.connections.tokens import DEFAULT_SCOPES, issue_token
from scim_server.db import Database
from tests.support.databases import ENGINES, fresh_url

START_SECONDS = 30.0
SCIM_SERVER = str(Path(sys.executable).with_name("scim-server"))
JSON = "application/scim+json"


@dataclass(frozen=True)
class Answer:
    """What a server answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Client:
    """Sends requests with one credential, below one base URL."""

    base: str
    authorization: str | None = None
    timeout: float = 60

    def send(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
        """Send a request; a body that is not bytes is sent as JSON."""
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        sent = {"Content-Type": JSON} if data is not None else {}
        if self.authorization is not None:
            sent["Authorization"] = self.authorization
        request = urllib.request.Request(  # noqa: S310 - a test's own server
            f"{self.base}{path}", data=data, method=method, headers={**sent, **(headers or {})}
        )
        try:
            with urllib.request.urlopen(request, timeout=self.timeout) as response:  # noqa: S310
                return Answer(response.status, dict(response.headers), response.read())
        except urllib.error.HTTPError as refused:
            with refused:
                return Answer(refused.code, dict(refused.headers), refused.read())

    def get(self, path: str, **headers: str) -> Answer:
        """Send a GET."""
        return self.send("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def post(self, path: str, body: Any) -> Answer:
        """Send a POST."""
        return self.send("POST", path, body)

    def put(self, path: str, body: Any) -> Answer:
        """Send a PUT."""
        return self.send("PUT", path, body)

    def patch(self, path: str, *operations: Mapping[str, Any]) -> Answer:
        """Send a PATCH of operations."""
        return self.send("PATCH", path, {"schemas": [PATCH_OP], "Operations": list(operations)})

    def delete(self, path: str) -> Answer:
        """Send a DELETE."""
        return self.send("DELETE", path)


PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"


@dataclass
class Server:
    """A running server, and its command line."""

    url: str
    environment: dict[str, str]
    tokens: dict[tuple[str, ...], str] = field(default_factory=dict)
    log: Path | None = None
    pid: int = 0
    """The process that was started; its children serve."""

    def command(self, *arguments: str, stdin: str = "") -> str:
        """Run a ``scim-server`` command on the server's database, and return what it prints."""
        done = subprocess.run(
            [SCIM_SERVER, *arguments], env=self.environment, input=stdin, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"scim-server {' '.join(arguments)}: {done.stderr}"
        return done.stdout

    @cached_property
    def database(self) -> Database:
        """The server's database, to prepare tenants without starting a command for each."""
        return Database(self.environment["SCIM_SERVER_DATABASE_URL"])

    def client(self, tenant: str, profile: str = "default", scopes: Sequence[str] = DEFAULT_SCOPES) -> Client:
        """Return a client with a token of a tenant, which is created when it is new."""
        key = (tenant, profile, *scopes)
        if key not in self.tokens:
            with self.database.write() as transaction:
                if all(known != tenant for known, *_ in self.tokens):
                    create_tenant(transaction, tenant)
                name = f"{profile} {len(self.tokens)}"
                token = issue_token(transaction, tenant, name=name, profile=profile, scopes=scopes)
            self.tokens[key] = token.text
        return Client(f"{self.url}/scim/v2", f"Bearer {self.tokens[key]}")


@contextmanager
def running_server(
    database_url: str,
    folder: Path,
    *,
    command: str = SCIM_SERVER,
    host: str = "127.0.0.1",
    arguments: Sequence[str] = (),
    **settings: str,
) -> Iterator[Server]:
    """Start a server on a database, yield it once it is ready, and stop it as an operator would."""
    port = free_port()
    environment = {
        **os.environ,
        "SCIM_SERVER_DATABASE_URL": database_url,
        "SCIM_SERVER_SECRET_KEY": "kept for the tests",
        "SCIM_SERVER_RATE_LIMIT": "off",
        **{f"SCIM_SERVER_{name.upper()}": value for name, value in settings.items()},
    }
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [command, "run", "--host", host, "--port", str(port), *arguments],
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            started = Server(f"http://{host}:{port}", environment, log=log, pid=process.pid)
            _wait_until_ready(started.url, process, log)
            yield started
            started.database.dispose()
        finally:
            process.terminate()
            try:
                process.wait(timeout=40)
            except subprocess.TimeoutExpired:
                process.kill()
                raise


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text()
        try:
            if Client(url).get("/readyz").status == 200:
                return
        except OSError:
            pass
        time.sleep(0.05)
    raise AssertionError(f"The server did not get ready: {log.read_text()}")


@pytest.fixture(scope="module", params=ENGINES)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server for the tests of a module, on each engine, with the extensions in use."""
    folder = tmp_path_factory.mktemp("server")
    with fresh_url(request.param, request, folder) as url, running_server(url, folder) as started:
        yield started


@pytest.fixture(scope="module", params=ENGINES)
def plain_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server without extensions: what any SCIM client may expect."""
    folder = tmp_path_factory.mktemp("server")
    with (
        fresh_url(request.param, request, folder) as url,
        running_server(url, folder, extensions="none") as started,
    ):
        yield started


@pytest.fixture
def client(server: Server) -> Client:
    """A client of a tenant that no other test has."""
    return server.client(f"T{uuid4().hex[:12]}")
