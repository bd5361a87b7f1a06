"""A CSV file of staff: one person a row, with the groups they shall belong to."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Literal

from scim_server.store.documents import Document, comparison_text
from scim_server.transfer.lines import read_lines
from scim_server.transfer.records import Record, Refused, UnreadableFileError

COLUMNS = ("userName", "givenName", "familyName", "email", "active", "groups", "externalId")
"""What a column may be called, in any case; all but the first can be left out."""

MAX_LINE = 2**20
"""The longest line in bytes. A cell is bounded by :func:`csv.field_size_limit`, however many lines it spans."""

_USER = "urn:ietf:params:scim:schemas:core:2.0:User"
_TRUE = frozenset({"true", "yes", "y", "1", "active"})
_FALSE = frozenset({"false", "no", "n", "0", "inactive"})


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffRow(Record):
    """A row that says a few things about a person; an empty cell says nothing."""

    given_name: str = ""
    family_name: str = ""
    email: str = ""
    active: bool | None = None

    @property
    def operation(self) -> Literal["replace", "patch"]:
        """A row changes what it names, and nothing else."""
        return "patch"

    def payload(self, current: Document | None) -> dict[str, Any]:
        """Return what is stored of the person with what the row says; a new person is active unless it says no."""
        document: dict[str, Any] = {"schemas": [_USER], "active": True} if current is None else dict(current)
        document["userName"] = self.name
        if self.external_id:
            document["externalId"] = self.external_id
        if self.active is not None:
            document["active"] = self.active
        if self.given_name or self.family_name:
            document["name"] = self._named(document.get("name", {}))
        if self.email:
            document["emails"] = _with_email(document.get("emails", []), self.email)
        return document

    def _named(self, before: dict[str, Any]) -> dict[str, Any]:
        said = {"givenName": self.given_name, "familyName": self.family_name}
        after = before | {name: value for name, value in said.items() if value}
        if after != before:
            # The whole name was made of the old parts.
            after.pop("formatted", None)
        return after


def _with_email(before: list[dict[str, Any]], address: str) -> list[dict[str, Any]]:
    """Return addresses with one more, in the place of the one that mail was sent to until now."""
    compared = comparison_text(address, case_exact=False)
    if any(comparison_text(each.get("value", ""), case_exact=False) == compared for each in before):
        return before
    place = next((index for index, each in enumerate(before) if each.get("primary")), None)
    if place is None:
        place = next((index for index, each in enumerate(before) if each.get("type") == "work"), None)
    if place is None:
        return [*before, {"value": address, "type": "work", "primary": True}]
    return [*before[:place], {**before[place], "value": address}, *before[place + 1 :]]


class StaffFile:
    """A CSV file of staff, in UTF-8, with a first row that names its columns."""

    def __init__(self, file: BinaryIO) -> None:
        """Read a file that can be rewound."""
        self.size = file.seek(0, 2)
        self._file = file

    def __iter__(self) -> Iterator[Record | Refused]:
        """Yield every person of the file."""
        consumed = [0]
        rows = csv.reader(self._texts(consumed), strict=True)
        first = _next(rows)
        if first is None:
            raise UnreadableFileError(f"The file is empty; its first row must name columns: {', '.join(COLUMNS)}.")
        columns = _columns(first)
        while True:
            start, before = rows.line_num + 1, consumed[0]
            cells = _next(rows)
            if cells is None:
                return
            if any(cell.strip() for cell in cells):
                yield _row(start, consumed[0] - before, columns, [cell.strip() for cell in cells])

    def _texts(self, consumed: list[int]) -> Iterator[str]:
        """Yield lines as text; what is not UTF-8 becomes surrogates, which are refused with the row they are in."""
        for line in read_lines(self._file, MAX_LINE):
            if line.too_long:
                raise UnreadableFileError(f"Line {line.number} is longer than 1 MiB; nothing from there on was read.")
            consumed[0] += line.size
            yield line.text.decode("utf-8", "surrogateescape")


def _next(rows: Any) -> list[str] | None:
    """Return the next row, or None at the end of the file."""
    start = rows.line_num + 1
    try:
        found: list[str] | None = next(rows, None)
    except csv.Error as error:
        if "field limit" in str(error) or "unexpected end" in str(error):
            fault = f"begins a quoted cell that does not end, or is longer than {csv.field_size_limit()} characters"
        else:
            fault = f"is no CSV ({error})"
        raise UnreadableFileError(f"Line {start} {fault}; nothing from there on was read.") from None
    return found


def _columns(cells: Sequence[str]) -> list[str]:
    """Return the names of the columns as they are written in ``COLUMNS``.

    :raises UnreadableFileError: When one is unknown or given twice, or there is no userName.
    """
    known = {name.lower(): name for name in COLUMNS}
    sent = [cell.strip() for cell in cells]
    listed = f"its first row must name columns: {', '.join(COLUMNS)}"
    if len(sent) == 1 and any(mark in sent[0] for mark in ";\t"):
        raise UnreadableFileError("The columns are not separated by commas; save the file as CSV with commas.")
    unknown = next((name for name in sent if name.lower() not in known), None)
    if unknown is not None:
        raise UnreadableFileError(
            f"There is no column {unknown[:100].encode('utf-8', 'replace').decode()!r}; {listed}."
        )
    columns = [known[name.lower()] for name in sent]
    twice = next((name for name in columns if columns.count(name) > 1), None)
    if twice is not None:
        raise UnreadableFileError(f"The column {twice} is there twice; keep one of them.")
    if COLUMNS[0] not in columns:
        raise UnreadableFileError(f"The column userName is missing; {listed}.")
    return columns


def _row(line: int, size: int, columns: Sequence[str], cells: Sequence[str]) -> StaffRow | Refused:
    if any(not _is_text(cell) for cell in cells):
        return Refused(line, "The row is not in UTF-8; save the file as UTF-8 ('CSV UTF-8' in Excel).", size)
    if len(cells) != len(columns):
        return Refused(line, f"The row has {len(cells)} cells, but there are {len(columns)} columns.", size)
    said = dict(zip(columns, cells, strict=True))
    active = said.get("active", "").lower()
    if active and active not in _TRUE | _FALSE:
        return Refused(line, f"active is {said['active'][:100]!r}, but must be true or false.", size)
    if not said["userName"]:
        return Refused(line, "The row has no userName.", size)
    groups = (name.strip() for name in said.get("groups", "").split(";"))
    return StaffRow(
        line=line,
        size=size,
        type_name="User",
        name=said["userName"],
        external_id=said.get("externalId") or None,
        groups=tuple(_distinct(name for name in groups if name)),
        given_name=said.get("givenName", ""),
        family_name=said.get("familyName", ""),
        email=said.get("email", ""),
        active=active in _TRUE if active else None,
    )


def _distinct(names: Iterator[str]) -> Iterator[str]:
    """Yield each name once, however it is written."""
    seen: set[str] = set()
    for name in names:
        compared = comparison_text(name, case_exact=False)
        if compared not in seen:
            seen.add(compared)
            yield name


def _is_text(cell: str) -> bool:
    return cell.isascii() or not any("\ud800" <= character <= "\udfff" for character in cell)
