"""What the address of a page asks of the journal, and what is found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import request

from mycambridge.console.days import day_of
from mycambridge.console.entrance import console
from mycambridge.console.history import Told, told
from mycambridge.console.lists import all_of, asked, quoted
from scim_server.pages.language import _
from scim_server.pages.site import Site
from scim_server.store.documents import utc_text

USUAL = timedelta(days=90)
"""How far back is searched unless somebody asks for more: names are compared one by one, in every entry since."""

_PAGE = "30"
_FIELDS = ("q", "outcome", "kind", "connection", "from", "to")


@dataclass(frozen=True, slots=True)
class Search:
    """What was asked for, as the form shows it, and the query that finds it."""

    values: Mapping[str, str]
    """What the fields hold: ``q``, ``outcome``, ``kind``, ``connection``, ``from`` and ``to``."""

    query: Mapping[str, str]
    errors: Mapping[str, str] = field(default_factory=dict)
    """What is wrong with a field, by its name; nothing is to be searched then."""


def asked_for(site: Site, *conditions: str, kinds: Mapping[str, str] | None = None, back: timedelta = USUAL) -> Search:
    """Return what the address of the page asks for.

    :param conditions: What is kept whatever is asked for.
    :param kinds: Conditions by the value of ``kind``.
    :param back: How far back is searched unless somebody asks for more.
    """
    values = {name: asked(name) for name in _FIELDS}
    first, last = day_of(values["from"]), day_of(values["to"])
    errors = {
        name: _("Enter a date as in 2026-09-01.")
        for name, found in (("from", first), ("to", last))
        if values[name] and found is None
    }
    if errors:
        return Search(values, {}, errors)
    until = last or datetime.now(UTC).date()
    first = first or until - back
    values["from"] = first.isoformat()
    zone = ZoneInfo(site.settings.time_zone)
    wanted = [*conditions, *_chosen(values, kinds or {}), f"at ge {_midnight(first, zone)}"]
    if last is not None:
        wanted.append(f"at lt {_midnight(last + timedelta(days=1), zone)}")
    return Search(values, {**all_of(wanted), "sortBy": "at", "sortOrder": "descending"})


def _chosen(values: Mapping[str, str], kinds: Mapping[str, str]) -> Sequence[str]:
    chosen = []
    if values["outcome"] in ("refused", "done"):
        chosen.append(f"outcome eq {quoted(values['outcome'])}")
    if values["connection"]:
        chosen.append(f"actor.value eq {quoted(values['connection'])}")
    if values["q"]:
        named = quoted(values["q"])
        chosen.append(f"actor.display co {named} or target.display co {named}")
    return [*chosen, kinds.get(values["kind"], "")]


def found(search: Search) -> tuple[list[Told], str | None]:
    """Return a page of entries, the newest first, and the cursor of the one after it."""
    if search.errors:
        return [], None
    answer = console().acting.list("/Changes", **search.query, count=_PAGE, cursor=asked("cursor", 4000))
    return told(console().acting, answer["Resources"]), answer.get("nextCursor")


def arguments(**changed: str) -> dict[str, Any]:
    """Return what an address asks for that shows the same search from its beginning.

    Fields of the form only: what else an address may hold could mean something to whoever builds addresses.
    """
    return {name: asked(name) for name in _FIELDS if name in request.args} | changed


def _midnight(day: date, zone: ZoneInfo) -> str:
    return quoted(utc_text(datetime.combine(day, time(), zone).astimezone(UTC)))
