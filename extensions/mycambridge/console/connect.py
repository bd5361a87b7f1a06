"""Connect a directory: open a connection, copy its token, watch the first requests arrive, renew and end it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from mycambridge.connections import changes
from mycambridge.connections.last_refusals import last_refusals
from mycambridge.connections.progress import progress_of
from mycambridge.connections.standing import has_expired, newest_of_each
from mycambridge.console.allowances import allowances_of
from mycambridge.console.entrance import centre_pages, done
from mycambridge.console.lists import asked
from mycambridge.console.providers import Provider, provider_of, providers
from mycambridge.console.roles import display_of
from scim_server.connections.tokens import TokenRecord
from scim_server.pages.acting import Refused
from scim_server.pages.forms import sent
from scim_server.pages.language import _
from scim_server.pages.site import Site


def connect_pages(site: Site) -> Blueprint:
    """Return the blueprint of ``/centres/<number>/connect``."""
    blueprint = centre_pages(site, "console_connect", "/connect")

    @blueprint.before_request
    def prove() -> ResponseReturnValue | None:
        # A page that watches must not stop to watch when the proof is some minutes old.
        return None if request.endpoint == "console_connect.progress" else site.require_fresh()

    _add_listing(site, blueprint)
    _add_testing(site, blueprint)
    _add_opening(site, blueprint)
    _add_renewing(site, blueprint)
    _add_ending(site, blueprint)
    return blueprint


@dataclass(frozen=True, slots=True)
class Listed:
    """A token of a directory, as the list shows it."""

    token: TokenRecord
    provider: Provider
    days: int
    """How many days it is still good for."""

    expired: bool
    """Whether its time is over, so that the directory is refused."""

    replaced: bool
    """Whether a newer token of the same connection is there to take its place."""

    refusal: Mapping[str, Any] | None
    """The newest journal entry about something of it that was refused, if there is one of late."""


def _add_listing(site: Site, blueprint: Blueprint) -> None:
    @blueprint.get("")
    def listing() -> ResponseReturnValue:
        tokens = done(site, changes.connections_of, writing=False)
        refusals = done(site, last_refusals, writing=False)
        newest = newest_of_each(tokens)
        listed = [
            Listed(
                each,
                _kind_of(each.profile),
                days_left(each.expires),
                has_expired(each),
                each not in newest,
                refusals.get(each.connection_id),
            )
            for each in tokens
        ]
        return render_template("console/connect/list.html", connections=listed)


def days_left(expires: str) -> int:
    """Return how many whole days it is until a moment."""
    return max(0, (datetime.fromisoformat(expires) - datetime.now(UTC)).days)


def _add_testing(site: Site, blueprint: Blueprint) -> None:
    @blueprint.get("/tokens/<token_id>")
    def guide(token_id: str) -> ResponseReturnValue:
        return _guide(site, token_id)

    @blueprint.get("/tokens/<token_id>/progress")
    def progress(token_id: str) -> ResponseReturnValue:
        """Answer with the checks, or with nothing when the page has shown the same ones before."""
        checks = done(site, lambda guarded: progress_of(guarded, token_id), writing=False)
        if asked("seen") == ticked(checks):
            return "", 204
        return render_template("console/connect/checks.html", token_id=token_id, progress=checks, seen=ticked(checks))


def ticked(progress: Mapping[str, bool]) -> str:
    """Return the checks that are done, as addresses name them."""
    return ".".join(step for step, is_done in progress.items() if is_done)


def _guide(site: Site, token_id: str, text: str | None = None) -> str:
    """Return the guide of a connection, with its token only when it has just been made."""
    connection = done(site, lambda guarded: changes.connection_of(guarded, token_id), writing=False)
    progress = done(site, lambda guarded: progress_of(guarded, token_id), writing=False)
    shown = {"connection": connection, "provider": _kind_of(connection.profile), "token_id": token_id}
    shown |= {
        "expired": has_expired(connection),
        "allowed": allowances_of(connection.connection_id),
        "display_of": display_of,
    }
    return render_template(
        "console/connect/guide.html",
        token=text,
        address=f"{site.settings.base_url}/scim/v2",
        progress=progress,
        seen=ticked(progress),
        **shown,
    )


def _add_opening(site: Site, blueprint: Blueprint) -> None:
    @blueprint.get("/new")
    def new() -> ResponseReturnValue:
        return _new(asked("kind"))

    @blueprint.post("/new")
    def create() -> ResponseReturnValue:
        provider, name = provider_of(sent("kind")), sent("name", 200)
        if provider is None:
            return _new("", name, {"kind": _("Choose your directory.")}), 400
        try:
            issued = done(site, lambda guarded: changes.open_directory(guarded, name, provider.profile))
        except Refused as refused:
            return _new(provider.key, name, {"name": refused.detail}), 400
        return _guide(site, issued.id, issued.text)


def _new(kind: str, name: str = "", errors: dict[str, str] | None = None) -> str:
    chosen = provider_of(kind)
    shown = {"kind": kind, "name": name or (chosen.display if chosen else ""), "errors": errors or {}}
    return render_template("console/connect/new.html", providers=providers(), **shown)


def _add_renewing(site: Site, blueprint: Blueprint) -> None:
    @blueprint.get("/tokens/<token_id>/renew")
    def renewing(token_id: str) -> ResponseReturnValue:
        connection = done(site, lambda guarded: changes.connection_of(guarded, token_id), writing=False)
        overlap = min(changes.OVERLAP.days, days_left(connection.expires))
        shown = {"connection": connection, "overlap": overlap, "expired": has_expired(connection)}
        return render_template("console/connect/renew.html", **shown)

    @blueprint.post("/tokens/<token_id>/renew")
    def renew(token_id: str) -> ResponseReturnValue:
        issued = done(site, lambda guarded: changes.renew_directory(guarded, token_id))
        return _guide(site, issued.id, issued.text)


def _add_ending(site: Site, blueprint: Blueprint) -> None:
    @blueprint.get("/tokens/<token_id>/end")
    def ending(token_id: str) -> ResponseReturnValue:
        connection = done(site, lambda guarded: changes.connection_of(guarded, token_id), writing=False)
        return render_template("console/connect/end.html", connection=connection, expired=has_expired(connection))

    @blueprint.post("/tokens/<token_id>/end")
    def end(token_id: str) -> ResponseReturnValue:
        done(site, lambda guarded: changes.end_directory(guarded, token_id))
        flash(_("The token was ended. A directory that still uses it is refused."), "success")
        return redirect(url_for("console_connect.listing"), 303)


def _kind_of(profile: str) -> Provider:
    """Return what is explained of a directory that is only known by how it speaks."""
    known = [each for each in providers() if each.profile == profile and profile != "default"]
    return next(iter(known), providers()[-1])
