"""OAuth clients: a connection that proves itself by its own key, and what it has used of its proofs."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OctKey, RSAKey

from scim_server.connections.errors import AdministrationError
from scim_server.connections.register import open_connection
from scim_server.connections.scopes import EVERYTHING, read_scopes
from scim_server.connections.tables import connections, oauth_assertions, oauth_clients, tokens
from scim_server.connections.token_format import new_id
from scim_server.connections.tokens import revoke_where
from scim_server.db import Transaction
from scim_server.store.conflicts import insert
from scim_server.store.documents import utc_text

MIN_RSA_BITS = 2048
_o, _c, _a = oauth_clients.c, connections.c, oauth_assertions.c
_JOINED = sa.join(oauth_clients, connections, sa.and_(_c.tenant == _o.tenant, _c.id == _o.connection_id))


@dataclass(frozen=True, slots=True)
class ClientRecord:
    """An OAuth client and the connection it opens."""

    id: str
    tenant: str
    connection_id: str
    name: str
    profile: str
    scopes: frozenset[str]
    created: str
    revoked: str | None
    jwks: str


def register_client(
    transaction: Transaction,
    tenant: str,
    *,
    name: str,
    jwks: str,
    profile: str = "default",
    scopes: Sequence[str] = (EVERYTHING,),
) -> str:
    """Open a connection for a client with the public keys of a JWK Set (RFC 7517), and return the client's id.

    :raises AdministrationError: When the tenant does not exist, the name is in use, or a value has a wrong form.
    """
    keys = public_keys(jwks)
    connection_id = open_connection(transaction, tenant, name=name, profile=profile, scopes=list(scopes))
    client_id = new_id()
    values = {
        "id": client_id,
        "tenant": tenant,
        "connection_id": connection_id,
        "jwks": json.dumps(keys.as_dict(private=False)),
        "created": utc_text(datetime.now(UTC)),
    }
    transaction.execute(sa.insert(oauth_clients), values)
    return client_id


def public_keys(jwks: str) -> KeySet:
    """Return the keys of a JWK Set.

    :raises AdministrationError: When it is none, or a key is private, shared or too short.
    """
    try:
        document: Any = json.loads(jwks)
        listed = document.get("keys", [document])
        keys = KeySet.import_key_set({"keys": listed})
        assert keys.keys
    except (ValueError, TypeError, AttributeError, AssertionError, RecursionError, JoseError):
        raise AdministrationError('The file holds no JWK Set, such as {"keys": [{"kty": "RSA", …}]}.') from None
    for key in keys.keys:
        if isinstance(key, OctKey) or key.is_private:
            raise AdministrationError("The JWK Set holds a secret: send the client's public keys only.")
        if isinstance(key, RSAKey) and key.public_key.key_size < MIN_RSA_BITS:
            raise AdministrationError(f"An RSA key must have {MIN_RSA_BITS} bits at least.")
    return keys


def list_clients(transaction: Transaction, tenant: str | None = None) -> list[ClientRecord]:
    """Return the clients of a tenant, or of all, in the order in which they were registered."""
    statement = _select().order_by(_o.tenant, _o.created, _o.id)
    if tenant is not None:
        statement = statement.where(_o.tenant == tenant)
    return [_record(row) for row in transaction.execute(statement).mappings()]


def find_client(transaction: Transaction, client_id: str) -> ClientRecord | None:
    """Return a client that has not been revoked, or None."""
    row = transaction.execute(_select().where(_o.id == client_id, _o.revoked.is_(None))).mappings().first()
    return None if row is None else _record(row)


def revoke_client(transaction: Transaction, client_id: str) -> bool:
    """Revoke a client with its access tokens, from the next request on, and tell whether there was one."""
    found = transaction.execute(sa.select(_o.tenant, _o.connection_id).where(_o.id == client_id)).first()
    if found is None:
        return False
    now = utc_text(datetime.now(UTC))
    transaction.execute(sa.update(oauth_clients).where(_o.id == client_id, _o.revoked.is_(None)).values(revoked=now))
    revoke_where(transaction, sa.and_(tokens.c.tenant == found.tenant, tokens.c.connection_id == found.connection_id))
    return True


def use_assertion(transaction: Transaction, client_id: str, jwt_id: str, expires: datetime) -> bool:
    """Note that a client used a JWT, and tell whether it had not before (RFC 7523 §3, ``jti``)."""
    now = utc_text(datetime.now(UTC))
    transaction.execute(sa.delete(oauth_assertions).where(_a.client_id == client_id, _a.expires <= now))
    values = {
        "client_id": client_id,
        "jti_hash": sha256(jwt_id.encode("utf-8", "surrogatepass")).hexdigest(),
        "expires": utc_text(expires),
    }
    adding = insert(oauth_assertions).values(values).on_conflict_do_nothing().returning(_a.client_id)
    return transaction.execute(adding).first() is not None


def _select() -> sa.Select[Any]:
    return sa.select(
        _o.id, _o.tenant, _o.connection_id, _c.name, _c.profile, _c.scopes, _o.created, _o.revoked, _o.jwks
    ).select_from(_JOINED)


def _record(row: sa.RowMapping) -> ClientRecord:
    return ClientRecord(**{**row, "scopes": read_scopes(row["scopes"])})
