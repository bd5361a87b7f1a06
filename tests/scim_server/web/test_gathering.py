"""A request is whole when its framing says so, in whatever pieces it comes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scim_server.web.gathering import MAX_HEAD, Gathering

LIMIT = 1000
GET = b"GET /scim/v2/Users HTTP/1.1\r\nHost: school.example\r\n\r\n"
SIZED = b"POST /scim/v2/Users HTTP/1.1\r\ncontent-length:  5 \r\n\r\n12345"
CHUNKED = b"POST /scim/v2/Users HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n3;a=b\r\nabc\r\n04\r\n0123\r\n0\r\n\r\n"
TRAILED = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Sum: 1\r\n\r\n"


def gathered(*pieces: bytes) -> Gathering:
    gathering = Gathering(LIMIT)
    for piece in pieces:
        gathering.add(piece)
    return gathering


@pytest.mark.parametrize("request_", [GET, SIZED, CHUNKED, TRAILED])
def test_a_request_is_whole_with_its_last_byte_only(request_: bytes) -> None:
    gathering = gathered(request_[:-1])
    assert not gathering.decided
    gathering.add(request_[-1:])
    assert gathering.complete
    assert bytes(gathering.data) == request_


@given(request_=st.sampled_from([GET, SIZED, CHUNKED, TRAILED]), data=st.data())
def test_it_does_not_matter_how_a_request_is_cut(request_: bytes, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(1, len(request_) - 1))))
    pieces = [request_[start:end] for start, end in zip([0, *cuts], [*cuts, len(request_)], strict=True)]
    gathering = Gathering(LIMIT)
    for piece in pieces:
        assert not gathering.decided
        gathering.add(piece)
    assert gathering.complete


def test_what_follows_a_request_is_kept_for_the_next() -> None:
    assert bytes(gathered(SIZED + GET).data) == SIZED + GET


def test_a_body_of_the_largest_size_is_taken_and_a_larger_one_refused() -> None:
    assert gathered(b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % LIMIT, b"x" * LIMIT).complete
    refused = gathered(b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % (LIMIT + 1)).refusal
    assert refused
    assert refused.status == 413


def test_a_chunked_body_is_bounded_too() -> None:
    gathering = gathered(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")
    while not gathering.decided:
        gathering.add(b"64\r\n" + b"x" * 100 + b"\r\n")
    assert gathering.refusal
    assert gathering.refusal.status == 413
    assert len(gathering.data) < 2 * (LIMIT + MAX_HEAD)


def test_an_expectation_is_met_once() -> None:
    gathering = gathered(b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
    assert gathering.expects_continue
    gathering.add(b"{}")
    assert gathering.complete
    assert bytes(gathering.data) == b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}"


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET /" + b"a" * MAX_HEAD, 414),
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * MAX_HEAD, 431),
        (b"POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n", 413),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;" + b"a" * 300, 400),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + b"X: y\r\n" * 2000, 400),
    ],
    ids=lambda value: str(value)[:60],
)
def test_what_will_never_be_a_request_is_refused(request_: bytes, status: int) -> None:
    refusal = gathered(request_).refusal
    assert refusal
    assert refusal.status == status
