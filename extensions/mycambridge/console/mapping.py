"""Map a directory group to a role, one question at a time: where, which role, who would gain it, done."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from mycambridge.console.entrance import console
from mycambridge.console.lists import all_of, asked, page_of, quoted
from mycambridge.console.roles import GROUP, MAPPING, choice_of, choices, display_of, is_sensitive
from scim_server.pages.acting import Json, Refused
from scim_server.pages.language import _
from scim_server.pages.site import Site


@dataclass(frozen=True, slots=True)
class Wanted:
    """A mapping that somebody is about to make."""

    group: Json
    centre: Json
    role: str
    note: str

    @property
    def number(self) -> str:
        """The number of the centre."""
        return str(self.centre["centreNumber"])

    @property
    def document(self) -> Json:
        """The mapping as the API takes it."""
        document: Json = {"schemas": [MAPPING], "group": {"value": self.group["id"]}, "role": self.role}
        return document | {"centre": self.number} | ({"note": self.note} if self.note else {})

    @property
    def held(self) -> set[str]:
        """The roles that the group is mapped to at the centre already."""
        mapped = self.group.get(GROUP, {}).get("mappedRoles") or ()
        return {each["value"] for each in mapped if each["centre"] == self.number}


def add_making(site: Site, blueprint: Blueprint) -> None:
    """Add the pages that make a mapping."""
    _add_choosing(blueprint)
    _add_checking(site, blueprint)


def _add_choosing(blueprint: Blueprint) -> None:
    @blueprint.get("/groups/<group_id>/map/centre")
    def place(group_id: str) -> ResponseReturnValue:
        named = f"displayName co {quoted(asked('q'))} or centreNumber co {quoted(asked('q'))}" if asked("q") else ""
        conditions = all_of(["active eq true", named])
        found = page_of(console().acting, "/Centres", **conditions, attributes=_CENTRE, sortBy="centreNumber")
        return render_template("console/groups/place.html", group=_group(group_id), found=found, q=asked("q"))

    @blueprint.get("/groups/<group_id>/map")
    def choose(group_id: str) -> ResponseReturnValue:
        if console().centre["kind"] == "associate" and not asked("centre"):
            return redirect(url_for("console_mappings.place", group_id=group_id, role=asked("role") or None), 303)
        return _choose(_wanted(group_id, request.args))

    @blueprint.post("/groups/<group_id>/map")
    def chosen(group_id: str) -> ResponseReturnValue:
        wanted = _wanted(group_id, request.form)
        if choice_of(wanted.role, wanted.centre) is None:
            return _choose(wanted, _("Choose the role that members of this group shall have.")), 400
        address = url_for(
            "console_mappings.check",
            group_id=group_id,
            role=wanted.role,
            centre=wanted.number,
            note=wanted.note or None,
        )
        return redirect(address, 303)


def _add_checking(site: Site, blueprint: Blueprint) -> None:
    @blueprint.get("/groups/<group_id>/map/check")
    def check(group_id: str) -> ResponseReturnValue:
        wanted = _wanted(group_id, request.args)
        if is_sensitive(wanted.role) and (again := site.require_fresh()) is not None:
            return again
        try:
            foreseen = console().acting.post("/RoleMappings", wanted.document, dry_run=True)
        except Refused as refused:
            return _choose(wanted, refused.detail), 400
        shown = {"wanted": wanted, "display": display_of(wanted.role), "sensitive": is_sensitive(wanted.role)}
        return render_template("console/groups/check.html", foreseen=foreseen, **shown)

    @blueprint.post("/groups/<group_id>/map/check")
    def make(group_id: str) -> ResponseReturnValue:
        wanted = _wanted(group_id, request.args)
        if is_sensitive(wanted.role) and (again := site.require_fresh()) is not None:
            return again
        try:
            made = console().acting.post("/RoleMappings", wanted.document)
        except Refused as refused:
            return _choose(wanted, refused.detail), 400
        flash(_said(made) % {"group": wanted.group["displayName"], "role": display_of(wanted.role)}, "success")
        return redirect(url_for("console_groups.page", group_id=group_id), 303)


_CENTRE = "centreNumber,displayName,services"


def _wanted(group_id: str, given: Mapping[str, str]) -> Wanted:
    number = given.get("centre", "").strip().upper() or console().number
    return Wanted(_group(group_id), _centre(number), given.get("role", ""), given.get("note", "").strip()[:1000])


def _group(group_id: str) -> Json:
    return console().acting.get(f"/Groups/{group_id}", attributes=f"displayName,{GROUP}:mappedRoles")


def _centre(number: str) -> Json:
    """Return a centre that the organisation acts for; what it does not is answered as what does not exist."""
    if number == console().number:
        return console().centre
    found = console().acting.list("/Centres", filter=f"centreNumber eq {quoted(number)}", attributes=_CENTRE)
    if not found["Resources"]:
        abort(404)
    centre: Json = found["Resources"][0]
    return centre


def _choose(wanted: Wanted, error: str | None = None) -> str:
    shown = {"wanted": wanted, "choices": choices(wanted.centre), "error": error, "is_sensitive": is_sensitive}
    return render_template("console/groups/choose.html", **shown)


def _said(mapping: Json) -> str:
    if mapping["requiresApproval"]:
        return _("%(group)s is mapped to %(role)s. Each member has it once somebody approves them.")
    return _("Members of %(group)s now have the role %(role)s.")
