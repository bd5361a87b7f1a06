"""Map a directory group to a role: choose, see what would happen, confirm."""

from collections.abc import Callable

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from mycambridge.console.entrance import centre_pages, console
from mycambridge.console.roles import MAPPING, choice_of, choices, display_of, is_sensitive
from scim_server.pages.acting import Json, Refused
from scim_server.pages.language import _
from scim_server.pages.site import Site

View = Callable[..., ResponseReturnValue]


def mapping_pages(site: Site) -> Blueprint:
    """Return the blueprint of the pages below ``/centres/<number>`` that make, change and end mappings."""
    blueprint = centre_pages(site, "console_mappings")
    _add_making(site, blueprint)
    _add_ending(blueprint)
    _add_approvals(site, blueprint)
    _add_attaching(blueprint)
    return blueprint


# -- Making -------------------------------------------------------------------


def _add_making(site: Site, blueprint: Blueprint) -> None:
    @blueprint.get("/groups/<group_id>/map")
    def choose(group_id: str) -> ResponseReturnValue:
        return _choose(_group(group_id), request.args.get("role", ""))

    @blueprint.post("/groups/<group_id>/map")
    def preview(group_id: str) -> ResponseReturnValue:
        group, role = _group(group_id), request.form.get("role", "")
        if choice_of(role, console().centre) is None:
            return _choose(group, role, _("Choose the role that members of this group shall have.")), 400
        if is_sensitive(role) and (again := site.require_fresh()) is not None:
            return again
        mapping = _mapping(group_id, role)
        try:
            foreseen = console().acting.post("/RoleMappings", mapping, dry_run=True)
            if request.form.get("step") == "confirm":
                console().acting.post("/RoleMappings", mapping)
                return _made(group, role)
        except Refused as refused:
            return _choose(group, role, refused.detail), 400
        shown = {"group": group, "mapping": mapping, "role": role, "sensitive": is_sensitive(role)}
        return render_template("console/groups/preview.html", foreseen=foreseen, display=display_of(role), **shown)


def _choose(group: Json, role: str, error: str | None = None) -> str:
    shown = {"group": group, "choices": choices(console().centre), "chosen": role, "error": error}
    return render_template("console/groups/choose.html", is_sensitive=is_sensitive, **shown)


def _mapping(group_id: str, role: str) -> Json:
    mapping: Json = {"schemas": [MAPPING], "group": {"value": group_id}, "role": role}
    centre, note = request.form.get("centre", "").strip().upper(), request.form.get("note", "").strip()
    return mapping | ({"centre": centre} if centre else {}) | ({"note": note[:1000]} if note else {})


def _made(group: Json, role: str) -> ResponseReturnValue:
    said = _("Members of %(group)s now have the role %(role)s.")
    flash(said % {"group": group["displayName"], "role": display_of(role)}, "success")
    return redirect(url_for("console_groups.page", group_id=group["id"]), 303)


# -- Ending, and what is left of deleted groups -------------------------------


def _add_ending(blueprint: Blueprint) -> None:
    @blueprint.get("/mappings/<mapping_id>/remove")
    def removal(mapping_id: str) -> ResponseReturnValue:
        mapping = console().acting.get(f"/RoleMappings/{mapping_id}")
        foreseen = console().acting.delete(f"/RoleMappings/{mapping_id}", dry_run=True)
        display = display_of(mapping["role"])
        return render_template("console/groups/remove.html", mapping=mapping, foreseen=foreseen, display=display)

    @blueprint.post("/mappings/<mapping_id>/remove")
    def remove(mapping_id: str) -> ResponseReturnValue:
        mapping = console().acting.get(f"/RoleMappings/{mapping_id}")
        console().acting.delete(f"/RoleMappings/{mapping_id}")
        flash(_("The mapping was removed."), "success")
        return _back_to(mapping)


def _add_attaching(blueprint: Blueprint) -> None:
    @blueprint.get("/mappings/<mapping_id>/attach")
    def attachment(mapping_id: str) -> ResponseReturnValue:
        mapping = console().acting.get(f"/RoleMappings/{mapping_id}")
        if not mapping.get("replacement"):
            abort(404)
        change = {"op": "replace", "path": "group", "value": {"value": mapping["replacement"]["value"]}}
        foreseen = console().acting.patch(f"/RoleMappings/{mapping_id}", change, dry_run=True)
        display = display_of(mapping["role"])
        return render_template("console/groups/attach.html", mapping=mapping, foreseen=foreseen, display=display)

    @blueprint.post("/mappings/<mapping_id>/attach")
    def attach(mapping_id: str) -> ResponseReturnValue:
        mapping = console().acting.get(f"/RoleMappings/{mapping_id}")
        if not mapping.get("replacement"):
            abort(404)
        change = {"op": "replace", "path": "group", "value": {"value": mapping["replacement"]["value"]}}
        mapping = console().acting.patch(f"/RoleMappings/{mapping_id}", change)
        flash(_("The new group has the role of the old one."), "success")
        return _back_to(mapping)


# -- Whether members wait for approval ----------------------------------------


def _add_approvals(site: Site, blueprint: Blueprint) -> None:
    @blueprint.get("/mappings/<mapping_id>/approval")
    def approval(mapping_id: str) -> ResponseReturnValue:
        if (again := site.require_fresh()) is not None:
            return again
        mapping = console().acting.get(f"/RoleMappings/{mapping_id}")
        change = _approval_change(mapping)
        foreseen = console().acting.patch(f"/RoleMappings/{mapping_id}", change, dry_run=True)
        display = display_of(mapping["role"])
        return render_template("console/groups/approval.html", mapping=mapping, foreseen=foreseen, display=display)

    @blueprint.post("/mappings/<mapping_id>/approval")
    def change_approval(mapping_id: str) -> ResponseReturnValue:
        if (again := site.require_fresh()) is not None:
            return again
        mapping = console().acting.get(f"/RoleMappings/{mapping_id}")
        console().acting.patch(f"/RoleMappings/{mapping_id}", _approval_change(mapping))
        flash(_("Saved."), "success")
        return _back_to(mapping)


def _approval_change(mapping: Json) -> Json:
    return {"op": "replace", "path": "requiresApproval", "value": not mapping["requiresApproval"]}


def _back_to(mapping: Json) -> ResponseReturnValue:
    if mapping["status"] != "in force":
        return redirect(url_for("console_groups.listing"), 303)
    return redirect(url_for("console_groups.page", group_id=mapping["group"]["value"]), 303)


def _group(group_id: str) -> Json:
    return console().acting.get(f"/Groups/{group_id}", attributes="displayName")
