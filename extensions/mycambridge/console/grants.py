"""Give and take roles by hand: one person's check boxes, or one role for several people."""

from dataclasses import dataclass
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from mycambridge.console.entrance import centre_pages, console
from mycambridge.console.people import grants_of
from mycambridge.console.roles import GRANT, choice_of, choices, display_of, is_sensitive, name_of, people_named
from scim_server.pages.acting import Json, Refused
from scim_server.pages.language import _
from scim_server.pages.site import Site

_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class RoleChanges:
    """What the check boxes of a person mean, against the grants there are."""

    given: list[str]
    taken: list[Json]


def grant_pages(site: Site) -> Blueprint:
    """Return the blueprint of the pages below ``/centres/<number>`` that give and take roles by hand."""
    blueprint = centre_pages(site, "console_grants", "/people")
    _add_one(site, blueprint)
    _add_several(site, blueprint)
    return blueprint


# -- One person ---------------------------------------------------------------


def _add_one(site: Site, blueprint: Blueprint) -> None:
    @blueprint.post("/<user_id>/roles")
    def change(user_id: str) -> ResponseReturnValue:
        acting = console().acting
        changes = _changes(user_id)
        back = redirect(url_for("console_people.page", user_id=user_id), 303)
        if not changes.given and not changes.taken:
            flash(_("Nothing was changed."), "notice")
            return back
        if any(map(is_sensitive, changes.given)) and (again := site.require_fresh()) is not None:
            return again
        if request.form.get("step") != "confirm":
            return _confirm(user_id, changes)
        try:
            until = _until(site.settings.time_zone)
            for role in changes.given:
                acting.post("/RoleGrants", _grant(user_id, role, until))
            for grant in changes.taken:
                acting.delete(f"/RoleGrants/{grant['id']}")
        except Refused as refused:
            return _confirm(user_id, changes, refused.detail)
        flash(_("The roles were changed."), "success")
        return back


def _changes(user_id: str) -> RoleChanges:
    own = [grant for grant in grants_of(console().acting, user_id) if grant["centre"] == console().number]
    held = {grant["role"] for grant in own}
    wanted = set(request.form.getlist("role"))
    known = {choice.value for choice in choices(console().centre)}
    return RoleChanges(sorted((wanted & known) - held), [grant for grant in own if grant["role"] not in wanted])


def _confirm(user_id: str, changes: RoleChanges, error: str | None = None) -> ResponseReturnValue:
    user = console().acting.get(f"/Users/{user_id}", attributes="displayName,userName")
    page = render_template(
        "console/people/confirm.html",
        user=user,
        name=name_of(user),
        changes=changes,
        kept=request.form.getlist("role"),
        error=error,
        sensitive=any(map(is_sensitive, changes.given)),
    )
    return page, 200 if error is None else 400


def _until(zone: str) -> str | None:
    """Return the end of the day that was chosen, where the board is, as the API writes moments."""
    text = request.form.get("until", "").strip()
    if not text:
        return None
    try:
        day = datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day, until its end in the zone
    except ValueError:
        raise Refused(400, _("Enter the last day as a date, such as 2027-06-30.")) from None
    return datetime.combine(day, time(23, 59, 59), ZoneInfo(zone)).astimezone(UTC).isoformat()


def _grant(user_id: str, role: str, until: str | None = None) -> Json:
    grant: Json = {"schemas": [GRANT], "user": {"value": user_id}, "role": role}
    note = request.form.get("note", "").strip()[:1000]
    return grant | ({"expires": until} if until else {}) | ({"note": note} if note else {})


# -- Several people -----------------------------------------------------------


def _add_several(site: Site, blueprint: Blueprint) -> None:
    @blueprint.post("/several")
    def several() -> ResponseReturnValue:
        people, role = request.form.getlist("person")[:_AT_ONCE], request.form.get("with", "")
        gives = request.form.get("action") == "give"
        if not people or choice_of(role, console().centre) is None:
            flash(_("Choose people and a role."), "notice")
            return redirect(url_for("console_people.listing"), 303)
        if gives and is_sensitive(role) and (again := site.require_fresh()) is not None:
            return again
        if request.form.get("step") != "confirm":
            names = people_named(console().acting, people)
            shown = {"people": names, "role": role, "display": display_of(role), "gives": gives}
            return render_template("console/people/several.html", **shown)
        return _done([_each(person, role, gives=gives) for person in people])


def _done(refusals: list[str | None]) -> ResponseReturnValue:
    refused = [each for each in refusals if each is not None]
    changed = len(refusals) - len(refused)
    if changed:
        flash(_("%(number)s people were changed.") % {"number": changed}, "success")
    if refused:
        flash(_("%(number)s were not: ") % {"number": len(refused)} + " ".join(dict.fromkeys(refused)), "notice")
    return redirect(url_for("console_people.listing"), 303)


def _each(person: str, role: str, *, gives: bool) -> str | None:
    """Give one person a role or take it, and return why not when it is refused."""
    try:
        (_give if gives else _take)(person, role)
    except Refused as refused:
        return refused.detail
    return None


def _give(person: str, role: str) -> None:
    console().acting.post("/RoleGrants", _grant(person, role))


def _take(person: str, role: str) -> None:
    for grant in grants_of(console().acting, person):
        if grant["role"] == role and grant["centre"] == console().number:
            console().acting.delete(f"/RoleGrants/{grant['id']}")
