"""What somebody at a centre should see to: each matter as a plain sentence, with where to go on."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from mycambridge.console.roles import choices
from scim_server.pages.acting import Json
from scim_server.pages.language import _, day, moment, ngettext

_SILENT = timedelta(days=2)
_SOON = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Matter:
    """Something that somebody should see to: a sentence, and where to go on."""

    words: str
    action: str
    path: str


@dataclass(frozen=True, slots=True)
class Known:
    """What a centre is, and how it stands."""

    centre: Json
    summary: Json
    brakes: list[Json]
    """The safety brakes about which something was noted or decided that lasts."""

    asking: int
    """How many people a directory asks roles for that nobody answered."""

    zone: ZoneInfo


def matters(known: Known) -> list[Matter]:
    """Return what somebody should see to, the most urgent first."""
    return [
        *_brakes(known.brakes),
        *_tokens(known),
        *_directory(known),
        *_waiting(known),
        *_conflicts(known.summary),
        *_without_roles(known),
    ]


def _brakes(brakes: list[Json]) -> list[Matter]:
    words = {
        "held": _("The safety brake holds %(name)s: it would end the access of too many people at once."),
        "notified": _("%(name)s has ended the access of many people within an hour."),
    }
    return [
        Matter(words[brake["state"]] % {"name": brake["connection"]["display"]}, _("Look at it and decide"), "/brake")
        for brake in brakes
        if brake["state"] in words
    ]


def _tokens(known: Known) -> list[Matter]:
    """Return which connections need a new token, those that are refused already first."""
    ending = datetime.now(UTC) + _SOON
    expired = _("The token of %(name)s ended on %(day)s, so the directory is refused.")
    soon = _("The token of %(name)s ends on %(day)s.")
    return [
        Matter(
            (expired if each["expired"] else soon) % {"name": each["display"], "day": day(each["expires"], known.zone)},
            _("Make a new one"),
            "/connect",
        )
        for each in sorted(known.summary["connections"], key=lambda each: str(each["expires"]))
        if datetime.fromisoformat(each["expires"]) < ending
    ]


def _directory(known: Known) -> list[Matter]:
    connections = known.summary["connections"]
    used = [each["lastUsed"] for each in connections if each["lastUsed"]]
    if not connections:
        words = _("No directory is connected, so nobody is added or removed by itself.")
        return [Matter(words, _("Connect your directory"), "/connect")]
    if not used:
        return [Matter(_("Your directory has not sent anything yet."), _("Test the connection"), "/connect")]
    found = []
    if _is_past(max(used)):
        words = _("Your directory has been silent for more than two days.")
        found.append(Matter(words, _("Check the connection"), "/connect"))
    if (error := known.summary["lastRefusal"]) and not _is_past(error["at"]):
        words = _("%(name)s was refused on %(moment)s: %(why)s") % {
            "name": error["connection"],
            "moment": moment(error["at"], known.zone),
            "why": error["detail"],
        }
        found.append(Matter(words, _("See what to do about it"), "/log?outcome=refused"))
    return found


def _is_past(text: str) -> bool:
    return datetime.now(UTC) - datetime.fromisoformat(text) > _SILENT


def _waiting(known: Known) -> list[Matter]:
    found, waiting, asking = [], known.summary["waiting"], known.asking
    if waiting:
        words = ngettext("%(num)s person waits for your approval.", "%(num)s people wait for your approval.", waiting)
        found.append(Matter(words % {"num": waiting}, _("Approve or decline"), "/approvals"))
    if asking:
        words = ngettext(
            "Your directory asks for a role for %(num)s person.",
            "Your directory asks for roles for %(num)s people.",
            asking,
        )
        found.append(Matter(words % {"num": asking}, _("Grant or ignore"), "/approvals/requests"))
    return found


def _conflicts(summary: Json) -> list[Matter]:
    if not summary["conflicts"]:
        return []
    words = _("Somebody is exams officer and teacher at once, and must not reach listening files before the exam.")
    return [Matter(words, _("See who"), "/people?status=conflict")]


def _without_roles(known: Known) -> list[Matter]:
    found, summary = [], known.summary
    if not known.centre["managed"]:
        found.append(Matter(_("Nobody can manage users of this centre."), _("Map a group"), "/groups"))
    offered = {each.value for each in choices(known.centre) if each.role.opens and not each.obstacle}
    words = _("Nobody has the role %(role)s.")
    found.extend(
        Matter(words % {"role": each["display"]}, _("Map a group to it"), "/groups")
        for each in summary["roles"]
        if each["value"] in offered and not each["people"]
    )
    without = summary["people"]["active"] - summary["peopleWithRoles"]
    if without > 0:
        words = ngettext("%(num)s active person has no role.", "%(num)s active people have no role.", without)
        found.append(Matter(words % {"num": without}, _("See who"), "/people?status=none"))
    return found
