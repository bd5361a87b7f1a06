"""Slow clients wait by themselves: everybody else is answered at once, with and without the reverse proxy."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPResponse
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.databases import fresh_url
from tests.support.proxy import running_proxy
from tests.support.server import Client, Server, running_server

#: Five times the threads of all workers.
SLOW_CLIENTS = 40
NORMAL_REQUESTS = 30

WAYS = {
    "says nothing": (b"", b""),
    "dribbles its headers": (b"GET /healthz HTTP/1.1\r\nHost: school.example\r\n", b"X-Slow: 1\r\n"),
    "dribbles its body": (
        b"POST /scim/v2/Users HTTP/1.1\r\nHost: school.example\r\nContent-Length: 100000\r\n\r\n",
        b" ",
    ),
    "dribbles chunks": (
        b"POST /scim/v2/Users HTTP/1.1\r\nHost: school.example\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"1\r\n \r\n",
    ),
    "asks to continue and then dribbles": (
        b"POST /scim/v2/Users HTTP/1.1\r\nHost: school.example\r\nExpect: 100-continue\r\nContent-Length: 9999\r\n\r\n",
        b" ",
    ),
}


@pytest.fixture(scope="module")
def alone(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with its default number of workers and threads."""
    folder = tmp_path_factory.mktemp("server")
    with fresh_url("sqlite", request, folder) as url, running_server(url, folder) as started:
        yield started


@pytest.fixture(scope="module", params=["alone", "behind nginx"])
def url(request: pytest.FixtureRequest, alone: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where clients reach the server."""
    if request.param == "alone":
        yield alone.url
        return
    with running_proxy(alone.url, tmp_path_factory.mktemp("proxy")) as proxy:
        yield proxy


@contextmanager
def slow_clients(url: str, first: bytes, dribble: bytes) -> Iterator[None]:
    """Keep many connections busy with a request that does not end."""
    parts = urlsplit(url)
    stopped = threading.Event()
    with ExitStack() as stack:
        sockets = [
            stack.enter_context(socket.create_connection((str(parts.hostname), parts.port or 80)))
            for _ in range(SLOW_CLIENTS)
        ]
        for each in sockets:
            each.sendall(first)

        def keep_dribbling() -> None:
            while not stopped.wait(0.02):
                for each in sockets:
                    each.sendall(dribble)

        dribbling = threading.Thread(target=keep_dribbling)
        dribbling.start()
        try:
            yield
        finally:
            stopped.set()
            dribbling.join()


@pytest.mark.parametrize("way", WAYS)
def test_a_normal_request_does_not_wait_for_slow_clients(url: str, way: str) -> None:
    with slow_clients(url, *WAYS[way]):
        for _ in range(NORMAL_REQUESTS):
            assert Client(url, timeout=3).get("/healthz").status == 200


def test_a_client_that_never_closes_holds_nobody_up(alone: Server) -> None:
    parts = urlsplit(alone.url)
    with ExitStack() as stack:
        for _ in range(SLOW_CLIENTS):
            each = stack.enter_context(socket.create_connection((str(parts.hostname), parts.port or 80)))
            each.sendall(b"GET /healthz HTTP/1.1\r\nHost: school.example\r\nConnection: close\r\n\r\n")
        for _ in range(NORMAL_REQUESTS):
            assert Client(alone.url, timeout=3).get("/healthz").status == 200


@pytest.mark.parametrize(
    ("request_line", "headers", "statuses"),
    [
        ("POST /scim/v2/Users HTTP/1.1", "Content-Length: 99999999\r\n", {413}),
        (f"GET /scim/v2/Users?filter={'a' * 100_000} HTTP/1.1", "", {414}),
        ("nonsense", "", {400}),
        ("GET /healthz HTTP/1.1", f"X-Long: {'a' * 100_000}\r\n", {400, 431}),
    ],
    ids=["body too large", "URL too long", "no HTTP", "headers too large"],
)
def test_what_never_reaches_the_application_is_refused_in_scims_form(
    url: str, request_line: str, headers: str, statuses: set[int]
) -> None:
    parts = urlsplit(url)
    with socket.create_connection((str(parts.hostname), parts.port or 80), timeout=10) as connection:
        connection.sendall(f"{request_line}\r\nHost: school.example\r\n{headers}\r\n".encode())
        answer = HTTPResponse(connection)
        answer.begin()
        error = json.loads(answer.read())
    assert answer.status in statuses
    assert answer.headers["Content-Type"] == "application/scim+json"
    assert error["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert error["status"] == str(answer.status)


def test_a_request_that_does_not_end_is_answered_with_408(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    with (
        fresh_url("sqlite", request, tmp_path) as database,
        running_server(database, tmp_path, request_timeout="1") as one,
    ):
        parts = urlsplit(one.url)
        with socket.create_connection((str(parts.hostname), parts.port or 80), timeout=10) as connection:
            connection.sendall(b"POST /scim/v2/Users HTTP/1.1\r\nContent-Length: 10\r\n\r\n12345")
            answer = HTTPResponse(connection)
            answer.begin()
    assert answer.status == 408


def test_a_refused_body_does_not_cost_the_connection(alone: Server) -> None:
    parts = urlsplit(alone.url)
    body = b" " * 500_000
    with socket.create_connection((str(parts.hostname), parts.port or 80), timeout=10) as connection:
        for _ in range(3):
            head = f"POST /scim/v2/Users HTTP/1.1\r\nHost: school.example\r\nContent-Length: {len(body)}\r\n\r\n"
            connection.sendall(head.encode() + body)
            answer = HTTPResponse(connection)
            answer.begin()
            assert answer.status == 401
            assert answer.read()
