"""Connect a directory: open a connection, copy its token, watch the first requests arrive, renew and end it."""

from collections.abc import Callable
from typing import TypeVar

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from scim2_models import SCIMException

from mycambridge.connections import changes
from mycambridge.connections.changes import Issued
from mycambridge.connections.progress import progress_of
from mycambridge.console.entrance import centre_pages, console
from mycambridge.console.providers import Provider, provider_of, providers
from scim_server.pages.acting import Refused
from scim_server.pages.forms import sent
from scim_server.pages.language import _
from scim_server.pages.site import Site
from scim_server.protocol.guarded import GuardedStore

T = TypeVar("T")


def connect_pages(site: Site) -> Blueprint:
    """Return the blueprint of ``/centres/<number>/connect``."""
    blueprint = centre_pages(site, "console_connect", "/connect")
    _add_listing(site, blueprint)
    _add_opening(site, blueprint)
    _add_token(site, blueprint)
    return blueprint


def _add_listing(site: Site, blueprint: Blueprint) -> None:
    @blueprint.get("")
    def listing() -> ResponseReturnValue:
        connections = _done(site, changes.connections_of, writing=False)
        return render_template("console/connect/list.html", connections=connections, providers=providers())

    @blueprint.get("/tokens/<token_id>")
    def guide(token_id: str) -> ResponseReturnValue:
        connection = _done(site, lambda guarded: changes.connection_of(guarded, token_id), writing=False)
        progress = _done(site, lambda guarded: progress_of(guarded, token_id), writing=False)
        shown = {"connection": connection, "provider": _kind_of(connection.profile), "progress": progress}
        return render_template("console/connect/guide.html", token=None, address=_address(site), **shown)


def _add_opening(site: Site, blueprint: Blueprint) -> None:
    @blueprint.get("/new")
    def new() -> ResponseReturnValue:
        return site.require_fresh() or _new(request.args.get("kind", ""))

    @blueprint.post("/new")
    def create() -> ResponseReturnValue:
        if (again := site.require_fresh()) is not None:
            return again
        provider, name = provider_of(sent("kind")), sent("name", 200)
        if provider is None:
            return _new("", name, {"kind": _("Choose your directory.")}), 400
        try:
            issued = _done(site, lambda guarded: changes.open_directory(guarded, name, provider.profile))
        except Refused as refused:
            return _new(provider.key, name, {"name": refused.detail}), 400
        return _shown_once(site, issued, provider)


def _new(kind: str, name: str = "", errors: dict[str, str] | None = None) -> str:
    chosen = provider_of(kind)
    shown = {"kind": kind, "name": name or (chosen.display if chosen else ""), "errors": errors or {}}
    return render_template("console/connect/new.html", providers=providers(), **shown)


def _add_token(site: Site, blueprint: Blueprint) -> None:
    @blueprint.post("/tokens/<token_id>/renew")
    def renew(token_id: str) -> ResponseReturnValue:
        if (again := site.require_fresh()) is not None:
            return again
        connection = _done(site, lambda guarded: changes.connection_of(guarded, token_id), writing=False)
        issued = _done(site, lambda guarded: changes.renew_directory(guarded, token_id))
        flash(_("The old token stays good for a week. Replace it in your directory before."), "success")
        return _shown_once(site, issued, _kind_of(connection.profile))

    @blueprint.get("/tokens/<token_id>/end")
    def ending(token_id: str) -> ResponseReturnValue:
        connection = _done(site, lambda guarded: changes.connection_of(guarded, token_id), writing=False)
        return site.require_fresh() or render_template("console/connect/end.html", connection=connection)

    @blueprint.post("/tokens/<token_id>/end")
    def end(token_id: str) -> ResponseReturnValue:
        if (again := site.require_fresh()) is not None:
            return again
        _done(site, lambda guarded: changes.end_directory(guarded, token_id))
        flash(_("The token was ended. A directory that still uses it is refused."), "success")
        return redirect(url_for("console_connect.listing"), 303)


def _shown_once(site: Site, issued: Issued, provider: Provider) -> str:
    """Return the guide with the token, which no later page shows."""
    connection = _done(site, lambda guarded: changes.connection_of(guarded, issued.id), writing=False)
    progress = _done(site, lambda guarded: progress_of(guarded, issued.id), writing=False)
    shown = {"connection": connection, "provider": provider, "progress": progress}
    return render_template("console/connect/guide.html", token=issued.text, address=_address(site), **shown)


def _kind_of(profile: str) -> Provider:
    """Return what is explained of a directory that is only known by how it speaks."""
    known = [each for each in providers() if each.profile == profile and profile != "default"]
    return next(iter(known), providers()[-1])


def _address(site: Site) -> str:
    return f"{site.settings.base_url}/scim/v2"


def _done(site: Site, work: Callable[[GuardedStore], T], *, writing: bool = True) -> T:
    """Return what was done in one transaction as the person; a refusal is shown like every other."""
    acting = console().acting
    try:
        return site.database.run(
            lambda transaction: work(site.server.guarded(transaction, acting.tenant, acting.principal, g.request_id)),
            writing=writing,
        )
    except SCIMException as error:
        raise Refused(int(error.status), str(error.detail)) from None
