"""The mappings of directory groups to roles: make one, end one, attach what is left of one to the group made anew."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from mycambridge.console.entrance import centre_pages, console
from mycambridge.console.mapping import add_making
from mycambridge.console.roles import display_of, is_sensitive
from scim_server.pages.acting import Json
from scim_server.pages.forms import sent
from scim_server.pages.language import _
from scim_server.pages.site import Site


def mapping_pages(site: Site) -> Blueprint:
    """Return the blueprint of the pages below ``/centres/<number>`` that make, change and end mappings."""
    blueprint = centre_pages(site, "console_mappings")
    add_making(site, blueprint)
    _add_ending(site, blueprint)
    _add_attaching(site, blueprint)
    _add_approvals(site, blueprint)
    return blueprint


# -- Ending, and what is left of deleted groups -------------------------------


def _add_ending(site: Site, blueprint: Blueprint) -> None:
    @blueprint.get("/mappings/<mapping_id>/remove")
    def removal(mapping_id: str) -> ResponseReturnValue:
        mapping = _mapping(mapping_id)
        if (again := _proof(site, mapping)) is not None:
            return again
        foreseen = console().acting.delete(f"/RoleMappings/{mapping_id}", dry_run=True)
        return _ask("remove", mapping, foreseen)

    @blueprint.post("/mappings/<mapping_id>/remove")
    def remove(mapping_id: str) -> ResponseReturnValue:
        mapping = _mapping(mapping_id)
        if (again := _proof(site, mapping)) is not None:
            return again
        console().acting.delete(f"/RoleMappings/{mapping_id}")
        flash(_("The mapping was removed."), "success")
        return _back_to(mapping)


def _add_attaching(site: Site, blueprint: Blueprint) -> None:
    @blueprint.get("/mappings/<mapping_id>/attach")
    def attachment(mapping_id: str) -> ResponseReturnValue:
        mapping = _mapping(mapping_id)
        if (again := _proof(site, mapping)) is not None:
            return again
        foreseen = console().acting.patch(f"/RoleMappings/{mapping_id}", _attachment(mapping), dry_run=True)
        return _ask("attach", mapping, foreseen)

    @blueprint.post("/mappings/<mapping_id>/attach")
    def attach(mapping_id: str) -> ResponseReturnValue:
        mapping = _mapping(mapping_id)
        if (again := _proof(site, mapping)) is not None:
            return again
        mapping = console().acting.patch(f"/RoleMappings/{mapping_id}", _attachment(mapping))
        flash(_("The new group has the role of the old one."), "success")
        return _back_to(mapping)


def _attachment(mapping: Json) -> Json:
    """Return the change that gives the role to the group that the directory made anew, if it made one."""
    if not mapping.get("replacement"):
        abort(404)
    return {"op": "replace", "path": "group", "value": {"value": mapping["replacement"]["value"]}}


# -- Whether members wait for approval ----------------------------------------


def _add_approvals(site: Site, blueprint: Blueprint) -> None:
    @blueprint.get("/mappings/<mapping_id>/approval")
    def approval(mapping_id: str) -> ResponseReturnValue:
        if (again := site.require_fresh()) is not None:
            return again
        mapping = _mapping(mapping_id)
        foreseen = console().acting.patch(
            f"/RoleMappings/{mapping_id}", _approval_change(required=not mapping["requiresApproval"]), dry_run=True
        )
        return _ask("approval", mapping, foreseen)

    @blueprint.post("/mappings/<mapping_id>/approval")
    def change_approval(mapping_id: str) -> ResponseReturnValue:
        if (again := site.require_fresh()) is not None:
            return again
        mapping = _mapping(mapping_id)
        # What was asked decides, not what is so meanwhile: a form that is sent twice does the same twice.
        required = sent("approval") != "waived"
        console().acting.patch(f"/RoleMappings/{mapping_id}", _approval_change(required=required))
        flash(_("Saved."), "success")
        return _back_to(mapping)


def _approval_change(*, required: bool) -> Json:
    return {"op": "replace", "path": "requiresApproval", "value": required}


# -- What they share ----------------------------------------------------------


def _mapping(mapping_id: str) -> Json:
    return console().acting.get(f"/RoleMappings/{mapping_id}")


def _proof(site: Site, mapping: Json) -> ResponseReturnValue | None:
    """Return the way to prove oneself again, before a mapping to a sensitive role changes."""
    return site.require_fresh() if is_sensitive(mapping["role"]) else None


def _ask(page: str, mapping: Json, foreseen: Json) -> str:
    """Return the page that shows who would gain and lose what, and asks."""
    display = display_of(mapping["role"])
    return render_template(f"console/groups/{page}.html", mapping=mapping, foreseen=foreseen, display=display)


def _back_to(mapping: Json) -> ResponseReturnValue:
    if mapping["status"] != "in force":
        return redirect(url_for("console_groups.listing"), 303)
    return redirect(url_for("console_groups.page", group_id=mapping["group"]["value"]), 303)
