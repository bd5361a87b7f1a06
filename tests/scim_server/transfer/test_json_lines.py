"""Files of JSON lines, good and bad."""

import io
import tracemalloc

import orjson
import pytest

from scim_server.settings import Settings
from scim_server.store.types import by_name, core_types
from scim_server.transfer.json_lines import MAX_LINE, JsonLines
from scim_server.transfer.records import Record, Refused, UnreadableFileError
from tests.support.command_line import group, user


def read(*lines: bytes) -> list[Record | Refused]:
    """Return what a file holds."""
    return list(JsonLines(io.BytesIO(b"\n".join(lines)), by_name(core_types()), Settings()))


def test_marks_of_other_systems_do_not_matter() -> None:
    found = read(b"\xef\xbb\xbf" + orjson.dumps(user("a@a.example")) + b"\r", b"  ", orjson.dumps(user("b@a.example")))
    assert [(each.line, each.name) for each in found if isinstance(each, Record)] == [
        (1, "a@a.example"), (3, "b@a.example"),
    ]  # fmt: skip


def test_groups_come_last_and_what_they_contain_first() -> None:
    lines = [
        group("Staff", {"value": "2"}, {"displayName": "team"}, id="1"),
        group("Dept", {"value": "3"}, id="2"),
        group("Room", id="3"),
        group("Team", {"value": "3"}, id="4"),
        user("a@a.example"),
    ]
    found = read(*map(orjson.dumps, lines))
    assert [each.name for each in found] == ["a@a.example", "Room", "Dept", "Team", "Staff"]


def test_a_deep_chain_of_groups_is_followed() -> None:
    lines = [group(f"Group {number}", {"value": f"{number + 1}"}, id=f"{number}") for number in range(3000)]
    found = read(*map(orjson.dumps, lines))
    assert [each.line for each in found] == list(range(3000, 0, -1))


def test_a_group_that_contains_itself_is_refused() -> None:
    (found,) = read(orjson.dumps(group("Staff", {"value": "1"}, id="1")))
    assert isinstance(found, Refused)
    assert found.reason == "It contains 'Staff' (line 1), which contains it in turn."


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "The line is not valid JSON in UTF-8"),
        (b'{"userName":"\xe9"}', "The line is not valid JSON in UTF-8"),
        (b"null", "Each line must be one JSON object"),
        (b'{"userName":"a@a.example"}', "The line does not say what it is; it needs schemas with"),
        (b'{"schemas":["urn:x"],"userName":"a"}', "The line does not say what it is"),
        (b'{"schemas":[],"userName":"a","USERNAME":"b"}', "The line says 'USERNAME' twice in one object"),
        (b'{"schemas":[],"a":' + b"[" * 50 + b"]" * 50 + b"}", "The line nests deeper than"),
        (b'{"schemas":[],"emails":[' + b"{}," * 300 + b"{}]}", "'emails' may hold 200 values; this line has 301."),
        (b'{"schemas":[],"userName":"\\u0000' + b"a" * 9000 + b'"}', "A text in 'username' is longer than"),
        (orjson.dumps(group("Staff", {"display": "Asha"})), "Each member needs a value (an id), a userName"),
        (orjson.dumps(group("Staff") | {"members": ["1"]}), "Each member needs a value (an id), a userName"),
        (b" " * (MAX_LINE + 5), "The line is longer than 32 MiB."),
    ],
)
def test_a_faulty_line_is_refused_alone(line: bytes, reason: str) -> None:
    refused, other = read(line, orjson.dumps(user("b@a.example")))
    assert isinstance(refused, Refused)
    assert (refused.line, refused.reason[: len(reason)]) == (1, reason)
    assert (other.line, other.name) == (2, "b@a.example")


@pytest.mark.parametrize(
    ("text", "reason"),
    [(b" [\n{}]", "The file is one JSON array"), ('{"a":1}'.encode("utf-16"), "The file is in UTF-16")],
)
def test_a_file_of_another_kind_is_refused_as_a_whole(text: bytes, reason: str) -> None:
    with pytest.raises(UnreadableFileError) as refused:
        read(text)
    assert str(refused.value).startswith(reason)


def test_a_long_file_is_never_held_in_memory() -> None:
    line = orjson.dumps(user("a@a.example", title="t" * 900)) + b"\n"
    file = JsonLines(io.BytesIO(line * 20_000), by_name(core_types()), Settings())
    tracemalloc.start()
    try:
        assert sum(1 for _ in file) == 20_000
        assert tracemalloc.get_traced_memory()[1] < len(line) * 2000
    finally:
        tracemalloc.stop()
