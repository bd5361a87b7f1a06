"""The home page: a tile for each service, open or closed, and why."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from scim_server.pages.site import Site


def home_pages(site: Site) -> Blueprint:
    """Return the blueprint of ``/home``."""
    blueprint = Blueprint("home", __name__, template_folder="templates")

    @blueprint.get("/home")
    def page() -> ResponseReturnValue:
        return render_template("portal/home.html", person=site.person())

    return site.protect(blueprint)
