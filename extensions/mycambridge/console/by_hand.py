"""Add people whom no directory provisions, and change their names and addresses."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from mycambridge.console.entrance import centre_pages, console
from mycambridge.console.roles import name_of
from scim_server.accounts.errors import AccountError
from scim_server.accounts.register import account_of_user, check_email, check_name
from scim_server.pages.acting import Json, Refused
from scim_server.pages.forms import errors_of, reading, sent
from scim_server.pages.language import _, ngettext, words
from scim_server.pages.site import Site

_CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
_AT_ONCE = 50


def by_hand_pages(site: Site) -> Blueprint:
    """Return the blueprint of the pages below ``/centres/<number>/people`` that add people and change them."""
    blueprint = centre_pages(site, "console_by_hand", "/people")
    _add_adding(blueprint)
    _add_editing(site, blueprint)
    return blueprint


# -- Adding -------------------------------------------------------------------


def _add_adding(blueprint: Blueprint) -> None:
    @blueprint.get("/new")
    def adding() -> ResponseReturnValue:
        return _form("", [])

    @blueprint.post("/new")
    def add() -> ResponseReturnValue:
        text = sent("people", 20_000)
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        if not lines or len(lines) > _AT_ONCE:
            return _form(text, [_("Write one to %(most)s people, each on a line of their own.") % {"most": _AT_ONCE}])
        refused = {line: why for line in dict.fromkeys(lines) if (why := _added(line)) is not None}
        added = len(dict.fromkeys(lines)) - len(refused)
        if added:
            words = ngettext("%(num)s person was added and invited.", "%(num)s people were added and invited.", added)
            flash(words % {"num": added}, "success")
        if refused:
            return _form("\n".join(refused), [f"{line}: {why}" for line, why in refused.items()])
        return redirect(url_for("console_people.listing"), 303)


def _form(text: str, errors: list[str]) -> ResponseReturnValue:
    return render_template("console/people/new.html", text=text, errors=errors), 400 if errors else 200


def _added(line: str) -> str | None:
    """Add one person, and return why not when that is refused."""
    name, comma, email = line.rpartition(",")
    if not comma:
        return _("Write a name, a comma, and an e-mail address.")
    try:
        name, email = check_name(name), check_email(email)
        emails = [{"value": email, "type": "work", "primary": True}]
        person = {"schemas": [_CORE], "userName": email, "emails": emails, "active": True}
        console().acting.post("/Users", person | _named(name))
    except Refused as refused:
        return _refusal(refused)
    except AccountError as error:
        return words(error)
    return None


def _refusal(refused: Refused) -> str:
    """Return why a person could not be added or changed: that an address is taken is said without SCIM's words."""
    return _("Somebody here has this address already.") if refused.scim_type == "uniqueness" else refused.detail


def _named(name: str) -> Json:
    given, _gap, family = name.rpartition(" ")
    return {
        "displayName": name,
        "name": {"givenName": given, "familyName": family} if given else {"familyName": family},
    }


# -- Changing -----------------------------------------------------------------


def _add_editing(site: Site, blueprint: Blueprint) -> None:
    @blueprint.get("/<user_id>/edit")
    def editing(user_id: str) -> ResponseReturnValue:
        user = console().acting.get(f"/Users/{user_id}")
        return _edit(user, name_of(user), _address(user), {})

    @blueprint.post("/<user_id>/edit")
    def edit(user_id: str) -> ResponseReturnValue:
        user, name, email = console().acting.get(f"/Users/{user_id}"), sent("name", 200), sent("email", 300)
        try:
            changed = _changed(user, check_name(name), check_email(email))
            if changed:
                operations = [{"op": "replace", "path": path, "value": value} for path, value in changed.items()]
                console().acting.patch(f"/Users/{user_id}", *operations)
        except AccountError as error:
            return _edit(user, name, email, errors_of(error, "name"))
        except Refused as refused:
            return _edit(user, name, email, {"email" if refused.scim_type == "uniqueness" else "": _refusal(refused)})
        flash(_("Saved."), "success")
        if "emails" in changed and not _has_account(site, user_id):
            flash(_("An invitation that was sent before is no longer good. Send it again."), "notice")
        return redirect(url_for("console_people.page", user_id=user_id), 303)


def _has_account(site: Site, user_id: str) -> bool:
    number = console().number
    return reading(site, lambda transaction: account_of_user(transaction, number, user_id)) is not None


def _address(user: Json) -> str:
    emails = user.get("emails") or [{}]
    return str(next((each for each in emails if each.get("primary")), emails[0]).get("value", ""))


def _changed(user: Json, name: str, email: str) -> Json:
    """Return the attributes that are new: whoever signs in by the old address signs in by the new one then."""
    was, known = _address(user), user.get("emails") or []
    changed = _named(name) if name != name_of(user) else {}
    if email == was:
        return changed
    others = [each for each in known if each.get("value") not in (was, email)]
    changed["emails"] = [{"value": email, "type": "work", "primary": True}, *others]
    return changed | ({"userName": email} if was and user["userName"].lower() == was.lower() else {})


def _edit(user: Json, name: str, email: str, errors: dict[str, str]) -> ResponseReturnValue:
    page = render_template("console/people/edit.html", user=user, name=name, email=email, errors=errors)
    return page, 400 if errors else 200
