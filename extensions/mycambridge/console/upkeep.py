"""Look after people: suspend anybody at the centre; add, change and remove those whom no directory provisions."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from mycambridge.console.entrance import centre_pages, console
from mycambridge.console.people import suspension_of
from mycambridge.console.roles import SUSPENSION, name_of
from scim_server.accounts.errors import AccountError
from scim_server.accounts.invitations import invite_again
from scim_server.accounts.register import check_email, check_name
from scim_server.pages.acting import Json, Refused
from scim_server.pages.forms import sent, writing
from scim_server.pages.language import _
from scim_server.pages.site import Site

_CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
_AT_ONCE = 50


def upkeep_pages(site: Site) -> Blueprint:
    """Return the blueprint of the pages below ``/centres/<number>/people`` that change people."""
    blueprint = centre_pages(site, "console_upkeep", "/people")
    _add_suspending(blueprint)
    _add_adding(blueprint)
    _add_editing(blueprint)
    _add_ending(blueprint)
    _add_inviting(site, blueprint)
    return blueprint


# -- Anybody ------------------------------------------------------------------


def _add_suspending(blueprint: Blueprint) -> None:
    @blueprint.get("/<user_id>/suspend")
    def suspending(user_id: str) -> ResponseReturnValue:
        suspended = suspension_of(console().acting, user_id) is not None
        return _ask(user_id, "resume" if suspended else "suspend")

    @blueprint.post("/<user_id>/suspend")
    def suspend(user_id: str) -> ResponseReturnValue:
        acting = console().acting
        known = suspension_of(acting, user_id)
        if known is not None:
            acting.delete(f"/Suspensions/{known['id']}")
            return _done(user_id, _("They have their roles at this centre again."))
        note = sent("note").strip()
        document: Json = {"schemas": [SUSPENSION], "user": {"value": user_id}, "centre": console().number}
        acting.post("/Suspensions", document | ({"note": note} if note else {}))
        return _done(user_id, _("They have no role at this centre until you let them go on."))


def _add_inviting(site: Site, blueprint: Blueprint) -> None:
    @blueprint.get("/<user_id>/invite")
    def inviting(user_id: str) -> ResponseReturnValue:
        return _ask(user_id, "invite")

    @blueprint.post("/<user_id>/invite")
    def invite(user_id: str) -> ResponseReturnValue:
        console().acting.get(f"/Users/{user_id}", attributes="userName")
        writing(site, lambda transaction: invite_again(transaction, console().number, user_id))
        return _done(user_id, _("An invitation is on its way."))


# -- Those whom no directory provisions ---------------------------------------


def _add_adding(blueprint: Blueprint) -> None:
    @blueprint.get("/new")
    def adding() -> ResponseReturnValue:
        return render_template("console/people/new.html", text="", error=None)

    @blueprint.post("/new")
    def add() -> ResponseReturnValue:
        text = sent("people", 20_000)
        lines = [line for line in text.splitlines() if line.strip()]
        if not lines or len(lines) > _AT_ONCE:
            said = _("Write one to %(most)s people, each on a line of their own.") % {"most": _AT_ONCE}
            return render_template("console/people/new.html", text=text, error=said), 400
        refused = [(line, why) for line in lines if (why := _added(line)) is not None]
        if len(refused) < len(lines):
            flash(_("%(number)s people were added and invited.") % {"number": len(lines) - len(refused)}, "success")
        if refused:
            kept = "\n".join(line for line, _why in refused)
            said = " ".join(dict.fromkeys(f"{line.strip()}: {why}" for line, why in refused))
            return render_template("console/people/new.html", text=kept, error=said), 400
        return redirect(url_for("console_people.listing"), 303)


def _added(line: str) -> str | None:
    """Add one person, and return why not when that is refused."""
    name, comma, email = line.rpartition(",")
    if not comma:
        return _("Write a name, a comma, and an e-mail address.")
    try:
        console().acting.post("/Users", _document(name, email))
    except Refused as refused:
        return refused.detail
    except AccountError as error:
        return str(error)
    return None


def _document(name: str, email: str) -> Json:
    name, email = check_name(name), check_email(email)
    given, _gap, family = name.rpartition(" ")
    return {
        "schemas": [_CORE],
        "userName": email,
        "displayName": name,
        "name": {"givenName": given, "familyName": family} if given else {"familyName": family},
        "emails": [{"value": email, "type": "work", "primary": True}],
        "active": True,
    }


def _add_editing(blueprint: Blueprint) -> None:
    @blueprint.get("/<user_id>/edit")
    def editing(user_id: str) -> ResponseReturnValue:
        user = console().acting.get(f"/Users/{user_id}")
        emails = user.get("emails") or [{}]
        shown = {"user": user, "name": name_of(user), "email": emails[0].get("value", ""), "error": None}
        return render_template("console/people/edit.html", **shown)

    @blueprint.post("/<user_id>/edit")
    def edit(user_id: str) -> ResponseReturnValue:
        name, email = sent("name", 200), sent("email", 300)
        try:
            document = _document(name, email)
            changed = ("userName", "displayName", "name", "emails")
            operations = [{"op": "replace", "path": path, "value": document[path]} for path in changed]
            console().acting.patch(f"/Users/{user_id}", *operations)
        except (Refused, AccountError) as error:
            user = console().acting.get(f"/Users/{user_id}", attributes="userName")
            shown = {"user": user, "name": name, "email": email, "error": str(error)}
            return render_template("console/people/edit.html", **shown), 400
        return _done(user_id, _("Saved."))


def _add_ending(blueprint: Blueprint) -> None:
    @blueprint.get("/<user_id>/active")
    def activating(user_id: str) -> ResponseReturnValue:
        user = console().acting.get(f"/Users/{user_id}", attributes="active")
        return _ask(user_id, "activate" if user.get("active") is False else "deactivate")

    @blueprint.post("/<user_id>/active")
    def activate(user_id: str) -> ResponseReturnValue:
        user = console().acting.get(f"/Users/{user_id}", attributes="active")
        active = user.get("active") is False
        console().acting.patch(f"/Users/{user_id}", {"op": "replace", "path": "active", "value": active})
        return _done(user_id, _("Activated.") if active else _("Deactivated: they are signed out, and have no role."))

    @blueprint.get("/<user_id>/remove")
    def removing(user_id: str) -> ResponseReturnValue:
        return _ask(user_id, "remove")

    @blueprint.post("/<user_id>/remove")
    def remove(user_id: str) -> ResponseReturnValue:
        console().acting.delete(f"/Users/{user_id}")
        flash(_("The person was removed."), "success")
        return redirect(url_for("console_people.listing"), 303)


def _ask(user_id: str, action: str) -> ResponseReturnValue:
    """Return the page that says what would happen, and asks."""
    user = console().acting.get(f"/Users/{user_id}", attributes="displayName,userName")
    return render_template("console/people/ask.html", user=user, name=name_of(user), action=action)


def _done(user_id: str, said: str) -> ResponseReturnValue:
    flash(said, "success")
    return redirect(url_for("console_people.page", user_id=user_id), 303)
