"""Where pages meet the application."""

from flask import Blueprint, Flask, redirect
from flask.typing import ResponseReturnValue

from scim_server.pages.account import account_blueprint
from scim_server.pages.again import again_blueprint
from scim_server.pages.design import design_blueprint, init_design
from scim_server.pages.joining import joining_blueprint
from scim_server.pages.mailbox import mailbox_blueprint
from scim_server.pages.personal import personal_blueprint
from scim_server.pages.recovery import recovery_blueprint
from scim_server.pages.refusals import explain_refusals
from scim_server.pages.second_factor import required_blueprint, second_factor_blueprint
from scim_server.pages.security import security_blueprint
from scim_server.pages.set_up import set_up_blueprint
from scim_server.pages.sign_in import sign_in_blueprint
from scim_server.pages.site import Site, configure

_PAGES = (
    sign_in_blueprint,
    again_blueprint,
    recovery_blueprint,
    joining_blueprint,
    second_factor_blueprint,
    required_blueprint,
    account_blueprint,
    security_blueprint,
    set_up_blueprint,
    personal_blueprint,
    mailbox_blueprint,
)


def add_pages(app: Flask, site: Site) -> None:
    """Serve the pages of the server, and those of its extensions."""
    configure(app, site)
    init_design(app, site)
    explain_refusals(app, site.settings)
    for blueprint in (design_blueprint(), _first(site), *[pages(site) for pages in _PAGES]):
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
