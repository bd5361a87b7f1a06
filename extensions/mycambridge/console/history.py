"""What happened, as sentences."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from mycambridge.console.lists import quoted
from mycambridge.console.roles import NAMED_AT_ONCE, people_named
from scim_server.journal.words import sentence
from scim_server.pages.acting import Acting, Json
from scim_server.pages.language import _
from scim_server.store.documents import utc_text

_SHOWN = 20
_SEARCHED = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Told:
    """One entry of the journal, in plain words."""

    at: str
    words: str
    entry: Json

    @property
    def failed(self) -> bool:
        """Whether it was refused."""
        return self.entry.get("outcome") == "refused"


def told(acting: Acting, entries: Sequence[Json]) -> list[Told]:
    """Return entries of the journal in plain words; the members they name are looked up together."""
    members = {member["value"] for entry in entries for member in entry.get("members", ())[:3]}
    wanted, names = sorted(members), dict[str, str]()
    for start in range(0, len(wanted), NAMED_AT_ONCE):
        names |= people_named(acting, wanted[start : start + NAMED_AT_ONCE])
    names |= dict.fromkeys(members - names.keys(), _("somebody who has been removed since"))
    return [Told(entry["at"], sentence(entry, names), entry) for entry in entries]


def sentences_about(acting: Acting, person_id: str) -> list[Told]:
    """Return the newest entries about a person, and those of a month about groups and roles that name them.

    What is about the person is found by an index; what names them is searched for, so not without an end.
    """
    who = quoted(person_id)
    since = quoted(utc_text(datetime.now(UTC) - _SEARCHED))
    given = f'attributes[path eq "user" and (after co {who} or before co {who})]'
    entries = [
        *_newest(acting, f"target.value eq {who}"),
        *_newest(acting, f"at gt {since} and (members.value eq {who} or {given})"),
    ]
    distinct = {entry["id"]: entry for entry in entries}
    newest = sorted(distinct.values(), key=lambda entry: str(entry["at"]), reverse=True)
    return told(acting, newest[:_SHOWN])


def _newest(acting: Acting, wanted: str) -> list[Json]:
    found = acting.list("/Changes", filter=wanted, sortBy="at", sortOrder="descending", count=str(_SHOWN))
    return list(found["Resources"])
