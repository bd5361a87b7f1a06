"""The home page: a tile for each service, open or closed and why; the organisations of a person, and their roles."""

from flask import Blueprint, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from mycambridge.catalogue.reading import catalogue
from mycambridge.console.lists import asked, quoted
from scim_server.accounts.register import Link
from scim_server.accounts.sessions import choose_user
from scim_server.pages.acting import Json, Refused
from scim_server.pages.forms import sent, writing
from scim_server.pages.site import Site


def home_pages(site: Site) -> Blueprint:
    """Return the blueprint of ``/home``, ``/home/roles`` and ``/organisations``."""
    blueprint = Blueprint("home", __name__, template_folder="templates")

    @blueprint.get("/home")
    def page() -> ResponseReturnValue:
        person = site.person()
        if person.link is None:
            board = person.account.administrator is not None
            return redirect("/board", 303) if board else render_template("portal/nobody.html", person=person)
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
        return render_template("portal/organisations.html", person=person, centres=centres, q=wanted)

    @blueprint.post("/organisations")
    def choose() -> ResponseReturnValue:
        person = site.person()
        link = next((each for each in person.links if each.user_id == sent("user")), None)
        if link is None:
            abort(404)
        writing(site, lambda transaction: choose_user(transaction, person.session, link.tenant, link.user_id))
        return redirect(url_for("home.page"), 303)


def _access(site: Site, link: Link) -> Json:
    return site.acting_as(link).get(f"/Users/{link.user_id}/access")


def _manages(site: Site, link: Link) -> bool:
    """Tell whether the console lets the person in."""
    try:
        site.acting_as(link).get("/Users", count="0")
    except Refused:
        return False
    return True


def _centres(site: Site, link: Link, wanted: str) -> list[Json]:
    """Return the centres that a person acts for: those of their Associate too, as many as a page shows."""
    named = f"displayName co {quoted(wanted)} or centreNumber co {quoted(wanted)}"
    query = {"filter": named} if wanted else {}
    try:
        return list(site.acting_as(link).list("/Centres", **query, sortBy="displayName", count="25")["Resources"])
    except Refused:
        return []
