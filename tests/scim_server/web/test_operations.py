"""What operators rely on: readiness, metrics over all workers, logs without personal data, and an end without loss."""

import json
import os
import re
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPResponse
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.databases import fresh_url
from tests.support.people import created, user
from tests.support.server import Client, Server, running_server

METRICS = Client("", "Bearer reads the metrics")


@contextmanager
def started_server(request: pytest.FixtureRequest, folder: Path) -> Iterator[Server]:
    """Start a server whose metrics can be read."""
    with (
        fresh_url("sqlite", request, folder) as url,
        running_server(url, folder, metrics_token="reads the metrics") as started,
    ):
        yield started


@pytest.fixture(scope="module")
def watched(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Start a server for all tests that leave it running."""
    with started_server(request, tmp_path_factory.mktemp("watched")) as started:
        yield started


def log_lines(server: Server) -> list[dict[str, object]]:
    """Return what a server logged."""
    assert server.log is not None
    return [json.loads(line) for line in server.log.read_text().splitlines() if line.startswith("{")]


def healthz_counted(server: Server) -> float:
    """Return how many requests of one kind the metrics count."""
    answer = Client(server.url, METRICS.authorization).get("/metrics")
    counted = re.search(rb'scim_requests_total\{endpoint="healthz",method="GET",status="200"\} (\S+)', answer.body)
    return float(counted[1]) if counted else 0


def test_metrics_count_the_requests_of_all_workers(watched: Server) -> None:
    before = healthz_counted(watched)
    for _ in range(40):
        Client(watched.url).get("/healthz")
    assert healthz_counted(watched) == before + 40


def test_metrics_outlive_a_worker_and_requests_outlive_the_server(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with started_server(request, tmp_path) as server:
        for _ in range(10):
            Client(server.url).get("/healthz")
        worker = next(_children(server.pid))
        os.kill(worker, signal.SIGTERM)
        while worker in _children(server.pid):
            Client(server.url).get("/readyz")
        assert healthz_counted(server) == 10
        assert _stopped_amid_a_request(server) == 201


@pytest.mark.parametrize("authorization", [None, "Bearer wrong", "reads the metrics"])
def test_metrics_do_not_exist_for_others(watched: Server, authorization: str | None) -> None:
    assert Client(watched.url, authorization).get("/metrics").status == 404


def test_every_answer_has_an_id_that_its_log_line_has_too(watched: Server) -> None:
    client = watched.client("GB001")
    answers = [client.get("/Users"), client.get("/Users/none"), Client(watched.url).get("/nothing")]
    ids = {answer.headers["X-Request-Id"] for answer in answers}
    assert len(ids) == 3
    assert ids <= {line.get("request_id") for line in log_lines(watched)}


def test_a_sane_request_id_is_kept_and_any_other_replaced(watched: Server) -> None:
    client = Client(watched.url)
    assert client.get("/healthz", X_Request_Id="entra-2026.11_23").headers["X-Request-Id"] == "entra-2026.11_23"
    assert client.get("/healthz", X_Request_Id='"><script>').headers["X-Request-Id"] != '"><script>'


def test_a_log_line_tells_what_happened_and_nothing_about_people(watched: Server) -> None:
    client = watched.client("GB001")
    stored = created(client, user("asha@gb001.example"))
    client.get("/Users?filter=userName%20eq%20%22asha@gb001.example%22")
    client.get(f"/Users/{stored['id']}")
    client.post("/Users", user("asha@gb001.example"))
    assert watched.log is not None
    text = watched.log.read_text()
    for secret in ("asha", stored["id"], "filter", str(client.authorization).removeprefix("Bearer ")):
        assert secret not in text
    line = [each for each in log_lines(watched) if each.get("method") == "POST"][-1]
    assert (line["endpoint"], line["status"], line["tenant"]) == ("Users", 409, "GB001")


def test_answers_tell_browsers_to_do_nothing_with_them(watched: Server) -> None:
    headers = Client(watched.url).get("/healthz").headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"


@pytest.mark.parametrize("path", ["/nothing", "/scim", "/scim/v2//Users", "/scim/v2/../../healthz"])
def test_no_path_leads_to_a_redirect_or_a_page(watched: Server, path: str) -> None:
    answer = Client(watched.url).get(path, Host="evil.example")
    assert answer.status in (401, 404)
    assert answer.headers["Content-Type"] == "application/scim+json"
    assert b"evil.example" not in answer.body


def test_the_way_to_the_first_page_names_no_host(watched: Server) -> None:
    answer = Client(watched.url).get("/home", Host="evil.example", Accept="application/json")
    assert b"evil.example" not in answer.body
    assert "evil.example" not in str(answer.headers)


def test_a_method_that_is_not_allowed_names_those_that_are(watched: Server) -> None:
    answer = Client(watched.url).post("/healthz", {})
    assert answer.status == 405
    assert "GET" in answer.headers["Allow"]


def _stopped_amid_a_request(server: Server) -> int:
    """Send a request in two halves, stop the server between them, and return the status of the answer."""
    body = json.dumps(user("last@gb001.example")).encode()
    client = server.client("GB001")
    parts = urlsplit(server.url)
    head = (
        f"POST /scim/v2/Users HTTP/1.1\r\nHost: school.example\r\nAuthorization: {client.authorization}\r\n"
        f"Content-Type: application/scim+json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection((str(parts.hostname), parts.port or 80), timeout=20) as connection:
        connection.sendall(head.encode() + body[:10])
        # The worker that took the connection has read what came before this.
        for _ in range(10):
            Client(server.url).get("/healthz")
        os.kill(server.pid, signal.SIGTERM)
        connection.sendall(body[10:])
        answer = HTTPResponse(connection)
        answer.begin()
        return answer.status


def _children(pid: int) -> Iterator[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return (int(child) for child in text.split())
