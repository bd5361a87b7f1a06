"""The physical lines of a file, none longer than a bound."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from scim_server.transfer.records import UnreadableFileError

_BOM = b"\xef\xbb\xbf"
_OTHER_ENCODINGS = (b"\xff\xfe", b"\xfe\xff")
_SKIPPED_AT_ONCE = 2**20


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file, with its end."""

    number: int
    offset: int
    size: int
    text: bytes
    too_long: bool = False
    """Whether it is longer than the bound; the text is its beginning then."""


def read_lines(file: BinaryIO, limit: int) -> Iterator[Line]:
    """Yield the lines of a file from its beginning, without a byte order mark.

    :raises UnreadableFileError: When the file is not in UTF-8 at all.
    """
    file.seek(0)
    offset = number = 0
    while text := file.readline(limit + 1):
        if number == 0 and text.startswith(_OTHER_ENCODINGS):
            raise UnreadableFileError("The file is in UTF-16; save it as UTF-8 ('CSV UTF-8' in Excel).")
        number += 1
        too_long = len(text) > limit
        size = len(text) + (_skip_line(file, text) if too_long else 0)
        yield Line(number, offset, size, text.removeprefix(_BOM) if number == 1 else text, too_long)
        offset += size


def line_at(file: BinaryIO, offset: int, limit: int) -> bytes:
    """Return the line that begins at an offset, which was read before."""
    file.seek(offset)
    text = file.readline(limit + 1)
    return text.removeprefix(_BOM) if offset == 0 else text


def _skip_line(file: BinaryIO, start: bytes) -> int:
    """Read on to the end of a line, and return how many bytes there were."""
    skipped, part = 0, start
    while part and not part.endswith(b"\n"):
        part = file.readline(_SKIPPED_AT_ONCE)
        skipped += len(part)
    return skipped
