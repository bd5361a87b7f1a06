"""The safety brake: what was held, release or reject it, and how it is set."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from mycambridge.console.entrance import centre_pages, console
from mycambridge.console.lists import quoted
from scim_server.pages.acting import Json
from scim_server.pages.language import _
from scim_server.pages.site import Site

_MODES = ("hold", "notify", "off")


def brake_pages(site: Site) -> Blueprint:
    """Return the blueprint of ``/centres/<number>/brake``."""
    blueprint = centre_pages(site, "console_brake", "/brake")

    @blueprint.get("")
    def listing() -> ResponseReturnValue:
        brakes = console().acting.list("/SafetyBrakes", count="50")["Resources"]
        losing = {brake["id"]: _held_requests(brake) for brake in brakes if brake.get("state") == "held"}
        return render_template("console/brake.html", brakes=brakes, losing=losing, modes=_MODES)

    @blueprint.post("/<brake_id>/decide")
    def decide(brake_id: str) -> ResponseReturnValue:
        if (again := site.require_fresh()) is not None:
            return again
        state = "released" if request.form.get("decision") == "released" else "rejected"
        console().acting.patch(f"/SafetyBrakes/{brake_id}", {"op": "replace", "path": "state", "value": state})
        said = {
            "released": _("Released: for an hour, what your directory sends goes through."),
            "rejected": _("Rejected: for a day, this connection ends nobody's access, unless you release it."),
        }
        flash(said[state], "success")
        return redirect(url_for("console_brake.listing"), 303)

    @blueprint.post("/<brake_id>/mode")
    def mode(brake_id: str) -> ResponseReturnValue:
        if (again := site.require_fresh()) is not None:
            return again
        chosen = request.form.get("mode", "")
        if chosen in _MODES:
            console().acting.patch(f"/SafetyBrakes/{brake_id}", {"op": "replace", "path": "mode", "value": chosen})
            flash(_("Saved."), "success")
        return redirect(url_for("console_brake.listing"), 303)

    return blueprint


def _held_requests(brake: Json) -> list[Json]:
    """Return the newest refusals of a connection since its brake holds."""
    conditions = f'actor.value eq {quoted(brake["connection"]["value"])} and outcome eq "refused"'
    since = f" and at ge {quoted(brake['since'])}" if brake.get("since") else ""
    query = {"filter": conditions + since, "sortBy": "at", "sortOrder": "descending", "count": "20"}
    return list(console().acting.list("/Changes", **query)["Resources"])
