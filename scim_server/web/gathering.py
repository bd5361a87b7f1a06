"""One HTTP/1.1 request as its bytes arrive: whether all of it is there, and why not when it never will be.

Only its framing is read (RFC 9112 §6); what the request means is the parser's to say, once all of it is there.
"""

import re
from dataclasses import dataclass

MAX_HEAD = 64 * 1024
_FRAMING = re.compile(rb"\r\n(content-length|transfer-encoding|expect)[ \t]*:([^\r\n]*)", re.IGNORECASE)
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r\n")
_MAX_CHUNK_LINE = 256
_MAX_TRAILERS = 8 * 1024


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is answered before it reaches the application."""

    status: int
    detail: str


class Gathering:
    """The bytes of a request so far."""

    def __init__(self, max_body_size: int) -> None:
        """Wait for a request whose body has a limited size."""
        self.data = bytearray()
        self.complete = False
        self.refusal: Refusal | None = None
        self.has_head = False
        self.expects_continue = False
        """Whether the client waits for ``100 Continue`` before it sends the body (RFC 9110 §10.1.1)."""

        self._limit = max_body_size
        self._seen = 0
        self._body_size: int | None = None
        self._decoded = 0

    @property
    def decided(self) -> bool:
        """Whether no further byte is needed."""
        return self.complete or self.refusal is not None

    def add(self, data: bytes) -> None:
        """Take the bytes that arrived."""
        self.data += data
        if not self.has_head:
            self._read_head()
        if self.has_head and not self.decided:
            self._read_body()

    def _read_head(self) -> None:
        end = self.data.find(b"\r\n\r\n", max(0, self._seen - 3))
        self._seen = len(self.data)
        if end > MAX_HEAD or (end < 0 and len(self.data) > MAX_HEAD):
            self._refuse_head()
        elif end >= 0:
            self.has_head = True
            self._read_framing(bytes(self.data[: end + 2]), end + 4)

    def _refuse_head(self) -> None:
        line_end = self.data.find(b"\r\n", 0, MAX_HEAD)
        if line_end < 0:
            self.refusal = Refusal(414, "The URL is too long. Send a long filter with POST to .search instead.")
        else:
            self.refusal = Refusal(431, "The headers of the request are too large.")

    def _read_framing(self, head: bytes, body_start: int) -> None:
        self._seen = body_start
        fields = [(name.lower(), value.strip().lower()) for name, value in _FRAMING.findall(head)]
        framing = [(name, value) for name, value in fields if name != b"expect"]
        if not framing:
            self.complete = True
        elif len(framing) > 1:
            self.refusal = Refusal(400, "The length of the request is stated twice.")
        elif framing[0][0] == b"content-length":
            self._read_length(framing[0][1])
        elif framing[0][1] != b"chunked":
            self.refusal = Refusal(501, "The only transfer coding understood here is 'chunked'.")
        if (b"expect", b"100-continue") in fields and not self.decided:
            self.expects_continue = True
            self._forget_expectation(body_start)

    def _forget_expectation(self, body_start: int) -> None:
        """Cut the expectation out of the head: it is met here, and must not be met again."""
        head, cut = re.subn(rb"\r\nexpect[ \t]*:[^\r\n]*(?=\r\n)", b"", self.data[:body_start], flags=re.IGNORECASE)
        assert cut
        self._seen -= body_start - len(head)
        self.data[:body_start] = head

    def _read_length(self, value: bytes) -> None:
        if not value.isdigit():
            self.refusal = Refusal(400, "The Content-Length of the request is not a number.")
        elif len(value) > 12 or int(value) > self._limit:
            self._refuse_size()
        else:
            self._body_size = int(value)

    def _refuse_size(self) -> None:
        self.refusal = Refusal(413, f"The request body may have {self._limit} bytes at most.")

    def _read_body(self) -> None:
        if self._body_size is not None:
            self.complete = len(self.data) >= self._seen + self._body_size
            return
        while self._seen <= len(self.data) and not self.decided and self._read_chunk():
            pass

    def _read_chunk(self) -> bool:
        """Step over one chunk, and tell whether it was there to step over (RFC 9112 §7.1)."""
        found = _CHUNK_SIZE.match(self.data, self._seen)
        if found is None:
            if b"\r\n" in self.data[self._seen : self._seen + _MAX_CHUNK_LINE] or self._beyond(_MAX_CHUNK_LINE):
                self.refusal = Refusal(400, "The chunks of the request body are malformed.")
            return False
        size = int(found[1], 16)
        if size == 0:
            self._read_trailers(found.end() - 2)
            return False
        # What surrounds a chunk counts too: it costs as much to read as what is in it.
        self._decoded += size + found.end() - found.start() + 2
        if self._decoded > self._limit + self._limit // 8 + MAX_HEAD:
            self._refuse_size()
        self._seen = found.end() + size + 2
        return True

    def _read_trailers(self, start: int) -> None:
        if self.data.find(b"\r\n\r\n", start, start + _MAX_TRAILERS) >= 0:
            self.complete = True
        elif self._beyond(_MAX_TRAILERS):
            self.refusal = Refusal(400, "The trailers of the request are too long.")

    def _beyond(self, size: int) -> bool:
        return len(self.data) - self._seen > size
