"""How pages look: templates, macros of the design system, and files for browsers."""

from base64 import b64encode
from hashlib import sha256
from pathlib import Path

from flask import Blueprint, Flask, Response, request, url_for
from flask_wtf.csrf import generate_csrf
from jinja2 import ChoiceLoader, PackageLoader, PrefixLoader
from markupsafe import Markup

from scim_server.pages import language
from scim_server.pages.site import Site

_STATIC = Path(__file__).parent / "static"
_YEAR = 365 * 24 * 3600


def design_blueprint() -> Blueprint:
    """Return the blueprint that serves stylesheets and scripts, which browsers may keep for a year by their digest."""
    blueprint = Blueprint("design", __name__, static_folder=str(_STATIC), static_url_path="/static")

    @blueprint.after_request
    def keep(response: Response) -> Response:
        if "v" in request.args:
            response.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable"
        else:
            response.headers["Cache-Control"] = "no-cache"
        return response

    return blueprint


def init_design(app: Flask, site: Site) -> None:
    """Let templates of the site and of extensions use the design system."""
    app.jinja_loader = ChoiceLoader(
        [
            PackageLoader("scim_server.pages"),
            PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
        ]
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    language.install(app, site.settings.time_zone)
    digests = {path.name: sha256(path.read_bytes()).hexdigest()[:12] for path in _STATIC.iterdir()}

    def asset(name: str) -> str:
        return url_for("design.static", filename=name, v=digests[name])

    app.jinja_env.globals["asset"] = asset
    app.jinja_env.globals["csrf"] = _csrf
    app.jinja_env.filters["base64"] = lambda content: b64encode(content).decode()
    app.jinja_env.filters["browser"] = _browser


_BROWSERS = {"Edg/": "Edge", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari"}
_SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "Mac OS": "Mac",
    "Linux": "Linux",
}


def _browser(user_agent: str) -> str:
    """Return a browser and its system as people call them; the order matters, for each claims to be others too."""
    name = next((name for mark, name in _BROWSERS.items() if mark in user_agent), language.gettext("A browser"))
    system = next((name for mark, name in _SYSTEMS.items() if mark in user_agent), "")
    return f"{name}, {system}" if system else name


def _csrf() -> Markup:
    """Return the hidden field that proves a form to be one of this site's own pages."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())
