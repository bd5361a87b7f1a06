"""The overview of a centre: who has access, whether the directory works, and what to do next."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from mycambridge.console.entrance import centre_pages, console
from mycambridge.console.lists import quoted
from mycambridge.console.roles import people_named
from scim_server.pages.acting import Json
from scim_server.pages.language import _, ngettext
from scim_server.pages.site import Site

_SILENT = timedelta(days=2)
_CHART_WIDTH, _CHART_HEIGHT = 600, 120


@dataclass(frozen=True, slots=True)
class Matter:
    """Something that somebody should see to: a sentence, and where to go on."""

    words: str
    action: str
    path: str


def overview_pages(site: Site) -> Blueprint:
    """Return the blueprint of ``/centres/<number>``."""
    blueprint = centre_pages(site, "console_overview")

    @blueprint.get("")
    def page() -> ResponseReturnValue:
        acting, centre = console().acting, console().centre
        summary = acting.get(f"/Centres/{centre['id']}/summary")
        lasting = f'(state eq "held" or state eq "notified") and until gt {quoted(datetime.now(UTC).isoformat())}'
        held = acting.list("/SafetyBrakes", filter=lasting, count="10")["Resources"]
        conflicts = people_named(acting, summary["conflicts"])
        shown = {"summary": summary, "matters": _matters(summary, held), "bars": _bars(summary["activity"])}
        return render_template("console/overview.html", conflicts=conflicts, **shown)

    return blueprint


def _matters(summary: Json, held: list[Json]) -> list[Matter]:
    """Return what somebody should see to, the most urgent first."""
    return [*_brakes(held), *_directory(summary), *_people(summary)]


def _brakes(held: list[Json]) -> list[Matter]:
    words = {
        "held": _("The safety brake holds %(name)s: it would end the access of too many people at once."),
        "notified": _("%(name)s has ended the access of many people within an hour."),
    }
    return [
        Matter(words[brake["state"]] % {"name": brake["connection"]["display"]}, _("Look at it and decide"), "/brake")
        for brake in held
    ]


def _directory(summary: Json) -> list[Matter]:
    used = [each["lastUsed"] for each in summary["connections"] if each["lastUsed"]]
    if not summary["connections"]:
        words = _("No directory is connected, so nobody is added or removed by itself.")
        return [Matter(words, _("Connect your directory"), "/connect")]
    if not used:
        return [Matter(_("Your directory has not sent anything yet."), _("Test the connection"), "/connect")]
    now, found = datetime.now(UTC), []
    if now - datetime.fromisoformat(max(used)) > _SILENT:
        words = _("Your directory has been silent for more than two days.")
        found.append(Matter(words, _("Check the connection"), "/connect"))
    if summary["lastRefusal"] and now - datetime.fromisoformat(summary["lastRefusal"]) < _SILENT:
        words = _("Something that was sent has been refused lately.")
        found.append(Matter(words, _("See what, and what to do"), "/log?outcome=refused"))
    ending = now + timedelta(days=30)
    for each in summary["connections"]:
        if datetime.fromisoformat(each["expires"]) < ending:
            words = _("The token of %(name)s ends soon.") % {"name": each["display"]}
            found.append(Matter(words, _("Make a new one"), "/connect"))
    return found


def _people(summary: Json) -> list[Matter]:
    found = []
    if summary["waiting"]:
        words = ngettext(
            "%(num)s person waits for your approval.", "%(num)s people wait for your approval.", summary["waiting"]
        )
        found.append(Matter(words % {"num": summary["waiting"]}, _("Approve or decline"), "/approvals"))
    if summary["conflicts"]:
        words = _("Somebody is exams officer and teacher at once, and must not reach listening files before the exam.")
        found.append(Matter(words, _("See who"), "/people?status=conflict"))
    without = summary["people"]["active"] - summary["peopleWithRoles"]
    if without > 0:
        words = ngettext("%(num)s active person has no role.", "%(num)s active people have no role.", without)
        found.append(Matter(words % {"num": without}, _("See who"), "/people?status=none"))
    empty = [each["display"] for each in summary["roles"] if not each["people"] and each["value"] == "user-management"]
    if empty:
        found.append(Matter(_("Nobody can manage users of this centre."), _("Map a group"), "/groups"))
    return found


def _bars(activity: list[Json]) -> list[dict[str, float | str | int]]:
    """Return the bars of the chart, in the units of its picture."""
    most = max(1, *(each["changes"] + each["refusals"] for each in activity))
    width = _CHART_WIDTH / len(activity)
    return [
        {
            "x": round(place * width, 1),
            "width": round(width - 4, 1),
            "changes": round(each["changes"] / most * _CHART_HEIGHT, 1),
            "refusals": round(each["refusals"] / most * _CHART_HEIGHT, 1),
        }
        for place, each in enumerate(activity)
    ]
