"""The overview of a centre: who has access, whether the directory works, and what to do next."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from mycambridge.console.entrance import centre_pages, console
from mycambridge.console.lists import quoted
from mycambridge.console.matters import Known, matters
from mycambridge.console.requests import ASKING
from mycambridge.console.roles import people_named
from scim_server.pages.acting import Json
from scim_server.pages.site import Site

_CHART_WIDTH, _CHART_HEIGHT = 600, 120


def overview_pages(site: Site) -> Blueprint:
    """Return the blueprint of ``/centres/<number>``."""
    blueprint = centre_pages(site, "console_overview")

    @blueprint.get("")
    def page() -> ResponseReturnValue:
        known = _known(ZoneInfo(site.settings.time_zone))
        summary = known.summary
        shown = {"summary": summary, "matters": matters(known), "bars": _bars(summary["activity"])}
        shown |= {"states": {brake["connection"]["value"]: brake["state"] for brake in known.brakes}}
        conflicts = people_named(console().acting, summary["conflicts"])
        return render_template("console/overview.html", conflicts=conflicts, **shown)

    return blueprint


def _known(zone: ZoneInfo) -> Known:
    acting, centre = console().acting, console().centre
    lasting = f"until gt {quoted(datetime.now(UTC).isoformat())}"
    return Known(
        centre,
        acting.get(f"/Centres/{centre['id']}/summary"),
        acting.list("/SafetyBrakes", filter=lasting, count="50")["Resources"],
        acting.list("/Users", filter=ASKING, count="0")["totalResults"],
        zone,
    )


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
