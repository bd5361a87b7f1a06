"""A real server process on a real database, as its operator would start it."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

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
            with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310
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
    tokens: dict[tuple[str, str], str] = field(default_factory=dict)
    log: Path | None = None

    def command(self, *arguments: str, stdin: str = "") -> str:
        """Run a ``scim-server`` command on the server's database, and return what it prints."""
        done = subprocess.run(
            [SCIM_SERVER, *arguments], env=self.environment, input=stdin, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"scim-server {' '.join(arguments)}: {done.stderr}"
        return done.stdout

    def tenant(self, name: str) -> None:
        """Create a tenant."""
        self.command("tenant", "create", name)

    def client(self, tenant: str, profile: str = "default", *options: str) -> Client:
        """Return a client with a token of a tenant, which is created when it is new."""
        key = (tenant, profile + "".join(options))
        if key not in self.tokens:
            if not any(known == tenant for known, _ in self.tokens):
                self.tenant(tenant)
            name = f"{profile} {len(self.tokens)}"
            printed = self.command(
                "token", "create", "--tenant", tenant, "--name", name, "--profile", profile, *options
            )
            self.tokens[key] = printed.strip()
        return Client(f"{self.url}/scim/v2", f"Bearer {self.tokens[key]}")


@contextmanager
def running_server(database_url: str, folder: Path, **settings: str) -> Iterator[Server]:
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
            [SCIM_SERVER, "run", "--port", str(port)], env=environment, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_until_ready(url, process, log)
            yield Server(url, environment, log=log)
        finally:
            process.terminate()
            process.wait(timeout=40)


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
def client(server: Server, request: pytest.FixtureRequest) -> Client:
    """A client of a tenant that no other test has."""
    tenant = f"T{abs(hash(request.node.nodeid)) % 10**12}"
    return server.client(tenant)
