"""Entries as people write them: one a line, or a CSV file with the centre in front."""

import csv
import io

from scim_server.pages.acting import Json, Refused
from scim_server.pages.language import _

_COLUMNS = ["centreNumber", "series", "syllabus", "option"]


def read_lines(text: str) -> list[Json]:
    """Return entries written as ``series, syllabus, option``, one a line.

    :raises Refused: When a line has another form.
    """
    rows = [[cell.strip() for cell in line.split(",")] for line in text.splitlines() if line.strip()]
    for row in rows:
        if not 2 <= len(row) <= 3:
            raise Refused(400, _("Write each entry on a line of its own, as in 2026-06, 0500, A."))
    if not rows:
        raise Refused(400, _("Write at least one entry, as in 2026-06, 0500, A."))
    return [_entry(*row) for row in rows]


def read_entries(content: bytes) -> dict[str, list[Json]]:
    """Return the entries of a CSV file by centre: ``centreNumber,series,syllabus,option``.

    :raises Refused: When it has other columns, or cannot be read.
    """
    columns = ",".join(_COLUMNS)
    try:
        reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig")), skipinitialspace=True)
        reader.fieldnames = [name.strip() for name in reader.fieldnames or []]
        if reader.fieldnames[:3] != _COLUMNS[:3]:
            raise Refused(
                400, _("The first line of the file must name the columns %(columns)s.") % {"columns": columns}
            )
        found: dict[str, list[Json]] = {}
        for row in reader:
            cells = [str(row.get(name) or "").strip() for name in _COLUMNS]
            found.setdefault(cells[0].upper(), []).append(_entry(*cells[1:]))
    except (UnicodeDecodeError, csv.Error):
        raise Refused(400, _("This is no CSV file in UTF-8.")) from None
    return found


def _entry(series: str, syllabus: str, option: str = "") -> Json:
    return {"series": series, "syllabus": syllabus} | ({"option": option} if option else {})
