"""Give a role to several people of the list, or take it: what would follow for each, confirmation, what happened."""

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from mycambridge.console.entrance import centre_pages, console
from mycambridge.console.grants import granted
from mycambridge.console.people import filters
from mycambridge.console.person import grants_here
from mycambridge.console.roles import choice_of, display_of, is_sensitive, people_named
from scim_server.pages.acting import Json, Refused
from scim_server.pages.language import _, ngettext
from scim_server.pages.site import Site

_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Result:
    """What giving or taking a role means for one person."""

    user_id: str
    name: str
    refused: str | None = None
    changes_something: bool = False


def several_pages(site: Site) -> Blueprint:
    """Return the blueprint of ``/centres/<number>/people/several``."""
    blueprint = centre_pages(site, "console_several", "/people")

    @blueprint.get("/several")
    def back() -> ResponseReturnValue:
        """Lead whoever proved again on the way to confirming to where people are chosen."""
        flash(_("Nothing has been changed yet. Choose again."), "notice")
        return redirect(url_for("console_people.listing", **filters()), 303)

    @blueprint.post("/several")
    def several() -> ResponseReturnValue:
        people, role = request.form.getlist("person")[:_AT_ONCE], request.form.get("with", "")
        gives, back = request.form.get("action") == "give", url_for("console_people.listing", **filters())
        if not people or choice_of(role, console().centre) is None:
            flash(_("Choose people and a role."), "notice")
            return redirect(back, 303)
        if gives and is_sensitive(role) and (again := site.require_fresh()) is not None:
            return again
        is_trial = request.form.get("step") != "confirm"
        names = people_named(console().acting, people)
        results = [_for_each(user_id, names[user_id], role, gives=gives, is_trial=is_trial) for user_id in names]
        refused, done = [each for each in results if each.refused], [each for each in results if not each.refused]
        shown = {
            "role": role,
            "display": display_of(role),
            "gives": gives,
            "back": back,
            "sensitive": is_sensitive(role),
        }
        if is_trial:
            return render_template("console/people/several.html", results=done, refused=refused, **shown)
        if refused:
            return render_template("console/people/several_done.html", results=done, refused=refused, **shown)
        words = ngettext(
            "The roles of %(num)s person were changed.", "The roles of %(num)s people were changed.", len(done)
        )
        flash(words % {"num": len(done)}, "success")
        return redirect(back, 303)

    return blueprint


def _for_each(user_id: str, name: str, role: str, *, gives: bool, is_trial: bool) -> Result:
    """Give one person a role or take it, or only try that; say what follows, or why it is refused."""
    try:
        facts = (_give if gives else _take)(user_id, role, is_trial=is_trial)
    except Refused as refused:
        return Result(user_id, name, refused=refused.detail)
    return Result(user_id, name, changes_something=bool(facts))


def _give(user_id: str, role: str, *, is_trial: bool) -> list[Json]:
    return list(console().acting.post("/RoleGrants", granted(user_id, role), dry_run=is_trial).get("gains", []))


def _take(user_id: str, role: str, *, is_trial: bool) -> list[Json]:
    grants = [each for each in grants_here(console().acting, user_id) if each["role"] == role]
    if not grants:
        raise Refused(404, _("Nobody gave them this role by hand here, so it cannot be taken here."))
    answers = [console().acting.delete(f"/RoleGrants/{each['id']}", dry_run=is_trial) for each in grants]
    return [fact for answer in answers for fact in answer.get("losses", [])]
