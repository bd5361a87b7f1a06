"""The roles that a directory may give by itself: choose them, see who would gain and lose one, save."""

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from mycambridge.allowances.resource import ALLOWANCE_URN
from mycambridge.connections import changes
from mycambridge.console.entrance import centre_pages, console, done
from mycambridge.console.lists import quoted
from mycambridge.console.roles import choices, display_of
from scim_server.connections.tokens import TokenRecord
from scim_server.pages.acting import Json, Refused
from scim_server.pages.language import _
from scim_server.pages.site import Site


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a connection may give, and what it shall."""

    connection: TokenRecord
    allowed: list[Json]
    roles: list[str]
    """The roles that it shall give at this centre."""

    elsewhere: list[str]
    """The ids of the allowances at other centres that stay."""

    @property
    def new(self) -> list[str]:
        """The roles to allow."""
        return [role for role in self.roles if role not in self.held]

    @property
    def ended(self) -> list[Json]:
        """The allowances to take back."""
        return [each for each in self.allowed if not self._stays(each)]

    @property
    def held(self) -> set[str]:
        """The roles that it gives at this centre now."""
        return {each["role"] for each in self.allowed if each["centre"] == console().number}

    def document(self, role: str) -> Json:
        """Return an allowance as the API takes it."""
        connection = {"value": self.connection.connection_id}
        return {"schemas": [ALLOWANCE_URN], "connection": connection, "role": role, "centre": console().number}

    def _stays(self, allowance: Json) -> bool:
        if allowance["centre"] == console().number:
            return allowance["role"] in self.roles
        return allowance["id"] in self.elsewhere


def allowance_pages(site: Site) -> Blueprint:
    """Return the blueprint of ``/centres/<number>/connect/tokens/<id>/roles``."""
    blueprint = centre_pages(site, "console_allowances", "/connect/tokens/<token_id>/roles")

    @blueprint.before_request
    def prove() -> ResponseReturnValue | None:
        return site.require_fresh()

    _add_choosing(site, blueprint)
    _add_checking(site, blueprint)
    return blueprint


def _add_choosing(site: Site, blueprint: Blueprint) -> None:
    @blueprint.get("")
    def choose(token_id: str) -> ResponseReturnValue:
        connection, allowed = _known(site, token_id)
        return _choose(Wanted(connection, allowed, [], []))

    @blueprint.post("")
    def chosen(token_id: str) -> ResponseReturnValue:
        roles, elsewhere = (request.form.getlist(name)[:200] for name in ("role", "elsewhere"))
        address = url_for("console_allowances.check", token_id=token_id, role=roles, elsewhere=elsewhere)
        return redirect(address, 303)


def _add_checking(site: Site, blueprint: Blueprint) -> None:
    @blueprint.get("/check")
    def check(token_id: str) -> ResponseReturnValue:
        wanted = _wanted(site, token_id)
        if not wanted.new and not wanted.ended:
            flash(_("Nothing was changed."), "success")
            return redirect(url_for("console_connect.guide", token_id=token_id), 303)
        try:
            foreseen = _changed(wanted, dry_run=True)
        except Refused as refused:
            return _choose(wanted, refused.detail), 400
        facts = {name: [fact for each in foreseen for fact in each[name]] for name in ("gains", "losses")}
        return render_template("console/connect/allowed.html", wanted=wanted, foreseen=facts, display_of=display_of)

    @blueprint.post("/check")
    def save(token_id: str) -> ResponseReturnValue:
        wanted = _wanted(site, token_id)
        try:
            _changed(wanted)
        except Refused as refused:
            return _choose(_wanted(site, token_id), refused.detail), 400
        flash(_("Saved."), "success")
        return redirect(url_for("console_connect.guide", token_id=token_id), 303)


def allowances_of(connection_id: str) -> list[Json]:
    """Return what a connection may give, at any centre."""
    whose = f"connection.value eq {quoted(connection_id)}"
    found: list[Json] = console().acting.list("/RoleAllowances", filter=whose, sortBy="role")["Resources"]
    return found


def _known(site: Site, token_id: str) -> tuple[TokenRecord, list[Json]]:
    connection = done(site, lambda guarded: changes.connection_of(guarded, token_id), writing=False)
    return connection, allowances_of(connection.connection_id)


def _wanted(site: Site, token_id: str) -> Wanted:
    connection, allowed = _known(site, token_id)
    roles = list(dict.fromkeys(request.args.getlist("role")))
    return Wanted(connection, allowed, roles, request.args.getlist("elsewhere"))


def _changed(wanted: Wanted, *, dry_run: bool = False) -> list[Json]:
    """Allow and take back what is wanted, and return what each does.

    :raises Refused: When a rule forbids one of them; those before it are done.
    """
    acting = console().acting
    ended = [acting.delete(f"/RoleAllowances/{each['id']}", dry_run=dry_run) for each in wanted.ended]
    return ended + [acting.post("/RoleAllowances", wanted.document(role), dry_run=dry_run) for role in wanted.new]


def _choose(wanted: Wanted, error: str | None = None) -> str:
    offered = [each for each in choices(console().centre) if not each.role.sensitive]
    shown = {"wanted": wanted, "choices": offered, "error": error, "display_of": display_of}
    return render_template("console/connect/roles.html", **shown)
