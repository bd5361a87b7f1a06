"""How an OAuth client proves who it is: by a JWT that it signs with its own key (RFC 7523 §2.2 and §3)."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from authlib.oauth2.rfc6749 import ClientMixin, InvalidClientError, OAuth2Request
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from scim_server.connections.oauth_clients import ClientRecord, find_client, public_keys, use_assertion
from scim_server.connections.scopes import covers
from scim_server.db import Database

AUTH_METHOD = "private_key_jwt"
GRANT_TYPE = "client_credentials"
#: Asymmetric ones only: the server keeps no secret of a client.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519"]
#: How far in the future a client's JWT may expire: its id is remembered for so long.
MAX_LIFETIME = timedelta(hours=1)
CLOCK_SKEW = timedelta(seconds=60)
_MAX_LENGTH = 16_384


class Client(ClientMixin):  # type: ignore[misc]
    """A registered client as Authlib asks for it."""

    def __init__(self, record: ClientRecord) -> None:
        """Answer for what is registered."""
        self.record = record

    def check_endpoint_auth_method(self, method: str, _endpoint: str) -> bool:
        """Tell whether the client may prove itself in a way."""
        return method == AUTH_METHOD

    def check_grant_type(self, grant_type: str) -> bool:
        """Tell whether the client may use a grant."""
        return grant_type == GRANT_TYPE

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """Return what is granted: what is asked for, or everything the connection may do; None refuses."""
        wanted = sorted(set((scope or "").split())) or sorted(self.record.scopes)
        return " ".join(wanted) if all(covers(self.record.scopes, each) for each in wanted) else None


def client_finder(database: Database) -> Callable[[str], Client | None]:
    """Return the function that finds a client by its id, unless it has been revoked."""

    def find(client_id: str) -> Client | None:
        if not client_id.isalnum():
            return None
        record = database.run(lambda reading: find_client(reading, client_id), writing=False)
        return None if record is None else Client(record)

    return find


class ClientAssertion(JWTBearerClientAssertion):  # type: ignore[misc]
    """Checks the JWT of a client: its signature, claims and age, and that it has not been used before."""

    CLIENT_AUTH_METHOD = AUTH_METHOD

    def __init__(self, database: Database, audiences: list[str]) -> None:
        """Accept JWTs made for one of the audiences."""
        super().__init__(leeway=int(CLOCK_SKEW.total_seconds()))
        self._database = database
        self._audiences = audiences

    def __call__(self, query_client: Callable[[str], Client | None], request: OAuth2Request) -> Client | None:
        """Return the client, or None when the request holds no JWT.

        :raises InvalidClientError: When the JWT proves nothing; the reason never repeats what the client sent.
        """
        if len(request.form.get("client_assertion", "")) > _MAX_LENGTH:
            raise InvalidClientError("The client assertion is too long.")
        try:
            client: Client | None = super().__call__(query_client, request)
        except (ValueError, TypeError, ArithmeticError, RecursionError):
            raise InvalidClientError("The client assertion is not a JWT.") from None
        return client

    def get_audiences(self) -> list[str]:
        """Return the names under which clients may address this server."""
        return self._audiences

    def resolve_client_public_key(self, client: Client) -> KeySet:
        """Return the keys of a client."""
        return public_keys(client.record.jwks)

    def process_assertion_claims(self, assertion: str, resolve_key: KeySet) -> dict[str, Any]:
        """Return the claims of a JWT signed with an accepted algorithm by a key of the client.

        :raises InvalidClientError: When it is not, or a claim is not as it must be.
        """
        try:
            claims = jwt.decode(assertion, resolve_key, algorithms=ALGORITHMS).claims
        except JoseError:
            raise InvalidClientError(
                "The JWT is not signed by a key of the client, named in its header as kid."
            ) from None
        self.verify_claims(claims)
        return claims

    def validate_jti(self, claims: Mapping[str, Any], jti: str) -> bool:
        """Tell whether a JWT is used for the first time, which uses it up.

        :raises InvalidClientError: When the JWT lives longer than its id is remembered.
        """
        expires = datetime.fromtimestamp(claims["exp"], UTC)
        if expires > datetime.now(UTC) + MAX_LIFETIME + CLOCK_SKEW:
            raise InvalidClientError("The JWT may expire in one hour at most.")
        return self._database.run(
            lambda transaction: use_assertion(transaction, claims["sub"], jti, expires + 2 * CLOCK_SKEW), writing=True
        )
