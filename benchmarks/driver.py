"""Sends requests over keep-alive connections, and measures how long their answers take."""

import http.client
import statistics
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

#: Connections stay with the process that accepted them; a new one now and then spreads the load over all processes.
REQUESTS_PER_CONNECTION = 20


@dataclass(frozen=True)
class Call:
    """One request, and the statuses that answer it rightly."""

    method: str
    path: str
    body: bytes | None = None
    right: tuple[int, ...] = (200,)


@dataclass(frozen=True)
class Target:
    """A server under measurement."""

    name: str
    port: int
    prefix: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def connection(self) -> http.client.HTTPConnection:
        """Open a connection."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)

    def send(self, connection: http.client.HTTPConnection, call: Call) -> bytes:
        """Send a request, and return the body of its answer.

        :raises RuntimeError: When the answer has another status than a right one.
        """
        headers = {"Content-Type": "application/scim+json", **self.headers} if call.body else dict(self.headers)
        connection.request(call.method, f"{self.prefix}{call.path}", call.body, headers)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status not in call.right:
            raise RuntimeError(f"{self.name}: {call.method} {call.path} answered {answer.status}: {body[:200]!r}")
        return body

    def ask(self, method: str, path: str, payload: Any = None, right: tuple[int, ...] = (200, 201)) -> Any:
        """Send one request on a connection of its own, and return the answer's JSON."""
        connection = self.connection()
        body = None if payload is None else orjson.dumps(payload)
        text = self.send(connection, Call(method, path, body, right))
        connection.close()
        return orjson.loads(text) if text else None


def window(target: Target, next_call: Callable[[], Call], *, concurrency: int, seconds: float) -> list[float]:
    """Send requests for some seconds over as many connections, and return every latency, in seconds."""
    until = time.perf_counter() + seconds
    found: list[list[float]] = [[] for _ in range(concurrency)]
    threads = [
        threading.Thread(target=_drive, args=(target, next_call, until, concurrency > 1, latencies))
        for latencies in found
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    latencies = [latency for each in found for latency in each]
    if not latencies:
        raise RuntimeError(f"{target.name} answered nothing in {seconds} s.")
    return latencies


def _drive(
    target: Target, next_call: Callable[[], Call], until: float, reopening: bool, latencies: list[float]  # noqa: FBT001
) -> None:
    connection = target.connection()
    while (now := time.perf_counter()) < until:
        if reopening and len(latencies) % REQUESTS_PER_CONNECTION == REQUESTS_PER_CONNECTION - 1:
            connection.close()
            connection = target.connection()
            connection.connect()
        call = next_call()
        now = time.perf_counter()
        target.send(connection, call)
        latencies.append(time.perf_counter() - now)
    connection.close()


def rate(latencies: list[float], concurrency: int) -> float:
    """Return the requests per second that these latencies amount to."""
    return concurrency / statistics.fmean(latencies)
