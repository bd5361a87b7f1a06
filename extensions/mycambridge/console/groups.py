"""Directory groups, their members, and the roles they are mapped to."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from mycambridge.console.entrance import centre_pages, console
from mycambridge.console.lists import all_of, asked, page_of, quoted
from mycambridge.console.roles import GROUP
from mycambridge.mappings.suggestions import Suggestion, suggestion
from scim_server.pages.acting import Json
from scim_server.pages.site import Site

_SHOWN = f"displayName,{GROUP}:memberCount,{GROUP}:mappedRoles"


def group_pages(site: Site) -> Blueprint:
    """Return the blueprint of ``/centres/<number>/groups``."""
    blueprint = centre_pages(site, "console_groups", "/groups")

    @blueprint.get("")
    def listing() -> ResponseReturnValue:
        named = f"displayName co {quoted(asked('q'))}" if asked("q") else ""
        found = page_of(console().acting, "/Groups", **all_of([named]), attributes=_SHOWN, sortBy="displayName")
        ended = console().acting.list("/RoleMappings", filter='status eq "group deleted"', count="10")
        hints = {group["id"]: _hint(group) for group in found.resources}
        return render_template("console/groups/list.html", found=found, q=asked("q"), hints=hints, ended=ended)

    @blueprint.get("/<group_id>")
    def page(group_id: str) -> ResponseReturnValue:
        acting = console().acting
        group = acting.get(f"/Groups/{group_id}", attributes=_SHOWN)
        in_group = f"groups.value eq {quoted(group_id)}"
        members = page_of(acting, "/Users", filter=in_group, attributes="displayName,userName,active,groups")
        mappings = acting.list("/RoleMappings", filter=f"group.value eq {quoted(group_id)}")["Resources"]
        shown = {"group": group, "members": members, "mappings": mappings, "hint": _hint(group)}
        return render_template("console/groups/group.html", **shown)

    return blueprint


def _hint(group: Json) -> Suggestion | None:
    """Return what the name of an unmapped group suggests; nothing is done by itself."""
    if group.get(GROUP, {}).get("mappedRoles"):
        return None
    return suggestion(str(group["displayName"]))
