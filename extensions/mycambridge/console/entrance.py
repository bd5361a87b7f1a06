"""The way into the console of one centre, for whoever manages its users."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Blueprint, abort, g
from scim2_models import SCIMException

from mycambridge.console.lists import quoted
from mycambridge.console.roles import display_of
from scim_server.pages.acting import Acting, Json, Refused
from scim_server.pages.language import _
from scim_server.pages.site import Site
from scim_server.protocol.guarded import GuardedStore

T = TypeVar("T")


@dataclass(frozen=True)
class Console:
    """The console of one centre, as one person sees it."""

    acting: Acting
    centre: Json
    """The Centre as SCIM has it."""

    own: frozenset[str]
    """The ids of the Users that the person is, whose roles are not theirs to change; the board is nobody's User."""

    @property
    def number(self) -> str:
        """The centre number, which is also its tenant."""
        return str(self.centre["centreNumber"])

    @property
    def is_board(self) -> bool:
        """Whether the exam board looks in, rather than the centre's own staff."""
        return self.acting.principal.kind == "administrator"


def centre_pages(site: Site, name: str, path: str = "") -> Blueprint:
    """Return a blueprint for pages below ``/centres/<number>``, which only people who manage its users see.

    Views take no ``number``: :func:`console` is what they work with.
    """
    blueprint = Blueprint(name, __name__, url_prefix=f"/centres/<number>{path}", template_folder="templates")

    @blueprint.url_value_preprocessor
    def take_number(_endpoint: str | None, values: dict[str, Any] | None) -> None:
        g.centre_number = (values or {}).pop("number", "").upper()

    @blueprint.url_defaults
    def give_number(_endpoint: str, values: dict[str, Any]) -> None:
        values.setdefault("number", g.centre_number)

    site.protect(blueprint)

    @blueprint.before_request
    def enter() -> None:
        g.console = _enter(site, g.centre_number)

    @blueprint.context_processor
    def show() -> dict[str, Any]:
        return {"console": console(), "role_name": display_of} if "console" in g else {}

    return blueprint


def console() -> Console:
    """Return the console of the centre that a page is about."""
    entered: Console = g.console
    return entered


def done(site: Site, work: Callable[[GuardedStore], T], *, writing: bool = True) -> T:
    """Return what the domain did for the person, in one transaction, with what the API has no resource for.

    :raises Refused: When the domain refuses, with its own words.
    """
    acting = console().acting
    try:
        return site.database.run(
            lambda transaction: work(site.server.guarded(transaction, acting.tenant, acting.principal, g.request_id)),
            writing=writing,
        )
    except SCIMException as error:
        raise Refused(int(error.status), str(error.detail)) from None


def _enter(site: Site, number: str) -> Console:
    acting = site.acting(number)
    try:
        acting.get("/Users", count="0")
        found = acting.list("/Centres", filter=f"centreNumber eq {quoted(number)}")["Resources"]
    except Refused as refused:
        if refused.status == 403:
            raise Refused(
                403, _("You have no user management for this centre. Its exams officer or the exam board can give it.")
            ) from None
        raise
    if not found:
        abort(404)
    is_person = acting.principal.kind == "person"
    own = frozenset(link.user_id for link in site.person().links) if is_person else frozenset[str]()
    return Console(acting, found[0], own)
