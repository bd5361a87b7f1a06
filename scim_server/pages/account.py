"""The pages about one's own account."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from scim_server.pages.site import Site


def account_blueprint(site: Site) -> Blueprint:
    """Return the blueprint of ``/account``."""
    blueprint = Blueprint("account", __name__, url_prefix="/account")

    @blueprint.get("")
    def overview() -> ResponseReturnValue:
        return render_template("account/overview.html", person=site.person())

    return site.protect(blueprint)
