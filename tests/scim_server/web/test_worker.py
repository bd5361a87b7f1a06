"""What HTTP/1.1 lets a client do, it may do: pipeline, send in chunks, ask before it sends, and leave."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.databases import fresh_url
from tests.support.people import user
from tests.support.server import JSON, Server, running_server


@pytest.fixture(scope="module")
def started(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server."""
    folder = tmp_path_factory.mktemp("server")
    with fresh_url("sqlite", request, folder) as url, running_server(url, folder) as server:
        yield server


@pytest.fixture
def connection(started: Server) -> Iterator[socket.socket]:
    """A connection to it."""
    parts = urlsplit(started.url)
    with socket.create_connection((str(parts.hostname), parts.port or 80), timeout=20) as opened:
        yield opened


def post(started: Server, body: bytes, *headers: str) -> bytes:
    """Return the bytes of a request that creates a user."""
    lines = [
        "POST /scim/v2/Users HTTP/1.1",
        "Host: school.example",
        f"Authorization: {started.client('GB001').authorization}",
        f"Content-Type: {JSON}",
        *headers,
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def next_answer(connection: socket.socket) -> HTTPResponse:
    """Return the next answer on a connection, whose body can be read."""
    answer = HTTPResponse(connection)
    answer.begin()
    return answer


def test_requests_sent_at_once_are_answered_one_after_another(connection: socket.socket) -> None:
    one = b"GET /healthz HTTP/1.1\r\nHost: school.example\r\nX-Request-Id: request-%d\r\n\r\n"
    connection.sendall(b"".join(one % number for number in range(5)))
    received = b""
    while received.count(b'{"status":"ok"}') < 5:
        received += connection.recv(65536)
    positions = [received.index(b"X-Request-Id: request-%d" % number) for number in range(5)]
    assert positions == sorted(positions)


def test_a_body_may_come_in_chunks(started: Server, connection: socket.socket) -> None:
    body = json.dumps(user("chunks@gb001.example")).encode()
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in (body[:20], body[20:])) + b"0\r\n\r\n"
    for piece in (post(started, b"", "Transfer-Encoding: chunked"), chunks[:30], chunks[30:]):
        connection.sendall(piece)
    answer = next_answer(connection)
    assert answer.status == 201
    assert json.loads(answer.read())["userName"] == "chunks@gb001.example"


def test_a_client_may_ask_before_it_sends_its_body(started: Server, connection: socket.socket) -> None:
    body = json.dumps(user("asked@gb001.example")).encode()
    connection.sendall(post(started, b"", f"Content-Length: {len(body)}", "Expect: 100-continue"))
    assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
    connection.sendall(body)
    assert next_answer(connection).status == 201


def test_one_connection_serves_many_requests(started: Server) -> None:
    parts = urlsplit(started.url)
    with closing(HTTPConnection(str(parts.hostname), parts.port, timeout=20)) as kept:
        kept.connect()
        first = kept.sock
        for _ in range(20):
            kept.request("GET", "/healthz")
            answer = kept.getresponse()
            answer.read()
            assert answer.status == 200
        assert kept.sock is first


def test_a_request_that_follows_an_answer_in_pieces_is_answered(started: Server, connection: socket.socket) -> None:
    for name in ("first", "second", "third"):
        body = json.dumps(user(f"{name}.piece@gb001.example")).encode()
        request = post(started, body, f"Content-Length: {len(body)}")
        for start in range(0, len(request), 100):
            connection.sendall(request[start : start + 100])
        answer = next_answer(connection)
        assert (answer.status, json.loads(answer.read())["userName"]) == (201, f"{name}.piece@gb001.example")


def test_a_client_may_ask_before_it_sends_a_body_that_follows_an_answer(
    started: Server, connection: socket.socket
) -> None:
    connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: school.example\r\n\r\n")
    next_answer(connection).read()
    body = json.dumps(user("follows@gb001.example")).encode()
    connection.sendall(post(started, b"", f"Content-Length: {len(body)}", "Expect: 100-continue"))
    assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
    connection.sendall(body)
    assert next_answer(connection).status == 201


def test_clients_that_ask_without_a_pause_leave_turns_to_each_other(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Two clients that always have a next request share the one thread of a server."""
    alone, turns = ("--workers", "1", "--threads", "1"), 100
    with fresh_url("sqlite", request, tmp_path) as url, running_server(url, tmp_path, arguments=alone) as server:
        parts = urlsplit(server.url)
        address = str(parts.hostname), parts.port or 80
        others_are_done, asked = threading.Event(), [0]

        def go_on_asking() -> None:
            with socket.create_connection(address, timeout=20) as kept:
                while not others_are_done.is_set():
                    _health(kept)
                    asked[0] += 1

        busy = threading.Thread(target=go_on_asking)
        busy.start()
        try:
            with socket.create_connection(address, timeout=20) as other:
                _health(other)
                before = asked[0]
                for _ in range(turns):
                    _health(other)
                meanwhile = asked[0] - before
        finally:
            others_are_done.set()
            busy.join()
    # With one thread that keeps to whoever goes on asking, it is one or none.
    assert turns / 10 < meanwhile < turns * 10


def _health(connection: socket.socket) -> None:
    connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: school.example\r\n\r\n")
    received = b""
    while b'{"status":"ok"}' not in received:
        received += connection.recv(65536)


def test_clients_that_leave_amid_a_request_leave_nothing_behind(started: Server) -> None:
    parts = urlsplit(started.url)
    for _ in range(50):
        with socket.create_connection((str(parts.hostname), parts.port or 80), timeout=20) as leaving:
            leaving.sendall(post(started, b"{", "Content-Length: 100"))
    assert started.client("GB001").get("/Users?count=0").status == 200
    assert started.log is not None
    assert "fault" not in started.log.read_text()
