"""Where every part meets."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import Flask

from scim_server.connections.auth import Authenticator
from scim_server.connections.limits import RateLimiter
from scim_server.connections.oauth import oauth_blueprint
from scim_server.connections.scopes import require_scope
from scim_server.db import Database
from scim_server.extension import ServerExtension
from scim_server.pages.site import Site
from scim_server.pages.wiring import add_pages
from scim_server.protocol.server import ScimServer
from scim_server.scim_blueprint import scim_blueprint
from scim_server.settings import Settings
from scim_server.web.health import health_blueprint
from scim_server.web.logs import configure_logs
from scim_server.web.metrics import metrics_blueprint
from scim_server.web.requests import watch_requests

_DISCOVERY = ("ServiceProviderConfig", "ResourceTypes", "Schemas", "Bulk", "Me", "Changes", ".search")
_OTHER = (
    "healthz",
    "readyz",
    "metrics",
    "token",
    "static",
    "sign-in",
    "sign-out",
    "account",
    "invitation",
    "create-account",
    "forgotten-password",
    "reset-password",
)


class Application(Flask):
    """A Flask application whose functions are plain ones."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function as it is: looking whether it is a coroutine costs more than calling most of them."""
        return func


def create_app(settings: Settings, database: Database, extensions: Sequence[ServerExtension] = ()) -> Flask:
    """Build the application of one database from its settings and extensions."""
    configure_logs(settings.log_level)
    app = Application("scim_server", static_folder=None)
    server = ScimServer(settings, database, require_scope, extensions)
    endpoints = [stored_type.endpoint.strip("/") for stored_type in server.types.values()]
    watch_requests(
        app, trusted_proxies=settings.trusted_proxies, endpoints=frozenset([*endpoints, *_DISCOVERY, *_OTHER])
    )
    app.register_blueprint(scim_blueprint(server, Authenticator(database), RateLimiter(database, settings)))
    app.register_blueprint(oauth_blueprint(settings, database))
    app.register_blueprint(health_blueprint(database, extensions))
    app.register_blueprint(metrics_blueprint(settings, database))
    add_pages(app, Site(settings, database, server, extensions))
    return app
