"""The glue to Flask: the current request's credentials, whatever their scheme."""

import base64
from collections.abc import Callable
from functools import partial

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient

from scim_server.connections.administrators import create_administrator
from scim_server.connections.auth import Authenticator
from scim_server.connections.flask_auth import authentication
from scim_server.connections.refusals import NotAuthenticated
from scim_server.connections.token_format import TokenText
from scim_server.db import Database

METHODS = ["GET", "POST", "OPTIONS"]
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
ANN = base64.b64encode(b"ann:correct horse battery").decode()


def application(database: Database) -> FlaskClient:
    """Return a client of an application that answers with the name of who is asking."""
    app, principal = Flask("test"), authentication(Authenticator(database))
    app.add_url_rule("/", view_func=lambda: principal().name, methods=METHODS)
    app.register_error_handler(NotAuthenticated, lambda refused: (refused.detail, 401, refused.headers))
    return app.test_client()


@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
def test_a_token_is_known_with_every_method(school: Database, issue: Callable[..., TokenText], scheme: str) -> None:
    client, authorization = application(school), {"Authorization": f"{scheme} {issue().text}"}
    answers = [client.open("/", method=method, headers=authorization) for method in METHODS]
    assert [(answer.status_code, answer.text) for answer in answers] == [(200, "Entra ID")] * 3


@pytest.mark.parametrize("scheme", ["Basic", "BASIC"])
def test_an_administrator_is_known_with_every_method(school: Database, scheme: str) -> None:
    create = partial(create_administrator, name="ann", password="correct horse battery", hasher=CHEAP)
    school.run(create, writing=True)
    client, authorization = application(school), {"Authorization": f"{scheme} {ANN}"}
    answers = [client.open("/", method=method, headers=authorization) for method in METHODS]
    assert [(answer.status_code, answer.text) for answer in answers] == [(200, "ann")] * 3


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("headers", "challenge"),
    [
        ({}, 'Bearer realm="scim"'),
        ({"Authorization": ""}, 'Bearer realm="scim"'),
        ({"Authorization": "Negotiate x"}, 'Bearer realm="scim"'),
        ({"Authorization": "Bearer"}, 'Bearer realm="scim"'),
        ({"Authorization": "Bearer mcp_wrong"}, 'Bearer realm="scim", error="invalid_token"'),
        ({"Authorization": "Basic"}, 'Basic realm="scim"'),
        ({"Authorization": "Basic ???"}, 'Basic realm="scim"'),
    ],
)
def test_everybody_else_is_refused_with_every_method(
    unreachable: Database, method: str, headers: dict[str, str], challenge: str
) -> None:
    answer = application(unreachable).open("/", method=method, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith(challenge)
