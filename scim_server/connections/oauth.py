"""OAuth 2.0 client credentials (RFC 6749 §4.4) with metadata (RFC 8414), as the IPSIE profile of SCIM asks.

A client proves itself by a signed JWT and gets an opaque access token for ten minutes. That token is a row like any
other token's, so it is looked up in the same way and can be revoked at once.
"""

from collections.abc import Mapping
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import ClientCredentialsGrant, InvalidRequestError, OAuth2Request
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata, get_well_known_url
from flask import Blueprint, Response, jsonify, request
from werkzeug.datastructures import MultiDict

from scim_server.connections.client_assertion import ALGORITHMS, AUTH_METHOD, GRANT_TYPE, ClientAssertion, client_finder
from scim_server.connections.scopes import BASIC_SCOPES
from scim_server.connections.token_format import new_token, read_token
from scim_server.connections.tokens import ACCESS_TOKEN_LIFETIME, issue_access_token
from scim_server.db import Database
from scim_server.settings import Settings

TOKEN_PATH = "/oauth/token"  # noqa: S105 - a path
METADATA_PATH = "/.well-known/oauth-authorization-server"


class _Grant(ClientCredentialsGrant):  # type: ignore[misc]
    """Client credentials, proved by a signed JWT."""

    TOKEN_ENDPOINT_AUTH_METHODS = (AUTH_METHOD,)


class _TokenRequest(OAuth2Request):  # type: ignore[misc]
    """A token request: the form in its body, under the public address that a proxy before this server may hide."""

    def __init__(self, uri: str, form: MultiDict[str, str]) -> None:
        super().__init__("POST", uri)
        if any(len(values) > 1 for values in form.listvalues()):
            raise InvalidRequestError("A parameter may be sent once only.")
        self.payload = BasicOAuth2Payload(form.to_dict())

    @property
    def form(self) -> Any:
        return self.payload.data


class _Server(AuthorizationServer):  # type: ignore[misc]
    """The authorization server of one installation."""

    def __init__(self, settings: Settings, database: Database) -> None:
        super().__init__(query_client=client_finder(database), save_token=self._keep)
        self._database = database
        self.issuer = settings.base_url
        self.token_endpoint = f"{settings.base_url}{TOKEN_PATH}"
        lifetime = int(ACCESS_TOKEN_LIFETIME.total_seconds())
        generator = BearerTokenGenerator(lambda **_: new_token().text, expires_generator=lifetime)
        self.register_token_generator("default", generator)
        self.register_client_auth_method(AUTH_METHOD, ClientAssertion(database, [self.token_endpoint, self.issuer]))
        self.register_grant(_Grant)

    def create_oauth2_request(self, _request: Any) -> OAuth2Request:
        return _TokenRequest(self.token_endpoint, request.form)

    def answer(self) -> Response:
        """Answer the current token request (RFC 6749 §5)."""
        try:
            response: Response = self.create_token_response()
        except OAuth2Error as error:
            # Raised before Authlib looks for errors: by the request itself.
            response = self.handle_error_response(None, error)
        return response

    def _keep(self, token: Mapping[str, Any], token_request: OAuth2Request) -> None:
        record, made = token_request.client.record, read_token(token["access_token"])
        assert made is not None
        self._database.run(
            lambda transaction: issue_access_token(
                transaction, record.tenant, record.connection_id, made, scopes=token["scope"]
            ),
            writing=True,
        )

    def metadata(self) -> AuthorizationServerMetadata:
        """Return what clients may know of this server (RFC 8414 §2)."""
        return AuthorizationServerMetadata(
            issuer=self.issuer,
            token_endpoint=self.token_endpoint,
            grant_types_supported=[GRANT_TYPE],
            # Required, and never empty (RFC 8414 §2, §3.2); there is no authorization endpoint.
            response_types_supported=["none"],
            scopes_supported=list(BASIC_SCOPES),
            token_endpoint_auth_methods_supported=[AUTH_METHOD],
            token_endpoint_auth_signing_alg_values_supported=ALGORITHMS,
        )


def oauth_blueprint(settings: Settings, database: Database) -> Blueprint:
    """Return the blueprint of the token endpoint and of the server's metadata."""
    blueprint = Blueprint("oauth", __name__)
    server = _Server(settings, database)
    blueprint.add_url_rule(TOKEN_PATH, "token", server.answer, methods=["POST"])
    # An issuer with a path is described under that path (RFC 8414 §3.1), before which a proxy may put it.
    for path in sorted({METADATA_PATH, get_well_known_url(settings.base_url)}):
        blueprint.add_url_rule(path, f"metadata_{len(path)}", lambda: jsonify(server.metadata()))
    return blueprint
