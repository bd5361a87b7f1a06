"""Every page of the console."""

from collections.abc import Sequence

from flask import Blueprint

from mycambridge.console.overview import overview_pages
from scim_server.pages.site import Site


def console_blueprints(site: Site) -> Sequence[Blueprint]:
    """Return the blueprints of the console, one for each of its topics."""
    return (overview_pages(site),)
