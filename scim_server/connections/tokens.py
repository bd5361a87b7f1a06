"""Issue, list, rotate and revoke the tokens of connections. A token is shown once; only its hash is kept."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from scim_server.connections.errors import AdministrationError
from scim_server.connections.register import open_connection
from scim_server.connections.tables import connections, tokens
from scim_server.connections.token_format import TokenText, new_token
from scim_server.db import Database, Transaction
from scim_server.store.documents import comparison_text, utc_text
from scim_server.store.tables import resources

DEFAULT_LIFETIME = timedelta(days=365)
DEFAULT_OVERLAP = timedelta(days=7)
ACCESS_TOKEN_LIFETIME = timedelta(minutes=10)
DEFAULT_SCOPES = ("scim:read", "scim:write")
#: How fresh the time of last use is kept: a token costs one write in this time, however often it is used.
USE_NOTED_EVERY = timedelta(minutes=1)

_t, _c = tokens.c, connections.c
_JOINED = sa.join(tokens, connections, sa.and_(_c.tenant == _t.tenant, _c.id == _t.connection_id))
_NOTE_USE = (
    sa.update(tokens)
    .where(_t.id == sa.bindparam("token"), sa.or_(_t.last_used.is_(None), _t.last_used <= sa.bindparam("before")))
    .values(last_used=sa.bindparam("now"))
)


@dataclass(frozen=True, slots=True)
class TokenRecord:
    """What is known of a token, without its secret."""

    id: str
    tenant: str
    name: str
    profile: str
    scopes: list[str]
    created: str
    expires: str
    revoked: str | None
    last_used: str | None
    connection_id: str
    person: str | None


def issue_token(
    transaction: Transaction,
    tenant: str,
    *,
    name: str,
    profile: str = "default",
    scopes: Sequence[str] = DEFAULT_SCOPES,
    lifetime: timedelta = DEFAULT_LIFETIME,
    person: str | None = None,
) -> TokenText:
    """Open a connection and return its first token, whose text is not seen again.

    :param person: The id of the User who acts with the token, or None for an identity provider.
    :raises AdministrationError: When the tenant does not exist, the name is in use, or a value has a wrong form.
    """
    connection_id = open_connection(transaction, tenant, name=name, profile=profile, scopes=list(scopes), person=person)
    return _add_token(transaction, tenant, connection_id, lifetime)


def issue_access_token(
    transaction: Transaction, tenant: str, connection_id: str, token: TokenText, *, scopes: str
) -> None:
    """Keep an OAuth access token, and forget those of the connection that have expired."""
    now = datetime.now(UTC)
    transaction.execute(
        sa.delete(tokens).where(
            _t.tenant == tenant, _t.connection_id == connection_id, _t.kind == "oauth", _t.expires <= utc_text(now)
        )
    )
    row = _row(token, tenant, connection_id, now, ACCESS_TOKEN_LIFETIME)
    transaction.execute(sa.insert(tokens), row | {"kind": "oauth", "scopes": scopes})


def list_tokens(transaction: Transaction, tenant: str | None = None) -> list[TokenRecord]:
    """Return the bearer tokens of a tenant, or of all, in the order in which they were issued."""
    statement = (
        sa.select(
            _t.id,
            _t.tenant,
            _c.name,
            _c.profile,
            _c.scopes,
            _t.created,
            _t.expires,
            _t.revoked,
            _t.last_used,
            _t.connection_id,
            _c.person,
        )
        .select_from(_JOINED)
        .where(_t.kind == "bearer")
        .order_by(_t.tenant, _t.created, _t.id)
    )
    if tenant is not None:
        statement = statement.where(_t.tenant == tenant)
    rows = transaction.execute(statement).mappings()
    return [TokenRecord(**{**row, "scopes": row["scopes"].split()}) for row in rows]


def rotate_token(
    transaction: Transaction,
    token_id: str,
    *,
    overlap: timedelta = DEFAULT_OVERLAP,
    lifetime: timedelta = DEFAULT_LIFETIME,
) -> TokenText:
    """Return a new token for the same connection; the old one stays valid for the overlap at most.

    :raises AdministrationError: When there is no such token, or it has been revoked.
    """
    found = transaction.execute(
        sa.select(_t.tenant, _t.connection_id, _t.expires, _t.revoked)
        .where(_t.id == token_id, _t.kind == "bearer")
        .with_for_update()
    ).first()
    if found is None:
        raise _unknown(token_id)
    if found.revoked is not None:
        raise AdministrationError(f"Token {token_id} has been revoked: create a new one with scim-server token create.")
    expires = min(found.expires, utc_text(datetime.now(UTC) + overlap))
    transaction.execute(sa.update(tokens).where(_t.id == token_id).values(expires=expires))
    return _add_token(transaction, found.tenant, found.connection_id, lifetime)


def revoke_token(transaction: Transaction, token_id: str) -> None:
    """Make a token useless from the next request on, in every process; one revoked before stays as it is.

    :raises AdministrationError: When there is no such token.
    """
    if transaction.execute(sa.select(_t.id).where(_t.id == token_id)).first() is None:
        raise _unknown(token_id)
    revoke_where(transaction, _t.id == token_id)


def revoke_where(transaction: Transaction, condition: sa.ColumnElement[bool]) -> None:
    """Revoke the tokens that meet a condition on their table."""
    now = utc_text(datetime.now(UTC))
    transaction.execute(sa.update(tokens).where(condition, _t.revoked.is_(None)).values(revoked=now))


def revoke_tokens_of_person(transaction: Transaction, tenant: str, user_id: str) -> None:
    """Revoke the personal access tokens with which somebody acts as a User."""
    theirs = sa.select(connections.c.id).where(connections.c.tenant == tenant, connections.c.person == user_id)
    revoke_where(transaction, sa.and_(_t.tenant == tenant, _t.connection_id.in_(theirs)))


def note_use(database: Database, token_id: str, now: datetime) -> None:
    """Write when a token was last used, unless somebody did within the minute; failing harms nothing."""
    moments = {"token": token_id, "now": utc_text(now), "before": utc_text(now - USE_NOTED_EVERY)}
    with suppress(SQLAlchemyError), database.write() as transaction:
        transaction.execute(_NOTE_USE, moments)


def user_id(transaction: Transaction, tenant: str, user_name: str) -> str:
    """Return the id of the user of a userName.

    :raises AdministrationError: When the tenant has no such user.
    """
    found = transaction.execute(
        sa.select(resources.c.id).where(
            resources.c.tenant == tenant,
            resources.c.resource_type == "User",
            resources.c.unique_key == comparison_text(user_name, case_exact=False),
        )
    ).scalar()
    if found is None:
        raise AdministrationError(f"Tenant {tenant} has no user {user_name}.")
    return str(found)


def _add_token(transaction: Transaction, tenant: str, connection_id: str, lifetime: timedelta) -> TokenText:
    token = new_token()
    transaction.execute(sa.insert(tokens), _row(token, tenant, connection_id, datetime.now(UTC), lifetime))
    return token


def _row(token: TokenText, tenant: str, connection_id: str, now: datetime, lifetime: timedelta) -> dict[str, Any]:
    try:
        expires = utc_text(now + lifetime)
    except OverflowError:
        raise AdministrationError("That lies too far in the future; a token may last 365d, for example.") from None
    return {
        "id": token.id,
        "tenant": tenant,
        "connection_id": connection_id,
        "kind": "bearer",
        "secret_hash": token.secret_hash,
        "created": utc_text(now),
        "expires": expires,
    }


def _unknown(token_id: str) -> AdministrationError:
    return AdministrationError(f"There is no token {token_id}; scim-server token list shows all.")
