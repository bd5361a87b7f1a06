"""OAuth 2.0 client credentials with a signed JWT, as the IPSIE profile asks."""

import hmac
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, OKPKey, RSAKey

from scim_server.connections.auth import Authenticator
from scim_server.connections.errors import AdministrationError
from scim_server.connections.oauth import oauth_blueprint
from scim_server.connections.oauth_clients import public_keys, register_client, revoke_client
from scim_server.connections.refusals import NotAuthenticated
from scim_server.connections.token_format import TokenText
from scim_server.db import Database
from scim_server.settings import Settings

ISSUER = "https://scim.example.org"
ENDPOINT = f"{ISSUER}/oauth/token"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
KEY = ECKey.generate_key("P-256", {"kid": "2026"})
OTHER_KEY = ECKey.generate_key("P-256", {"kid": "2026"})


def jwks(*keys: Any) -> str:
    return json.dumps(KeySet(list(keys)).as_dict(private=False))


def signed(
    client_id: str, key: Any = KEY, algorithm: str = "ES256", header: dict[str, str] | None = None, **changes: Any
) -> str:
    now = int(time.time())
    claims = {"iss": client_id, "sub": client_id, "aud": ENDPOINT, "exp": now + 300, "iat": now, "jti": uuid4().hex}
    claims = {name: value for name, value in (claims | changes).items() if value is not None}
    protected = {"alg": algorithm, "kid": "2026"} if header is None else header
    return jwt.encode(protected, claims, key, algorithms=[algorithm])


@pytest.fixture
def register(school: Database) -> Callable[..., str]:
    """Register a client of the school, with the key of the tests unless another is given."""

    def registered(**values: Any) -> str:
        values = {"name": "Entra ID", "jwks": jwks(KEY)} | values
        return school.run(lambda transaction: register_client(transaction, "GB001", **values), writing=True)

    return registered


@pytest.fixture
def http(school: Database) -> FlaskClient:
    """Return a client of the token endpoint."""
    app = Flask("test")
    app.register_blueprint(oauth_blueprint(Settings(base_url=ISSUER), school))
    # Plain HTTP, as behind a proxy that takes the TLS off.
    return app.test_client()


@pytest.fixture
def ask(http: FlaskClient) -> Callable[..., Any]:
    """Ask for an access token with a JWT."""

    def asked(assertion: str | None, **changes: Any) -> Any:
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion,
        } | changes
        return http.post("/oauth/token", data={name: value for name, value in form.items() if value is not None})

    return asked


@pytest.mark.parametrize("audience", [ENDPOINT, ISSUER, [ISSUER, "https://elsewhere.example"]])
def test_a_signed_jwt_gets_an_access_token_for_ten_minutes(
    school: Database, register: Callable[..., str], ask: Callable[..., Any], audience: str | list[str]
) -> None:
    with time_machine.travel(datetime(2026, 9, 1, 8, tzinfo=UTC), tick=False) as clock:
        answer = ask(signed(register(profile="entra"), aud=audience))
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
        assert (answer.json["token_type"], answer.json["expires_in"], answer.json["scope"]) == ("Bearer", 600, "scim")
        authenticator, authorization = Authenticator(school), f"Bearer {answer.json['access_token']}"
        principal = authenticator.principal(authorization)
        assert (principal.name, principal.tenant, principal.profile) == ("Entra ID", "GB001", "entra")
        assert principal.scopes == {"scim"}
        clock.shift(timedelta(minutes=10))
        with pytest.raises(NotAuthenticated, match="expired"):
            authenticator.principal(authorization)


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        (RSAKey.generate_key(2048, {"kid": "2026"}), "RS256"),
        (RSAKey.generate_key(2048, {"kid": "2026"}), "PS256"),
        (OKPKey.generate_key("Ed25519", {"kid": "2026"}), "Ed25519"),
    ],
)
def test_every_announced_kind_of_key_is_accepted(
    register: Callable[..., str], ask: Callable[..., Any], key: Any, algorithm: str
) -> None:
    assert ask(signed(register(jwks=jwks(key)), key, algorithm)).status_code == 200


def test_a_jwt_that_names_no_key_is_checked_with_the_only_one(
    register: Callable[..., str], ask: Callable[..., Any]
) -> None:
    key = ECKey.generate_key("P-256")
    client_id = register(jwks=json.dumps({"keys": [key.as_dict(private=False)]}))
    assert ask(signed(client_id, key, header={"alg": "ES256"})).status_code == 200


def test_a_jwt_is_good_for_one_access_token(register: Callable[..., str], ask: Callable[..., Any]) -> None:
    assertion = signed(register())
    assert ask(assertion).status_code == 200
    again = ask(assertion)
    assert (again.status_code, again.json["error"]) == (400, "invalid_client")


def test_the_ids_of_expired_jwts_are_forgotten(
    school: Database, register: Callable[..., str], ask: Callable[..., Any]
) -> None:
    client_id = register()
    with time_machine.travel(datetime(2026, 9, 1, 8, tzinfo=UTC), tick=False) as clock:
        ask(signed(client_id, jti="first"))
        clock.shift(timedelta(minutes=8))
        assert ask(signed(client_id, jti="second")).status_code == 200
    with school.read() as transaction:
        left = transaction.connection.exec_driver_sql("SELECT count(*) FROM oauth_assertions").scalar()
        tokens = transaction.connection.exec_driver_sql("SELECT count(*) FROM tokens").scalar()
    assert (left, tokens) == (1, 2)


WRONG_CLAIMS: list[dict[str, Any]] = [
    {"aud": "https://elsewhere.example/oauth/token"},
    {"aud": None},
    {"exp": 1},
    {"exp": None},
    {"exp": int(time.time()) + 10**6},
    {"exp": 10**400},
    {"exp": "soon"},
    {"nbf": int(time.time()) + 10**6},
    {"jti": None},
    {"jti": 7},
    {"iss": "somebody"},
    {"iss": None},
    {"sub": None},
    {"sub": 7},
    {"sub": "no\0body"},
]


def test_a_jwt_with_a_wrong_claim_proves_nothing(
    register: Callable[..., str], ask: Callable[..., Any], subtests: pytest.Subtests
) -> None:
    client_id = register()
    for claims in WRONG_CLAIMS:
        with subtests.test(claims=claims):
            answer = ask(signed(client_id, **claims))
            assert (answer.status_code, answer.json["error"]) == (400, "invalid_client")


def test_a_jwt_signed_with_another_key_proves_nothing(register: Callable[..., str], ask: Callable[..., Any]) -> None:
    assert ask(signed(register(), OTHER_KEY)).json["error"] == "invalid_client"


def test_a_jwt_signed_with_the_public_key_as_a_secret_proves_nothing(
    register: Callable[..., str], ask: Callable[..., Any]
) -> None:
    head, body, _ = signed(register(), header={"alg": "ES256", "kid": "2026"}).split(".")
    head = urlsafe_b64encode(b'{"alg":"HS256","kid":"2026"}').rstrip(b"=").decode()
    mac = hmac.digest(KEY.as_pem(private=False), f"{head}.{body}".encode(), "sha256")
    forged = f"{head}.{body}.{urlsafe_b64encode(mac).rstrip(b'=').decode()}"
    assert ask(forged).json["error"] == "invalid_client"


def test_a_jwt_that_nobody_signed_proves_nothing(register: Callable[..., str], ask: Callable[..., Any]) -> None:
    _, body, _ = signed(register()).split(".")
    head = urlsafe_b64encode(b'{"alg":"none","kid":"2026"}').rstrip(b"=").decode()
    assert ask(f"{head}.{body}.").json["error"] == "invalid_client"


GARBAGE = ["", "x", "a.b.c", "..", "\0", '"\\', "é" * 30, "e30.e30.e30", "W10.W10.W10", "A" * 100_000, "[" * 9000, None]


def test_garbage_in_place_of_a_jwt_is_refused_in_the_words_of_oauth(
    http: FlaskClient, ask: Callable[..., Any], subtests: pytest.Subtests
) -> None:
    for assertion in GARBAGE:
        with subtests.test(assertion=assertion):
            answer = ask(assertion)
            assert (answer.status_code, answer.json["error"]) == (400, "invalid_client")


OTHER_REQUESTS: list[tuple[dict[str, Any], str]] = [
    ({"grant_type": None}, "unsupported_grant_type"),
    ({"grant_type": 'a"b\\'}, "unsupported_grant_type"),
    ({"grant_type": "password"}, "unsupported_grant_type"),
    ({"client_assertion_type": "other"}, "invalid_client"),
    ({"scope": "scim:admin"}, "invalid_scope"),
    ({"scope": 'é"'}, "invalid_scope"),
    ({"grant_type": ["client_credentials", "client_credentials"]}, "invalid_request"),
]


def test_other_requests_are_refused_with_their_own_errors(
    register: Callable[..., str], ask: Callable[..., Any], subtests: pytest.Subtests
) -> None:
    client_id = register()
    for changes, error in OTHER_REQUESTS:
        with subtests.test(changes=changes):
            answer = ask(signed(client_id), **changes)
            assert (answer.status_code, answer.json["error"]) == (400, error)


def test_a_client_may_ask_for_less_than_it_may_do_but_not_for_more(
    school: Database, register: Callable[..., str], ask: Callable[..., Any]
) -> None:
    client_id = register(scopes=["scim:read"])
    answer = ask(signed(client_id), scope="scim:read:User")
    assert Authenticator(school).bearer(answer.json["access_token"]).scopes == {"scim:read:User"}
    assert ask(signed(client_id), scope="scim:read scim:write").json["error"] == "invalid_scope"


def test_a_revoked_client_loses_its_access_tokens_at_once_and_gets_no_more(
    school: Database, register: Callable[..., str], ask: Callable[..., Any]
) -> None:
    client_id = register()
    token = ask(signed(client_id)).json["access_token"]
    assert school.run(lambda transaction: revoke_client(transaction, client_id), writing=True)
    with pytest.raises(NotAuthenticated, match="revoked"):
        Authenticator(school).bearer(token)
    assert ask(signed(client_id)).json["error"] == "invalid_client"


@pytest.mark.parametrize("secret", [KEY, OctKey.generate_key(256)])
def test_a_secret_key_is_never_registered(secret: Any) -> None:
    with pytest.raises(AdministrationError, match="public keys only"):
        public_keys(json.dumps({"keys": [secret.as_dict(private=True)]}))


@pytest.mark.parametrize(
    "text", ["", "x", "[]", "1", '"x"', "{}", '{"keys": []}', '{"keys": 1}', '{"keys": [1]}', "[" * 90_000]
)
def test_a_file_that_is_no_jwk_set_is_refused(text: str) -> None:
    with pytest.raises(AdministrationError, match="no JWK Set"):
        public_keys(text)


@pytest.mark.filterwarnings("ignore:Key size should be")
def test_a_short_rsa_key_is_refused() -> None:
    with pytest.raises(AdministrationError, match="2048 bits"):
        public_keys(jwks(RSAKey.generate_key(1024)))


def test_one_key_needs_no_set() -> None:
    assert len(public_keys(json.dumps(KEY.as_dict(private=False))).keys) == 1


def test_a_client_and_a_token_cannot_share_a_name(
    register: Callable[..., str], issue: Callable[..., TokenText]
) -> None:
    issue(name="Okta")
    with pytest.raises(AdministrationError, match="already has a connection named Okta"):
        register(name="Okta")


def test_the_metadata_say_truly_how_to_get_a_token(
    http: FlaskClient, register: Callable[..., str], ask: Callable[..., Any]
) -> None:
    told: Any = http.get("/.well-known/oauth-authorization-server").json
    AuthorizationServerMetadata(told).validate()
    assert told["token_endpoint"] == ENDPOINT
    assert told["grant_types_supported"] == ["client_credentials"]
    assert told["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]
    assert "scim" in told["scopes_supported"]


def test_the_metadata_of_an_issuer_with_a_path_lie_under_that_path_too(school: Database) -> None:
    app = Flask("test")
    app.register_blueprint(oauth_blueprint(Settings(base_url="https://example.org/scim-server"), school))
    told: Any = app.test_client().get("/.well-known/oauth-authorization-server/scim-server")
    assert told.json["issuer"] == "https://example.org/scim-server"


def test_no_token_is_given_over_a_public_address_without_tls(school: Database, register: Callable[..., str]) -> None:
    app = Flask("test")
    app.register_blueprint(oauth_blueprint(Settings(base_url="http://scim.example.org"), school))
    answer: Any = app.test_client().post("/oauth/token", data={"grant_type": "client_credentials"})
    assert (answer.status_code, answer.json["error"]) == (400, "insecure_transport")


def test_credentials_in_the_address_are_not_read(register: Callable[..., str], http: FlaskClient) -> None:
    query = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION_TYPE}
    answer: Any = http.post("/oauth/token", query_string=query | {"client_assertion": signed(register())})
    assert answer.json["error"] == "unsupported_grant_type"
