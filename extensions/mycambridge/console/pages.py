"""Every page of the console."""

from collections.abc import Sequence

from flask import Blueprint

from mycambridge.console.approvals import approval_pages
from mycambridge.console.grants import grant_pages
from mycambridge.console.groups import group_pages
from mycambridge.console.mappings import mapping_pages
from mycambridge.console.overview import overview_pages
from mycambridge.console.people import people_pages
from scim_server.pages.site import Site

_TOPICS = (overview_pages, people_pages, grant_pages, group_pages, mapping_pages, approval_pages)


def console_blueprints(site: Site) -> Sequence[Blueprint]:
    """Return the blueprints of the console, one for each of its topics."""
    return [pages(site) for pages in _TOPICS]
