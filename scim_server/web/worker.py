"""The gunicorn worker: its threads are given whole requests only, so that slow clients hold none of them.

Gunicorn's own threaded worker gives a connection to a thread with its first byte, and the thread waits for the rest:
as many slow clients as there are threads stop the server. Here the worker's event loop gathers the bytes of a request,
as a reverse proxy would. A thread waits for nobody but a client that it has just answered, for a millisecond, while no
other client has a request. Clients that are slow to read their answers, or to close, are bounded in time as well.
"""

import selectors
import time
from collections import deque
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import orjson
from gunicorn.http import errors
from gunicorn.http.parser import RequestParser
from gunicorn.workers.gthread import ThreadWorker

from scim_server.settings import Settings
from scim_server.web.gathering import Gathering, Refusal
from scim_server.web.logs import fault, log
from scim_server.web.requests import HEADERS
from scim_server.web.turns import in_turns

SEND_SECONDS = 20.0
"""How long a client may take to receive an answer."""

LINGER_SECONDS = 2.0
"""How long the rest of a request is read after its answer, lest a reset take the answer back (RFC 9112 §9.6)."""

STOP_SECONDS = 5.0
"""How long a worker that is to stop waits for requests that have begun to arrive."""

MAX_HELD = 128 * 2**20
"""How many bytes of unfinished requests one worker holds."""

NEXT_SECONDS = 0.001
"""How long a thread stays with a connection that it has answered, when nobody waits for a thread by then."""

_PIECE = 64 * 1024
_TOO_SLOW = Refusal(408, "The request did not arrive in time. Send it again.")
_TOO_MUCH = Refusal(503, "The server is receiving too many large requests at once. Try again in a moment.")
_UNPARSED: dict[type[Exception], Refusal] = {
    errors.LimitRequestLine: Refusal(414, "The URL is too long. Send a long filter with POST to .search instead."),
    errors.LimitRequestHeaders: Refusal(431, "The headers of the request are too large."),
    errors.ExpectationFailed: Refusal(417, "The only expectation met here is '100-continue'."),
    errors.UnsupportedTransferCoding: Refusal(501, "The only transfer coding understood here is 'chunked'."),
}


@dataclass(eq=False, slots=True)
class Arrival:
    """A request that is arriving on a connection."""

    connection: Any
    gathering: Gathering
    until: float
    """When its client has had its time."""


class GatheringWorker(ThreadWorker):  # type: ignore[misc]
    """Gunicorn's threaded worker, which reads a request in its event loop before a thread answers it."""

    wsgi: Any

    def init_process(self) -> None:
        """Start to serve."""
        self._settings = Settings()
        self._arrivals: set[Arrival] = set()
        self._lingering: dict[Any, float] = {}
        self._waiting: deque[Any] = deque()
        self._held = 0
        self._looked = self._notified = self._asked = 0.0
        self._has_parent = True
        super().init_process()

    def load_wsgi(self) -> None:
        """Load the application. A PostgreSQL keeps a thread waiting while others compute; SQLite does not."""
        super().load_wsgi()
        if self._settings.sqlite_path is not None:
            self.wsgi = in_turns(self.wsgi)

    def notify(self) -> None:
        """Tell the arbiter that the worker is alive, once a second: it waits a minute, and each time costs a file."""
        now = time.monotonic()
        if now >= self._notified + 1:
            self._notified = now
            super().notify()

    def is_parent_alive(self) -> bool:
        """Tell whether the arbiter lives, asking the system as often as the arbiter is told of this worker."""
        if self._notified != self._asked:
            self._asked = self._notified
            self._has_parent = bool(super().is_parent_alive())
        return self._has_parent

    def enqueue_req(self, conn: Any) -> None:
        """Wait for the next request of a connection."""
        if conn.parser is None:
            # The source is empty: all that a thread reads is put into the parser's buffer beforehand.
            conn.parser = RequestParser(self.cfg, (), conn.client)
            conn.initialized = True
        conn.sock.setblocking(False)
        until = time.monotonic() + self._settings.request_timeout
        arrival = Arrival(conn, Gathering(self._settings.max_body_size), until)
        if pipelined := conn.parser.unreader.take_buffered():
            self._take(arrival, pipelined)
        else:
            self._on_arriving(arrival, conn.sock)

    def _await(self, arrival: Arrival) -> None:
        """Have the event loop wait for the rest of a request; of most, all is there at once."""
        if arrival not in self._arrivals:
            self._arrivals.add(arrival)
            waiting = partial(self._on_arriving, arrival)
            self.poller.register(arrival.connection.sock, selectors.EVENT_READ, waiting)

    def _on_arriving(self, arrival: Arrival, sock: Any) -> None:
        try:
            data = sock.recv(_PIECE)
        except BlockingIOError:
            self._await(arrival)
            return
        except OSError:
            data = b""
        if data:
            self._take(arrival, data)
        else:
            self._forget(arrival)
            self._drop(arrival.connection)

    def _take(self, arrival: Arrival, data: bytes) -> None:
        gathering, connection = arrival.gathering, arrival.connection
        gathering.add(data)
        self._held += len(data)
        if gathering.complete:
            self._forget(arrival)
            connection.parser.unreader.unread(bytes(gathering.data))
            self._waiting.append(connection)
            super().enqueue_req(connection)
        elif gathering.refusal or self._held > MAX_HELD:
            self._refuse(arrival, gathering.refusal or _TOO_MUCH)
        else:
            self._await(arrival)
            if gathering.expects_continue:
                gathering.expects_continue = False
                self._send(connection, b"HTTP/1.1 100 Continue\r\n\r\n")

    def _forget(self, arrival: Arrival) -> None:
        if arrival in self._arrivals:
            self._arrivals.discard(arrival)
            self.poller.unregister(arrival.connection.sock)
        self._held = max(0, self._held - len(arrival.gathering.data)) if self._arrivals else 0

    def _refuse(self, arrival: Arrival, refusal: Refusal) -> None:
        self._forget(arrival)
        self._send(arrival.connection, answer(refusal))
        self._linger(arrival.connection)

    @staticmethod
    def _send(connection: Any, data: bytes) -> None:
        try:
            connection.sock.send(data)
        except OSError:
            # Who does not read has no answer; the connection ends by itself.
            return

    def handle(self, conn: Any) -> Any:
        """Answer a request, and those that its client sends right after the answer.

        Directories send one request after another; through the event loop each would cost two changes of thread.
        """
        self._waiting.popleft()
        kept = super().handle(conn)
        while kept and self.alive and not self._waiting and self._has_next(conn):
            kept = super().handle(conn)
        return kept

    def _has_next(self, conn: Any) -> bool:
        """Wait a moment for the next request, and tell whether all of it is there; a part waits in the event loop."""
        unreader = conn.parser.unreader
        if unreader.buf.getvalue():
            return False
        conn.sock.settimeout(NEXT_SECONDS)
        try:
            data = conn.sock.recv(_PIECE)
        except OSError:
            return False
        gathering = Gathering(self._settings.max_body_size)
        gathering.add(data)
        unreader.unread(bytes(gathering.data) if gathering.complete else data)
        return gathering.complete

    def handle_request(self, req: Any, conn: Any) -> Any:
        """Answer a request, whose client must then read the answer in time."""
        conn.sock.settimeout(SEND_SECONDS)
        return super().handle_request(req, conn)

    def _keepalive_after(self, conn: Any, keepalive: Any) -> bool:
        """Drop what the application left of a body, which is all here and costs no waiting."""
        return bool(keepalive) and bool(conn.parser.finish_body())

    def finish_request(self, conn: Any, fs: Any) -> None:
        """Keep a connection for its next request, or end it without waiting for its client."""
        if not fs.cancelled() and fs.exception() is None and fs.result():
            super().finish_request(conn, fs)
        else:
            self._linger(conn)

    def _linger(self, conn: Any) -> None:
        try:
            conn.sock.shutdown(1)
            conn.sock.setblocking(False)
            self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._on_lingering, conn))
        except (OSError, ValueError):
            self._drop(conn)
        else:
            self._lingering[conn] = time.monotonic() + LINGER_SECONDS

    def _on_lingering(self, conn: Any, sock: Any) -> None:
        try:
            if sock.recv(_PIECE):
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        self._end(conn)

    def _end(self, conn: Any) -> None:
        del self._lingering[conn]
        self.poller.unregister(conn.sock)
        self._drop(conn)

    def _drop(self, conn: Any) -> None:
        self.nr_conns -= 1
        conn.close()

    def murder_pending(self) -> None:
        """End what takes too long; gunicorn calls this after every round of its event loop."""
        now = time.monotonic()
        if now < self._looked + 1 and self.alive:
            return
        self._looked = now
        for arrival in list(self._arrivals):
            self._check_time(arrival, now)
        for conn in [each for each, until in self._lingering.items() if now > until]:
            self._end(conn)

    def _check_time(self, arrival: Arrival, now: float) -> None:
        if not self.alive:
            arrival.until = min(arrival.until, now + STOP_SECONDS if arrival.gathering.data else now)
        if arrival.until > now:
            return
        if arrival.gathering.data:
            self._refuse(arrival, _TOO_SLOW)
        else:
            self._forget(arrival)
            self._drop(arrival.connection)

    def handle_error(self, _req: Any, client: Any, _addr: Any, exc: Exception) -> None:
        """Answer what is no HTTP request, or what even the application's own error handlers failed at."""
        refusal = next((each for kind, each in _UNPARSED.items() if isinstance(exc, kind)), None)
        if refusal is None and isinstance(exc, errors.ParseException):
            refusal = Refusal(400, "This is not a valid HTTP request.")
        if refusal is None:
            log().error("fault", **fault(exc))
            refusal = Refusal(500, "The server made a mistake.")
        client.settimeout(SEND_SECONDS)
        client.sendall(answer(refusal))


def answer(refusal: Refusal) -> bytes:
    """Return the HTTP response, with the SCIM error body of RFC 7644 §3.12, after which the connection ends."""
    request_id = uuid4().hex
    log().info("refused", request_id=request_id, status=refusal.status, detail=refusal.detail)
    body = orjson.dumps(
        {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
            "status": str(refusal.status),
            "detail": refusal.detail,
        }
    )
    headers = {
        "Content-Type": "application/scim+json",
        "Content-Length": str(len(body)),
        "Connection": "close",
        "X-Request-Id": request_id,
        **dict(HEADERS),
    }
    lines = [
        f"HTTP/1.1 {refusal.status} {HTTPStatus(refusal.status).phrase}",
        *(f"{k}: {v}" for k, v in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body
