"""Who waits for a sensitive role, and what the directory asked for that nobody granted."""

from collections.abc import Iterator

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from mycambridge.console.entrance import centre_pages, console
from mycambridge.console.lists import Listed, page_of
from mycambridge.console.roles import APPROVAL, USER, name_of
from scim_server.pages.acting import Json, Refused
from scim_server.pages.language import _
from scim_server.pages.site import Site

_WAITING = f"{USER}:effectiveRoles[pending eq true]"
_SHOWN = f"displayName,userName,{USER}:effectiveRoles"


def approval_pages(site: Site) -> Blueprint:
    """Return the blueprint of ``/centres/<number>/approvals``."""
    blueprint = centre_pages(site, "console_approvals", "/approvals")

    @blueprint.get("")
    def listing() -> ResponseReturnValue:
        found = page_of(console().acting, "/Users", filter=_WAITING, attributes=_SHOWN)
        waiting = list(_waiting(found))
        return render_template("console/approvals.html", found=found, waiting=waiting, own=_own_id())

    @blueprint.post("")
    def decide() -> ResponseReturnValue:
        if (again := site.require_fresh()) is not None:
            return again
        decision = "approved" if request.form.get("decision") == "approved" else "declined"
        chosen = [each.partition(" ") for each in request.form.getlist("waiting")[:50]]
        refusals = [refusal for mapping, _gap, user in chosen if (refusal := _decided(mapping, user, decision))]
        if not chosen:
            flash(_("Choose at least one person."), "notice")
        elif refusals:
            flash(" ".join(dict.fromkeys(refusals)), "notice")
        else:
            flash(_("Approved.") if decision == "approved" else _("Declined."), "success")
        return redirect(url_for("console_approvals.listing"), 303)

    return blueprint


def _waiting(found: Listed) -> Iterator[Json]:
    """Yield each membership that waits: the person, the role, and the mapping that gives it."""
    for user in found.resources:
        for role in user.get(USER, {}).get("effectiveRoles", ()):
            if role["pending"] and (mapping := _mapping_of(role)) is not None:
                yield {"user": user, "name": name_of(user), "role": role, "mapping": mapping}


def _mapping_of(role: Json) -> str | None:
    """Return the mapping that gives a group a role at a centre."""
    conditions = (
        f'group.value eq "{role["via"]["value"]}" and role eq "{role["value"]}" and centre eq "{role["centre"]}"'
    )
    found = console().acting.list("/RoleMappings", filter=conditions, count="1")["Resources"]
    return str(found[0]["id"]) if found else None


def _decided(mapping: str, user: str, decision: str) -> str | None:
    """Decide about one person, and return why not when it is refused."""
    document = {"schemas": [APPROVAL], "mapping": {"value": mapping}, "user": {"value": user}, "decision": decision}
    try:
        console().acting.post("/RoleApprovals", document)
    except Refused as refused:
        return refused.detail
    return None


def _own_id() -> str | None:
    return console().acting.principal.user_id
