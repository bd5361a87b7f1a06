"""Who waits for a sensitive role: approve or decline, one person or several, never oneself."""

from collections.abc import Iterator

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from mycambridge.console.answers import answer_each
from mycambridge.console.entrance import centre_pages, console
from mycambridge.console.lists import Listed, page_of
from mycambridge.console.roles import APPROVAL, USER, name_of
from scim_server.pages.acting import Json
from scim_server.pages.language import ngettext
from scim_server.pages.site import Site

_WAITING = f"{USER}:effectiveRoles[pending eq true]"
_SHOWN = f"displayName,userName,{USER}:effectiveRoles"


def approval_pages(site: Site) -> Blueprint:
    """Return the blueprint of ``/centres/<number>/approvals``."""
    blueprint = centre_pages(site, "console_approvals", "/approvals")

    @blueprint.get("")
    def listing() -> ResponseReturnValue:
        if (again := site.require_fresh()) is not None:
            return again
        found = page_of(console().acting, "/Users", filter=_WAITING, attributes=_SHOWN, sortBy="displayName")
        return render_template("console/approvals.html", found=found, waiting=list(_waiting(found)), own=console().own)

    @blueprint.post("")
    def decide() -> ResponseReturnValue:
        if (again := site.require_fresh()) is not None:
            return again
        approved = request.form.get("decision") == "approved"
        done = answer_each("waiting", lambda user, mapping: _decide(user, mapping, approved=approved))
        if done:
            said = (
                ngettext("%(num)s person was approved.", "%(num)s people were approved.", done)
                if approved
                else ngettext("%(num)s person was declined.", "%(num)s people were declined.", done)
            )
            flash(said % {"num": done}, "success")
        return redirect(url_for("console_approvals.listing"), 303)

    return blueprint


def _waiting(found: Listed) -> Iterator[Json]:
    """Yield each membership that waits: the person, and the role with the mapping that gives it."""
    for user in found.resources:
        for role in user.get(USER, {}).get("effectiveRoles", ()):
            if role["pending"]:
                yield {"user": user, "name": name_of(user), "role": role}


def _decide(user: str, mapping: str, *, approved: bool) -> None:
    decision = "approved" if approved else "declined"
    document = {"schemas": [APPROVAL], "mapping": {"value": mapping}, "user": {"value": user}, "decision": decision}
    console().acting.post("/RoleApprovals", document)
