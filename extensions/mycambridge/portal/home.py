"""The home page: a tile for each service, open or closed and why; the organisations of a person, and their roles."""

from flask import Blueprint, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from mycambridge.authority import acts_for
from mycambridge.catalogue.reading import catalogue
from mycambridge.console.lists import Listed, asked, page_of, quoted
from scim_server.accounts.register import Link, links_of
from scim_server.accounts.sessions import choose_user
from scim_server.pages.acting import Json
from scim_server.pages.forms import reading, sent, writing
from scim_server.pages.site import Site

_SHOWN = "centreNumber,displayName,active,managed"


def home_pages(site: Site) -> Blueprint:
    """Return the blueprint of ``/home``, ``/home/roles`` and ``/organisations``."""
    blueprint = Blueprint("home", __name__, template_folder="templates")

    @blueprint.get("/home")
    def page() -> ResponseReturnValue:
        person = site.person()
        if person.link is None:
            board = person.account.administrator is not None
            return redirect("/board", 303) if board else _nobody(site)
        access = _access(site, person.link)
        addresses = {service.value: service.address for service in catalogue().services}
        shown = {"person": person, "link": person.link, "access": access, "addresses": addresses}
        return render_template("portal/home.html", manages=_manages(site, person.link), **shown)

    @blueprint.get("/home/roles")
    def roles() -> ResponseReturnValue:
        link = site.person().link
        if link is None:
            abort(404)
        return render_template("portal/roles.html", link=link, access=_access(site, link))

    _add_organisations(site, blueprint)
    return site.protect(blueprint)


def _add_organisations(site: Site, blueprint: Blueprint) -> None:
    @blueprint.get("/organisations")
    def organisations() -> ResponseReturnValue:
        person, wanted = site.person(), asked("q")
        centres = {link.user_id: _centres(site, link, wanted) for link in person.links}
        most = max(centres.values(), key=lambda found: found.total, default=None)
        return render_template("portal/organisations.html", person=person, centres=centres, most=most, q=wanted)

    @blueprint.post("/organisations")
    def choose() -> ResponseReturnValue:
        person = site.person()
        link = next((each for each in person.links if each.user_id == sent("user")), None)
        if link is None:
            abort(404)
        writing(site, lambda transaction: choose_user(transaction, person.session, link.tenant, link.user_id))
        return redirect(url_for("home.page"), 303)


def _nobody(site: Site) -> str:
    """Return the page of somebody who is nobody's active User: whether they were deactivated, or never added."""
    account = site.person().account
    known = reading(site, lambda transaction: links_of(transaction, account.id))
    return render_template("portal/nobody.html", account=account, known=known)


def _access(site: Site, link: Link) -> Json:
    return site.acting_as(link).get(f"/Users/{link.user_id}/access")


def _manages(site: Site, link: Link) -> bool:
    """Tell whether the console lets the person in."""
    principal = site.acting_as(link).principal
    return reading(site, lambda transaction: acts_for(transaction, principal, link.tenant))


def _centres(site: Site, link: Link, wanted: str) -> Listed:
    """Return a page of the centres that a person acts for: those of their Associate too."""
    if not _manages(site, link):
        return Listed([], 0, 1)
    named = f"displayName co {quoted(wanted)} or centreNumber co {quoted(wanted)}"
    query = {"filter": named} if wanted else {}
    return page_of(site.acting_as(link), "/Centres", **query, attributes=_SHOWN, sortBy="displayName")
