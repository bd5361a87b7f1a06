"""Give roles to one person by hand, take them, and say until when: check boxes, what would follow, confirmation."""

from dataclasses import dataclass

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from mycambridge.console.entrance import centre_pages, console
from mycambridge.console.person import grants_here
from mycambridge.console.roles import GRANT, choices, display_of, is_sensitive, name_of
from mycambridge.console.terms import LastDayError, last_day, sent_terms, terms_changed
from scim_server.pages.acting import Json, Refused
from scim_server.pages.forms import sent
from scim_server.pages.language import _
from scim_server.pages.site import Site


@dataclass(frozen=True, slots=True)
class Step:
    """One role to give or to take, and whether the person would notice today."""

    role: str
    gives: bool
    changes_something: bool


def grant_pages(site: Site) -> Blueprint:
    """Return the blueprint of the pages below ``/centres/<number>/people`` about one person's roles by hand."""
    blueprint = centre_pages(site, "console_grants", "/people")
    _add_changing(site, blueprint)
    _add_terms(site, blueprint)
    return blueprint


# -- Giving and taking --------------------------------------------------------


def _add_changing(site: Site, blueprint: Blueprint) -> None:
    @blueprint.get("/<user_id>/roles")
    def back(user_id: str) -> ResponseReturnValue:
        """Lead whoever proved again on the way to confirming to where the roles are chosen."""
        flash(_("Nothing has been changed yet. Choose again."), "notice")
        return redirect(url_for("console_people.page", user_id=user_id), 303)

    @blueprint.post("/<user_id>/roles")
    def change(user_id: str) -> ResponseReturnValue:
        given, taken = _chosen(user_id)
        back = redirect(url_for("console_people.page", user_id=user_id), 303)
        if not given and not taken:
            flash(_("Nothing was changed."), "notice")
            return back
        if any(map(is_sensitive, given)) and (again := site.require_fresh()) is not None:
            return again
        try:
            steps = _foreseen(user_id, given, taken)
        except Refused as refused:
            return _confirm(user_id, [], {"": refused.detail})
        if request.form.get("step") != "confirm":
            return _confirm(user_id, steps, {})
        try:
            terms = sent_terms(site.settings.time_zone)
            for role in given:
                console().acting.post("/RoleGrants", granted(user_id, role) | terms)
            for grant in taken:
                console().acting.delete(f"/RoleGrants/{grant['id']}")
        except (LastDayError, Refused) as error:
            return _confirm(user_id, steps, {"until" if given and sent("until") else "": str(error)})
        flash(_("The roles were changed."), "success")
        return back


def granted(user_id: str, role: str) -> Json:
    """Return what gives a role to a person, as the API takes it."""
    return {"schemas": [GRANT], "user": {"value": user_id}, "role": role}


def _chosen(user_id: str) -> tuple[list[str], list[Json]]:
    """Return what the check boxes would give and take, compared with the grants there are."""
    own = grants_here(console().acting, user_id)
    held, wanted = {grant["role"] for grant in own}, set(request.form.getlist("role"))
    known = {choice.value for choice in choices(console().centre)}
    return sorted((wanted & known) - held), [grant for grant in own if grant["role"] not in wanted]


def _foreseen(user_id: str, given: list[str], taken: list[Json]) -> list[Step]:
    acting = console().acting
    gains = [(role, acting.post("/RoleGrants", granted(user_id, role), dry_run=True)["gains"]) for role in given]
    losses = [(grant["role"], acting.delete(f"/RoleGrants/{grant['id']}", dry_run=True)["losses"]) for grant in taken]
    given_steps = [Step(role, gives=True, changes_something=bool(facts)) for role, facts in gains]
    return [*given_steps, *[Step(role, gives=False, changes_something=bool(facts)) for role, facts in losses]]


def _confirm(user_id: str, steps: list[Step], errors: dict[str, str]) -> ResponseReturnValue:
    user = console().acting.get(f"/Users/{user_id}", attributes="displayName,userName")
    page = render_template(
        "console/people/confirm.html",
        user=user,
        name=name_of(user),
        steps=steps,
        gives=any(step.gives for step in steps),
        kept=request.form.getlist("role"),
        errors=errors,
        sensitive=any(step.gives and is_sensitive(step.role) for step in steps),
    )
    return page, 400 if errors else 200


# -- Until when ---------------------------------------------------------------


def _add_terms(site: Site, blueprint: Blueprint) -> None:
    zone = site.settings.time_zone

    @blueprint.get("/<user_id>/grants/<grant_id>")
    def terms(user_id: str, grant_id: str) -> ResponseReturnValue:
        grant = _grant(user_id, grant_id)
        if is_sensitive(grant["role"]) and (again := site.require_fresh()) is not None:
            return again
        return _terms(grant, last_day(grant.get("expires"), zone), grant.get("note", ""), {})

    @blueprint.post("/<user_id>/grants/<grant_id>")
    def change_terms(user_id: str, grant_id: str) -> ResponseReturnValue:
        grant = _grant(user_id, grant_id)
        if is_sensitive(grant["role"]) and (again := site.require_fresh()) is not None:
            return again
        try:
            console().acting.patch(f"/RoleGrants/{grant_id}", *terms_changed(sent_terms(zone)))
        except (LastDayError, Refused) as error:
            return _terms(grant, sent("until"), sent("note"), {"until": str(error)})
        flash(_("Saved."), "success")
        return redirect(url_for("console_people.page", user_id=user_id), 303)


def _grant(user_id: str, grant_id: str) -> Json:
    grant = console().acting.get(f"/RoleGrants/{grant_id}")
    if grant["user"]["value"] != user_id:
        abort(404)
    return grant


def _terms(grant: Json, until: str, note: str, errors: dict[str, str]) -> ResponseReturnValue:
    shown = {"grant": grant, "display": display_of(grant["role"]), "until": until, "note": note}
    return render_template("console/people/terms.html", errors=errors, **shown), 400 if errors else 200
