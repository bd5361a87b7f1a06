"""Where pages meet the application."""

from flask import Blueprint, Flask, redirect
from flask.typing import ResponseReturnValue

from scim_server.pages.account import account_blueprint
from scim_server.pages.design import design_blueprint, init_design
from scim_server.pages.refusals import explain_refusals
from scim_server.pages.sign_in import again_blueprint, sign_in_blueprint
from scim_server.pages.site import Site, configure


def add_pages(app: Flask, site: Site) -> None:
    """Serve the pages of the server, and those of its extensions."""
    configure(app, site)
    init_design(app, site)
    explain_refusals(app, site.settings)
    own = (design_blueprint(), sign_in_blueprint(site), again_blueprint(site), account_blueprint(site), _first(site))
    for blueprint in own:
        app.register_blueprint(blueprint)
    for extension in site.extensions:
        for blueprint in extension.blueprints(site):
            app.register_blueprint(blueprint)


def _first(site: Site) -> Blueprint:
    blueprint = Blueprint("first", __name__)

    @blueprint.get("/")
    def page() -> ResponseReturnValue:
        return redirect(site.landing(), 303)

    return blueprint
