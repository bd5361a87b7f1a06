"""Every page of the console."""

from collections.abc import Sequence

from flask import Blueprint

from mycambridge.console.allowances import allowance_pages
from mycambridge.console.approvals import approval_pages
from mycambridge.console.audit import audit_pages
from mycambridge.console.board import board_pages
from mycambridge.console.brakes import brake_pages
from mycambridge.console.by_hand import by_hand_pages
from mycambridge.console.connect import connect_pages
from mycambridge.console.grants import grant_pages
from mycambridge.console.groups import group_pages
from mycambridge.console.log import log_pages
from mycambridge.console.mappings import mapping_pages
from mycambridge.console.overview import overview_pages
from mycambridge.console.people import people_pages
from mycambridge.console.requests import request_pages
from mycambridge.console.several import several_pages
from mycambridge.console.upkeep import upkeep_pages
from scim_server.pages.site import Site

_TOPICS = (
    overview_pages,
    people_pages,
    grant_pages,
    several_pages,
    upkeep_pages,
    by_hand_pages,
    group_pages,
    mapping_pages,
    approval_pages,
    request_pages,
    log_pages,
    audit_pages,
    connect_pages,
    allowance_pages,
    brake_pages,
)


def console_blueprints(site: Site) -> Sequence[Blueprint]:
    """Return the blueprints of the console, one for each of its topics."""
    return [board_pages(site), *[pages(site) for pages in _TOPICS]]
