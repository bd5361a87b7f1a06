"""The safety brake: whom it protects, release or reject what it holds, and how it is set for each connection."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from mycambridge.console.entrance import centre_pages, console
from mycambridge.console.lists import asked, quoted
from scim_server.pages.acting import Json
from scim_server.pages.forms import sent
from scim_server.pages.language import _
from scim_server.pages.site import Site

_BRAKE = "urn:ietf:params:scim:schemas:mycambridge:2.0:SafetyBrake"
_STATES = {"release": "released", "reject": "rejected"}


def brake_pages(site: Site) -> Blueprint:
    """Return the blueprint of ``/centres/<number>/brake``."""
    blueprint = centre_pages(site, "console_brake", "/brake")
    _add_listing(blueprint)
    _add_deciding(site, blueprint)
    _add_mode(site, blueprint)
    return blueprint


def _add_listing(blueprint: Blueprint) -> None:
    @blueprint.get("")
    def listing() -> ResponseReturnValue:
        brakes = console().acting.list("/SafetyBrakes", count="50")["Resources"]
        held = {brake["id"]: _people(brake["id"]) for brake in brakes if brake.get("current") == "held"}
        summary = _summary()
        known = {brake["connection"]["value"] for brake in brakes}
        quiet = {each["value"]: each for each in summary["connections"] if each["value"] not in known}
        shown = {"brakes": brakes, "held": held, "quiet": quiet.values(), "limits": summary["brakeLimits"]}
        return render_template("console/brake/list.html", **shown)


# -- Deciding about what is held ----------------------------------------------


def _add_deciding(site: Site, blueprint: Blueprint) -> None:
    @blueprint.get("/<brake_id>/<decision>")
    def deciding(brake_id: str, decision: str) -> ResponseReturnValue:
        if (again := site.require_fresh()) is not None:
            return again
        _state_after(decision)
        brake = console().acting.get(f"/SafetyBrakes/{brake_id}")
        shown = {"brake": brake, "people": _people(brake_id), "decision": decision}
        return render_template("console/brake/decide.html", **shown)

    @blueprint.post("/<brake_id>/<decision>")
    def decide(brake_id: str, decision: str) -> ResponseReturnValue:
        if (again := site.require_fresh()) is not None:
            return again
        note = sent("note", 1000).strip()
        value = {"state": _state_after(decision), **({"note": note} if note else {})}
        console().acting.patch(f"/SafetyBrakes/{brake_id}", {"op": "replace", "value": value})
        said = {
            "release": _("Released: for an hour, what your directory sends goes through."),
            "reject": _("Rejected: for a day, this connection ends nobody's access, unless you release it."),
        }
        flash(said[decision], "success")
        return redirect(url_for("console_brake.listing"), 303)


def _state_after(decision: str) -> str:
    if decision not in _STATES:
        abort(404)
    return _STATES[decision]


# -- How it is set ------------------------------------------------------------


def _add_mode(site: Site, blueprint: Blueprint) -> None:
    @blueprint.get("/mode")
    def choosing() -> ResponseReturnValue:
        return site.require_fresh() or _choose(asked("connection"))

    @blueprint.post("/mode")
    def choose() -> ResponseReturnValue:
        if (again := site.require_fresh()) is not None:
            return again
        connection_id, mode = asked("connection"), sent("mode")
        if not mode:
            return _choose(connection_id, _("Choose what shall happen.")), 400
        brake = _brake_of(connection_id)
        if brake is None:
            document = {"schemas": [_BRAKE], "connection": {"value": connection_id}, "mode": mode}
            console().acting.post("/SafetyBrakes", document)
        else:
            console().acting.patch(f"/SafetyBrakes/{brake['id']}", {"op": "replace", "path": "mode", "value": mode})
        flash(_("Saved."), "success")
        return redirect(url_for("console_brake.listing"), 303)


def _choose(connection_id: str, error: str | None = None) -> str:
    brake, summary = _brake_of(connection_id), _summary()
    connections = {each["value"]: each for each in summary["connections"]}
    if brake is None and connection_id not in connections:
        abort(404)
    mode = brake["mode"] if brake is not None else connections[connection_id]["brake"]
    name = brake["connection"]["display"] if brake is not None else connections[connection_id]["display"]
    shown = {"name": name, "mode": mode, "brake": brake, "limits": summary["brakeLimits"], "error": error}
    return render_template("console/brake/mode.html", **shown)


def _brake_of(connection_id: str) -> Json | None:
    found = console().acting.list("/SafetyBrakes", filter=f"connection.value eq {quoted(connection_id)}")["Resources"]
    return found[0] if found else None


def _people(brake_id: str) -> Json:
    """Return who would lose access if a brake were released."""
    return console().acting.get(f"/SafetyBrakes/{brake_id}/people")


def _summary() -> Json:
    return console().acting.get(f"/Centres/{console().centre['id']}/summary")
