"""CSV files of staff, as spreadsheets and people write them."""

import csv
import io

import pytest

from scim_server.transfer.records import Refused, UnreadableFileError
from scim_server.transfer.staff import MAX_LINE, StaffFile, StaffRow


def read(text: str | bytes) -> list[StaffRow | Refused]:
    """Return what a file holds."""
    data = text.encode() if isinstance(text, str) else text
    return [each for each in StaffFile(io.BytesIO(data)) if isinstance(each, StaffRow | Refused)]


def people(text: str | bytes) -> list[StaffRow]:
    """Return the people of a file without a fault."""
    return [each for each in read(text) if isinstance(each, StaffRow)]


def faults(text: str | bytes) -> dict[int, str]:
    """Return the reasons why lines are refused."""
    return {each.line: each.reason for each in read(text) if isinstance(each, Refused)}


def test_a_file_from_a_spreadsheet_is_read() -> None:
    rows = people(
        b'\xef\xbb\xbf Username ,GIVENNAME,groups\r\nasha@a.example, Asha ,"Staff; Team;;staff"\r\n,,\r\n\r\n'
    )
    assert [(row.line, row.name, row.given_name, row.groups) for row in rows] == [
        (2, "asha@a.example", "Asha", ("Staff", "Team"))
    ]


def test_lines_are_counted_over_cells_that_span_several() -> None:
    rows = people('userName,groups\na@a.example,"Staff\nRoom"\nb@a.example,\n')
    assert [(row.line, row.groups) for row in rows] == [(2, ("Staff\nRoom",)), (4, ())]


def test_the_last_line_needs_no_end() -> None:
    assert [row.name for row in people("userName\na@a.example")] == ["a@a.example"]


def test_a_file_is_read_twice_alike() -> None:
    file = StaffFile(io.BytesIO(b"userName\na@a.example\n"))
    assert list(file) == list(file) != []


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (b"a@a.example,yes,more", "The row has 3 cells, but there are 2 columns."),
        (b"a@a.example", "The row has 1 cells, but there are 2 columns."),
        (b"a@a.example,perhaps", "active is 'perhaps', but must be true or false."),
        (b",true", "The row has no userName."),
        (b"Ren\xe9@a.example,true", "The row is not in UTF-8; save the file as UTF-8 ('CSV UTF-8' in Excel)."),
    ],
)
def test_a_faulty_row_is_refused_alone(row: bytes, reason: str) -> None:
    text = b"userName,active\n" + row + b"\nb@a.example,no\n"
    assert faults(text) == {2: reason}
    assert [each.name for each in people(text)] == ["b@a.example"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "The file is empty; its first row must name columns: userName, givenName,"),
        ("givenName,email\n", "The column userName is missing; its first row must name columns: userName,"),
        ("userName,active,Active\n", "The column active is there twice; keep one of them."),
        ("userName,shoeSize\n", "There is no column 'shoeSize'; its first row must name columns: userName,"),
        ("userName,\n", "There is no column ''; its first row must name columns: userName,"),
        (b"userName,\xff\n", "There is no column '?'; its first row must name columns: userName,"),
        ("userName;active\n", "The columns are not separated by commas; save the file as CSV with commas."),
        ("userName".encode("utf-16"), "The file is in UTF-16; save it as UTF-8 ('CSV UTF-8' in Excel)."),
        ('userName\n"a@a.example\nb@a.example\n', "Line 2 begins a quoted cell that does not end, or is longer than"),
        ('userName\n"a"b\n', "Line 2 is no CSV (',' expected after '\"'); nothing from there on was read."),
        ("userName\na\rb\n", "Line 2 is no CSV (new-line character seen in unquoted field"),
        (b"userName\n" + b"a" * (MAX_LINE + 1), "Line 2 is longer than 1 MiB; nothing from there on was read."),
        ("userName\n" + "a" * (csv.field_size_limit() + 1), "Line 2 begins a quoted cell that does not end, or is"),
    ],
)
def test_a_file_that_is_no_staff_list_is_refused_as_a_whole(text: str | bytes, reason: str) -> None:
    with pytest.raises(UnreadableFileError) as refused:
        read(text)
    assert str(refused.value).startswith(reason)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([], [{"value": "new@a.example", "type": "work", "primary": True}]),
        ([{"value": "NEW@a.example"}], [{"value": "NEW@a.example"}]),
        ([{"value": "old@a.example", "type": "work"}], [{"value": "new@a.example", "type": "work"}]),
        (
            [{"value": "w@a.example", "type": "work"}, {"value": "p@a.example", "primary": True}],
            [{"value": "w@a.example", "type": "work"}, {"value": "new@a.example", "primary": True}],
        ),
        (
            [{"value": "h@a.example", "type": "home"}],
            [{"value": "h@a.example", "type": "home"}, {"value": "new@a.example", "type": "work", "primary": True}],
        ),
    ],
)
def test_an_address_takes_the_place_of_the_one_used_until_now(
    before: list[dict[str, object]], after: list[dict[str, object]]
) -> None:
    (row,) = people("userName,email\na@a.example,new@a.example\n")
    assert row.payload({"schemas": [], "emails": before})["emails"] == after
