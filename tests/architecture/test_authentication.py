"""No route answers a stranger, but for a list that can be read at a glance."""

import pytest
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from scim_server.app import create_app
from scim_server.db import Database
from scim_server.installed import load_extensions
from scim_server.settings import Settings

OPEN_TO_ALL = {
    "/healthz",
    "/readyz",
    "/metrics",  # 404 without its own token
    "/oauth/token",  # where clients authenticate
    "/.well-known/oauth-authorization-server",  # RFC 8414 §3
    "/",  # leads to the home page
    "/static/<path:filename>",  # stylesheets and scripts
    "/sign-in",  # where people sign in
    "/sign-out",
    "/forgotten-password",
    "/create-account",
    "/reset-password/<secret>",  # nothing without the secret that a mail holds
    "/create-account/<secret>",
    "/invitation/<secret>",
    "/sign-in/second-factor",  # after the right password
    "/sign-in/passkey",
    "/sign-in/passkey/options",
    "/development/mail",  # not found but on the same machine, where no mail is sent
}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """Build the whole application."""
    path = tmp_path_factory.mktemp("app") / "scim.db"
    settings = Settings(database_url=f"sqlite:///{path}")
    return create_app(settings, Database(f"sqlite:///{path}"), load_extensions())


def asks_who_is_there(answer: TestResponse) -> bool:
    """Tell whether a stranger is refused, or sent to the page where people sign in; forms need its token besides."""
    if answer.status_code == 400:
        return "This page was open for too long" in answer.text
    return answer.status_code == 401 or answer.headers.get("Location", "").startswith("/sign-in?")


def filled(rule: Rule) -> str:
    """Return a path that a rule matches."""
    return rule.build(dict.fromkeys(rule.arguments, "x"), append_unknown=False)[1]  # type: ignore[index]


def test_every_route_asks_who_is_there(app: Flask) -> None:
    client = app.test_client()
    unguarded = {
        (rule.rule, method)
        for rule in app.url_map.iter_rules()
        for method in rule.methods or ()
        if rule.rule not in OPEN_TO_ALL and not asks_who_is_there(client.open(filled(rule), method=method))
    }
    assert unguarded == set()


def test_the_list_of_open_routes_has_no_dead_entries(app: Flask) -> None:
    assert {rule.rule for rule in app.url_map.iter_rules()} >= OPEN_TO_ALL
