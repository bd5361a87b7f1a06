"""The provisioning log: what the centre's directories sent, and what to do about refusals."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from mycambridge.connections.advice import advice
from mycambridge.connections.changes import connections_of
from mycambridge.console.entrance import centre_pages, done
from mycambridge.console.history import Told
from mycambridge.console.lists import asked
from mycambridge.console.searched import arguments, asked_for, found
from scim_server.connections.tokens import TokenRecord
from scim_server.pages.site import Site


def log_pages(site: Site) -> Blueprint:
    """Return the blueprint of ``/centres/<number>/log``."""
    blueprint = centre_pages(site, "console_log", "/log")

    @blueprint.get("")
    def listing() -> ResponseReturnValue:
        search = asked_for(site, 'actor.type eq "connection"')
        entries, older = found(search)
        newest = entries[0].entry["id"] if entries else "none"
        if asked("newest") == newest:
            # A page that watches has shown this; what somebody opened on it stays open.
            return "", 204
        connections = {each.connection_id: each for each in done(site, connections_of, writing=False)}
        page = render_template(
            "console/log.html",
            search=search,
            entries=[(each, _advice(each, connections)) for each in entries],
            older=older,
            connections=connections,
            live=asked("live") == "yes",
            watching=arguments(live="yes", newest=newest),
        )
        return page, 400 if search.errors else 200

    return blueprint


def _advice(each: Told, connections: dict[str, TokenRecord]) -> str | None:
    if not each.failed:
        return None
    connection = connections.get(each.entry["actor"]["value"])
    return advice(
        status=int(each.entry.get("status", 400)),
        scim_type=each.entry.get("scimType"),
        profile=None if connection is None else connection.profile,
        resource_type=each.entry.get("target", {}).get("type"),
    )
