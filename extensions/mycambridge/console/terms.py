"""Until when a role is given by hand, and why: fields of a form, as days of the board, and what the API keeps."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from mycambridge.console.days import day_of
from scim_server.pages.acting import Json
from scim_server.pages.forms import sent
from scim_server.pages.language import _


class LastDayError(Exception):
    """What was entered as the last day is none, or has passed; the text says what to enter."""


def sent_terms(zone: str) -> Json:
    """Return ``expires`` and ``note`` as they were entered: the end of the last day, where the board is.

    :raises LastDayError: When the last day is no date, or has passed.
    """
    note, expires = sent("note").strip(), _end_of_day(sent("until").strip(), ZoneInfo(zone))
    return ({"expires": expires} if expires else {}) | ({"note": note} if note else {})


def terms_changed(terms: Json) -> list[Json]:
    """Return what to change in a grant so that it has some terms, and no others."""
    return [
        {"op": "replace", "path": name, "value": terms[name]} if name in terms else {"op": "remove", "path": name}
        for name in ("expires", "note")
    ]


def last_day(expires: str | None, zone: str) -> str:
    """Return the last day of a grant as a date field has it, or nothing when it has none."""
    return datetime.fromisoformat(expires).astimezone(ZoneInfo(zone)).date().isoformat() if expires else ""


def _end_of_day(text: str, zone: ZoneInfo) -> str | None:
    if not text:
        return None
    if (day := day_of(text)) is None:
        raise LastDayError(_("Enter the last day as a date, such as 2027-06-30."))
    end = datetime.combine(day, time(23, 59, 59), zone)
    if end < datetime.now(zone):
        raise LastDayError(_("Choose a last day that has not passed."))
    return end.astimezone(UTC).isoformat()
