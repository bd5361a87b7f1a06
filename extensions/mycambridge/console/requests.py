"""The roles that a directory asks for and nobody answered: grant or ignore them."""

from collections.abc import Iterator

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from mycambridge.catalogue.reading import catalogue
from mycambridge.console.answers import answer_each
from mycambridge.console.entrance import centre_pages, console
from mycambridge.console.lists import Listed, page_of
from mycambridge.console.roles import GRANT, USER, display_of, name_of
from scim_server.pages.acting import Json
from scim_server.pages.language import _, ngettext
from scim_server.pages.site import Site

_IGNORED = "urn:ietf:params:scim:schemas:mycambridge:2.0:IgnoredRequest"
ASKING = f"{USER}:requestedRoles pr and not (active eq false)"
_SHOWN = f"displayName,userName,{USER}:requestedRoles,{USER}:requestedThrough,{USER}:centreNumber"


def request_pages(site: Site) -> Blueprint:
    """Return the blueprint of ``/centres/<number>/approvals/requests``."""
    blueprint = centre_pages(site, "console_requests", "/approvals/requests")

    @blueprint.get("")
    def listing() -> ResponseReturnValue:
        if (again := site.require_fresh()) is not None:
            return again
        found = page_of(console().acting, "/Users", filter=ASKING, attributes=_SHOWN, sortBy="displayName")
        return render_template("console/requests.html", found=found, requests=list(_requests(found)), own=console().own)

    @blueprint.post("")
    def answer() -> ResponseReturnValue:
        if (again := site.require_fresh()) is not None:
            return again
        grants = request.form.get("answer") == "grant"
        done = answer_each("request", _grant if grants else _ignore)
        if done:
            said = (
                ngettext("%(num)s role was granted.", "%(num)s roles were granted.", done)
                if grants
                else ngettext("%(num)s request was ignored.", "%(num)s requests were ignored.", done)
            )
            flash(said % {"num": done}, "success")
        return redirect(url_for("console_requests.listing"), 303)

    return blueprint


def _requests(found: Listed) -> Iterator[Json]:
    """Yield each role that is asked for, with the person, the connection, and why it cannot be granted if so."""
    for user in found.resources:
        ours = user.get(USER, {})
        for value in ours.get("requestedRoles", ()):
            yield {
                "user": user,
                "name": name_of(user),
                "value": value,
                "display": display_of(value.lower()) if _is_known(value) else value,
                "through": ours.get("requestedThrough"),
                "centre": ours.get("centreNumber", console().number),
                "obstacle": _obstacle(value),
            }


def _is_known(value: str) -> bool:
    return catalogue().role(value.lower()) is not None


def _obstacle(value: str) -> str | None:
    role = catalogue().role(value.lower())
    if role is None:
        return _("My Cambridge has no role of this name, so it cannot be granted.")
    if role.designated:
        return _("Only the exam board gives this role.")
    return None


def _grant(user_id: str, value: str) -> None:
    user = console().acting.get(f"/Users/{user_id}", attributes=f"{USER}:centreNumber")
    centre = user.get(USER, {}).get("centreNumber", console().number)
    grant = {"schemas": [GRANT], "user": {"value": user_id}, "role": value, "centre": centre}
    console().acting.post("/RoleGrants", grant | {"note": "The directory asked for it."})


def _ignore(user_id: str, value: str) -> None:
    console().acting.post("/IgnoredRequests", {"schemas": [_IGNORED], "user": {"value": user_id}, "role": value})
