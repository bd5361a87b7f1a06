"""Suspend anybody at the centre; deactivate, remove and invite people, and help them sign in again.

What would follow comes first, then a question, then the act.
"""

from dataclasses import dataclass

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from mycambridge.console.entrance import centre_pages, console, done
from mycambridge.console.person import suspension_of
from mycambridge.console.roles import SUSPENSION, name_of
from mycambridge.people import accounts
from scim_server.accounts.invitations import address_of
from scim_server.accounts.recovery import offer_reset
from scim_server.pages.acting import Json
from scim_server.pages.forms import sent, writing
from scim_server.pages.language import _
from scim_server.pages.site import Site
from scim_server.protocol.guarded import actor_of

_SUSPEND, _RESUME, _ACTIVATE, _DEACTIVATE = "suspend", "resume", "activate", "deactivate"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked before something happens to a person."""

    action: str
    foreseen: Json | None = None
    """Who would gain and lose which role, where that is known before."""


def upkeep_pages(site: Site) -> Blueprint:
    """Return the blueprint of the pages below ``/centres/<number>/people`` that end and begin a person's access."""
    blueprint = centre_pages(site, "console_upkeep", "/people")
    _add_suspending(blueprint)
    _add_activating(blueprint)
    _add_removing(blueprint)
    _add_inviting(site, blueprint)
    _add_disconnecting(site, blueprint)
    _add_resetting(site, blueprint)
    return blueprint


def _add_suspending(blueprint: Blueprint) -> None:
    @blueprint.get("/<user_id>/suspend")
    def suspending(user_id: str) -> ResponseReturnValue:
        known = suspension_of(console().acting, user_id)
        if known is not None:
            foreseen = console().acting.delete(f"/Suspensions/{known['id']}", dry_run=True)
            return _ask(user_id, Asked(_RESUME, foreseen))
        return _ask(user_id, Asked(_SUSPEND, console().acting.post("/Suspensions", _suspension(user_id), dry_run=True)))

    @blueprint.post("/<user_id>/suspend")
    def suspend(user_id: str) -> ResponseReturnValue:
        # What was asked decides, not what is so meanwhile: a form that is sent twice does the same twice.
        known, wanted = suspension_of(console().acting, user_id), sent("action")
        if wanted == _RESUME and known is not None:
            console().acting.delete(f"/Suspensions/{known['id']}")
        if wanted == _SUSPEND and known is None:
            note = sent("note").strip()
            console().acting.post("/Suspensions", _suspension(user_id) | ({"note": note} if note else {}))
        if wanted == _RESUME:
            return _done(user_id, _("They have their roles at this centre again."))
        return _done(user_id, _("They have no role at this centre until you end the suspension."))


def _suspension(user_id: str) -> Json:
    return {"schemas": [SUSPENSION], "user": {"value": user_id}, "centre": console().number}


def _add_activating(blueprint: Blueprint) -> None:
    @blueprint.get("/<user_id>/active")
    def activating(user_id: str) -> ResponseReturnValue:
        user = console().acting.get(f"/Users/{user_id}", attributes="active")
        activates = user.get("active") is False
        foreseen = console().acting.patch(f"/Users/{user_id}", _activity(active=activates), dry_run=True)
        return _ask(user_id, Asked(_ACTIVATE if activates else _DEACTIVATE, foreseen))

    @blueprint.post("/<user_id>/active")
    def activate(user_id: str) -> ResponseReturnValue:
        active = sent("action") == _ACTIVATE
        console().acting.patch(f"/Users/{user_id}", _activity(active=active))
        return _done(user_id, _("Activated.") if active else _("Deactivated: they are signed out, and have no role."))


def _activity(*, active: bool) -> Json:
    return {"op": "replace", "path": "active", "value": active}


def _add_removing(blueprint: Blueprint) -> None:
    @blueprint.get("/<user_id>/remove")
    def removing(user_id: str) -> ResponseReturnValue:
        return _ask(user_id, Asked("remove", console().acting.delete(f"/Users/{user_id}", dry_run=True)))

    @blueprint.post("/<user_id>/remove")
    def remove(user_id: str) -> ResponseReturnValue:
        console().acting.delete(f"/Users/{user_id}")
        flash(_("The person was removed."), "success")
        return redirect(url_for("console_people.listing"), 303)


def _add_inviting(site: Site, blueprint: Blueprint) -> None:
    @blueprint.get("/<user_id>/invite")
    def inviting(user_id: str) -> ResponseReturnValue:
        return _ask(user_id, Asked("invite"))

    @blueprint.post("/<user_id>/invite")
    def invite(user_id: str) -> ResponseReturnValue:
        console().acting.get(f"/Users/{user_id}", attributes="userName")
        done(site, lambda guarded: accounts.invite(guarded, user_id))
        return _done(user_id, _("An invitation is on its way."))


def _add_disconnecting(site: Site, blueprint: Blueprint) -> None:
    @blueprint.get("/<user_id>/disconnect")
    def disconnecting(user_id: str) -> ResponseReturnValue:
        return site.require_fresh() or _ask(user_id, Asked("disconnect"))

    @blueprint.post("/<user_id>/disconnect")
    def disconnect(user_id: str) -> ResponseReturnValue:
        if (again := site.require_fresh()) is not None:
            return again
        console().acting.get(f"/Users/{user_id}", attributes="userName")
        done(site, lambda guarded: accounts.disconnect_account(guarded, user_id))
        return _done(user_id, _("The account is disconnected. You can send an invitation again."))


def _add_resetting(site: Site, blueprint: Blueprint) -> None:
    @blueprint.get("/<user_id>/reset-password")
    def resetting(user_id: str) -> ResponseReturnValue:
        return _ask(user_id, Asked("reset"))

    @blueprint.post("/<user_id>/reset-password")
    def reset(user_id: str) -> ResponseReturnValue:
        acting, number = console().acting, console().number
        acting.get(f"/Users/{user_id}", attributes="userName")
        offered = {"by": actor_of(acting.principal), "request_id": g.request_id}
        writing(site, lambda transaction: offer_reset(transaction, number, user_id, site.settings.base_url, **offered))
        return _done(user_id, _("A link to choose a new password is on its way to them."))


def _ask(user_id: str, asked: Asked) -> ResponseReturnValue:
    user = console().acting.get(f"/Users/{user_id}", attributes="displayName,userName,emails")
    shown = {"user": user, "name": name_of(user), "address": address_of(user)}
    return render_template("console/people/ask.html", asked=asked, **shown)


def _done(user_id: str, said: str) -> ResponseReturnValue:
    flash(said, "success")
    return redirect(url_for("console_people.page", user_id=user_id), 303)
