"""The thin glue between Flask-HTTPAuth and the credentials of the current request."""

from collections.abc import Callable
from typing import Any, NoReturn

from flask import request
from flask_httpauth import HTTPBasicAuth, HTTPTokenAuth, MultiAuth
from werkzeug.datastructures import Authorization

from scim_server.connections.auth import Authenticator
from scim_server.connections.refusals import anonymous
from scim_server.extension import Principal


class _Bearer(HTTPTokenAuth):  # type: ignore[misc]
    """Reads the one header that holds a token here: every request of every directory passes this place."""

    def get_auth(self) -> Authorization | None:
        """Return the token that the current request sends, if any."""
        scheme, _, token = request.environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        return Authorization("bearer", token=token.strip()) if scheme.lower() == "bearer" else None

    def ensure_sync(self, function: Any) -> Any:
        """Return a function as it is: none here is a coroutine."""
        return function


class _BearerOrBasic(MultiAuth):  # type: ignore[misc]
    """Chooses by the scheme, in any case (RFC 9110 §11.1), and wraps a function once instead of at every request."""

    def login_required(self, f: Callable[[], Any]) -> Callable[[], Any]:
        """Return a function that authenticates the current request first."""
        bearer, basic = self.main_auth.login_required(f), self.additional_auths[0].login_required(f)

        def decorated() -> Any:
            scheme = request.environ.get("HTTP_AUTHORIZATION", "").partition(" ")[0]
            return basic() if scheme.lower() == "basic" else bearer()

        return decorated


def authentication(authenticator: Authenticator) -> Callable[[], Principal]:
    """Return the function that tells who sends the current request.

    It raises what the authenticator raises, which the error handler of the blueprint answers in SCIM's form.
    """
    bearer, basic = _Bearer("Bearer"), HTTPBasicAuth()
    bearer.verify_token(authenticator.bearer)
    bearer.error_handler(_refuse)
    basic.verify_password(authenticator.basic)
    either = _BearerOrBasic(bearer, basic)
    identify: Callable[[], Principal] = either.login_required(either.current_user)

    def principal() -> Principal:
        if request.method == "OPTIONS":
            # Flask-HTTPAuth lets it pass unasked.
            return authenticator.principal(request.headers.get("Authorization"))
        return identify()

    return principal


def _refuse(_status: int) -> NoReturn:
    """Answer a request that holds no token at all, through the error handler of the blueprint."""
    raise anonymous()
