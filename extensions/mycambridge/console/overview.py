"""The overview of a centre: who has access, whether the directory works, and what to do next."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from mycambridge.console.entrance import centre_pages, console
from scim_server.pages.site import Site


def overview_pages(site: Site) -> Blueprint:
    """Return the blueprint of ``/centres/<number>``."""
    blueprint = centre_pages(site, "console_overview")

    @blueprint.get("")
    def page() -> ResponseReturnValue:
        acting = console().acting
        people = acting.list("/Users", count="0")["totalResults"]
        groups = acting.list("/Groups", count="0")["totalResults"]
        return render_template("console/overview.html", people=people, groups=groups)

    return blueprint
