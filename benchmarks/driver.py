"""Sends requests over keep-alive connections, and measures how long their answers take.

One thread waits for all connections and touches bytes only, so that the driver leaves the processors, which it shares
with the server under measurement, to that server. Answers are looked into when a window has ended.
"""

import selectors
import socket
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

#: Connections stay with the process that accepted them; a new one now and then spreads the load over all processes.
REQUESTS_PER_CONNECTION = 20
PATIENCE_SECONDS = 120.0
_KEPT_ANSWERS = 200
_PIECE = 256 * 1024


class WrongAnswerError(Exception):
    """A server answered something else than what was asked of it: what is measured then means nothing."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request, and what answers it rightly."""

    method: str
    path: str
    body: bytes | None = None
    right: tuple[int, ...] = (200,)
    check: Callable[[Any], bool] | None = None
    """Whether the answer's JSON is what was asked for; asked when the window has ended."""
    seen: Callable[[bytes], None] | None = None
    """Shown the answer's body at once, where the next call depends on it."""


@dataclass(frozen=True, slots=True)
class Target:
    """A server under measurement."""

    name: str
    port: int
    prefix: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def request(self, call: Call) -> bytes:
        """Return the bytes of a request."""
        lines = [f"{call.method} {self.prefix}{call.path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        if call.body is not None:
            lines += ["Content-Type: application/scim+json", f"Content-Length: {len(call.body)}"]
        return "\r\n".join([*lines, "", ""]).encode() + (call.body or b"")

    def ask(self, method: str, path: str, payload: Any = None, right: tuple[int, ...] = (200, 201)) -> Any:
        """Send one request, and return the answer's JSON.

        :raises WrongAnswerError: When its status is not a right one.
        """
        body = None if payload is None else orjson.dumps(payload)
        (text,) = answers(self, [Call(method, path, body, right)])
        return orjson.loads(text) if text else None


class Connection:
    """A keep-alive connection with one request under way at most."""

    def __init__(self, target: Target) -> None:
        """Connect."""
        self.socket = socket.create_connection(("127.0.0.1", target.port), timeout=PATIENCE_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.call: Call | None = None
        self.answered = 0
        self.sent_at = 0.0
        self.status = 0
        self.ends = False
        self._received = bytearray()
        self._body_at = -1
        self._whole = 0

    def send(self, call: Call, request: bytes) -> None:
        """Send a request."""
        self.call = call
        self._received.clear()
        self._body_at = -1
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> bytes | None:
        """Take what has arrived, and return the body once the answer is whole.

        :raises WrongAnswerError: When the connection ends before.
        """
        piece = self.socket.recv(_PIECE)
        if not piece:
            raise WrongAnswerError(f"The connection ended within the answer to {self.call}.")
        self._received += piece
        if self._body_at < 0:
            self._read_head()
        if self._body_at < 0 or len(self._received) < self._whole:
            return None
        self.answered += 1
        return bytes(self._received[self._body_at : self._whole])

    def _read_head(self) -> None:
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self._received[:end]).lower()
        self.status = int(head[9:12])
        self.ends = b"\r\nconnection: close" in head
        _, found, rest = head.partition(b"\r\ncontent-length:")
        if not found and self.status != 204:
            raise WrongAnswerError(f"The answer to {self.call} has no length.")
        self._body_at = end + 4
        self._whole = self._body_at + (int(rest.partition(b"\r\n")[0]) if found else 0)


class Drive:
    """Keeps requests under way on several connections for as long as there are calls."""

    def __init__(self, target: Target, calls: Iterator[Call], concurrency: int) -> None:
        """Connect, and send the first requests."""
        self._target = target
        self._calls = calls
        self._reopening = concurrency > 1
        self._selector = selectors.DefaultSelector()
        for _ in range(concurrency):
            self._next(self._connect())

    def run(self) -> Iterator[tuple[Call, bytes, float]]:
        """Yield every call with its answer's body and its latency in seconds, as the answers arrive.

        :raises WrongAnswerError: When an answer has another status than a right one, or does not come.
        """
        try:
            while self._selector.get_map():
                ready = self._selector.select(PATIENCE_SECONDS)
                if not ready:
                    raise WrongAnswerError(f"{self._target.name} did not answer for {PATIENCE_SECONDS:.0f} s.")
                for key, _ in ready:
                    yield from self._on_readable(key.data)
        finally:
            for key in list(self._selector.get_map().values()):
                key.data.socket.close()
            self._selector.close()

    def _connect(self) -> Connection:
        connection = Connection(self._target)
        self._selector.register(connection.socket, selectors.EVENT_READ, connection)
        return connection

    def _close(self, connection: Connection) -> None:
        self._selector.unregister(connection.socket)
        connection.socket.close()

    def _on_readable(self, connection: Connection) -> Iterator[tuple[Call, bytes, float]]:
        body = connection.receive()
        if body is None:
            return
        latency = time.perf_counter() - connection.sent_at
        call = connection.call
        assert call is not None
        if connection.status not in call.right:
            raise WrongAnswerError(
                f"{self._target.name}: {call.method} {call.path} answered {connection.status}: {body[:300]!r}"
            )
        yield call, body, latency
        if connection.ends or (self._reopening and connection.answered >= REQUESTS_PER_CONNECTION):
            self._close(connection)
            connection = self._connect()
        self._next(connection)

    def _next(self, connection: Connection) -> None:
        call = next(self._calls, None)
        if call is None:
            self._close(connection)
        else:
            connection.send(call, self._target.request(call))


@dataclass(frozen=True, slots=True)
class Window:
    """What was measured in one stretch of time."""

    concurrency: int
    latencies: list[float]
    driver_share: float
    """The share of one processor that the driver used; near 1 it would be the driver that is measured."""

    @property
    def rate(self) -> float:
        """The requests per second that the latencies amount to."""
        return self.concurrency / statistics.fmean(self.latencies)


def window(target: Target, calls: Iterator[Call], *, concurrency: int, seconds: float) -> Window:
    """Send requests for some seconds over as many connections.

    :raises WrongAnswerError: When a server does not answer rightly.
    """
    latencies: list[float] = []
    kept: list[tuple[Call, bytes]] = []
    begun, used = time.perf_counter(), time.process_time()
    for call, body, latency in Drive(target, until(begun + seconds, calls), concurrency).run():
        latencies.append(latency)
        if call.seen is not None:
            call.seen(body)
        if call.check is not None and len(kept) < _KEPT_ANSWERS:
            kept.append((call, body))
    share = (time.process_time() - used) / (time.perf_counter() - begun)
    for call, body in kept:
        if call.check is not None and not call.check(orjson.loads(body)):
            raise WrongAnswerError(f"{target.name}: {call.method} {call.path} answered something else: {body[:300]!r}")
    return Window(concurrency, latencies, share)


def answers(target: Target, calls: Iterable[Call], *, concurrency: int = 1) -> list[bytes]:
    """Send all calls, and return the bodies of their answers, in the order in which they came.

    :raises WrongAnswerError: When a server does not answer rightly.
    """
    return [body for _, body, _ in Drive(target, iter(calls), concurrency).run()]


def until(moment: float, calls: Iterator[Call]) -> Iterator[Call]:
    """Yield calls until a moment, and at least one."""
    for call in calls:
        yield call
        if time.perf_counter() >= moment:
            return
