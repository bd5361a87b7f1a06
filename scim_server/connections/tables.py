"""The tables of identity providers' access. All but the administrators go with their tenant."""

import sqlalchemy as sa

from scim_server.store.tables import Text, metadata


def _of_connection() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant", "connection_id"], ["connections.tenant", "connections.id"], ondelete="CASCADE"
    )


connections = sa.Table(
    "connections",
    metadata,
    sa.Column("tenant", Text, sa.ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("id", Text, primary_key=True),
    sa.Column("name", Text, nullable=False),
    sa.Column("profile", Text, nullable=False),
    sa.Column("scopes", Text, nullable=False),
    sa.Column("created", Text, nullable=False),
    sa.Column("person", Text),
    sa.Index("ux_connections_name", "tenant", "name", unique=True),
)
"""One identity provider's access to a tenant, or that of the User whose id is ``person``.

The scopes are separated by spaces.
"""

tokens = sa.Table(
    "tokens",
    metadata,
    sa.Column("id", Text, primary_key=True),
    sa.Column("tenant", Text, nullable=False),
    sa.Column("connection_id", Text, nullable=False),
    sa.Column("kind", Text, nullable=False),
    sa.Column("secret_hash", Text, nullable=False),
    sa.Column("scopes", Text),
    sa.Column("created", Text, nullable=False),
    sa.Column("expires", Text, nullable=False),
    sa.Column("revoked", Text),
    sa.Column("last_used", Text),
    _of_connection(),
    sa.Index("ix_tokens_connection_id", "tenant", "connection_id"),
)
"""Bearer tokens (``bearer``) and OAuth access tokens (``oauth``), each as the hash of its secret.

The key is the public part of the token alone: a request names no tenant before its token is found, so on a database
sharded by tenant this is a reference table. ``scopes`` is null, or narrows the connection's.
"""

oauth_clients = sa.Table(
    "oauth_clients",
    metadata,
    sa.Column("id", Text, primary_key=True),
    sa.Column("tenant", Text, nullable=False),
    sa.Column("connection_id", Text, nullable=False),
    sa.Column("jwks", sa.Text, nullable=False),
    sa.Column("created", Text, nullable=False),
    sa.Column("revoked", Text),
    _of_connection(),
    sa.Index("ix_oauth_clients_connection_id", "tenant", "connection_id"),
)
"""Clients that prove themselves by JWTs signed with one of the keys in ``jwks`` (RFC 7523 §2.2)."""

oauth_assertions = sa.Table(
    "oauth_assertions",
    metadata,
    sa.Column("client_id", Text, sa.ForeignKey("oauth_clients.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("jti_hash", Text, primary_key=True),
    sa.Column("expires", Text, nullable=False),
)
"""The ids of the JWTs that clients have used, until those expire: each is good for one access token."""

rate_buckets = sa.Table(
    "rate_buckets",
    metadata,
    sa.Column("tenant", Text, primary_key=True),
    sa.Column("connection_id", Text, primary_key=True),
    sa.Column("tokens", sa.Double, nullable=False),
    sa.Column("updated", sa.Double, nullable=False),
    sa.Column("leases", sa.Text, nullable=False),
    _of_connection(),
)
"""The token bucket of a connection: requests left at a moment (seconds since 1970), and what processes hold of it.

``leases`` is a JSON object ``{process: [requests, expiry]}``.
"""

administrators = sa.Table(
    "administrators",
    metadata,
    sa.Column("name", Text, primary_key=True),
    sa.Column("password_hash", Text, nullable=False),
    sa.Column("created", Text, nullable=False),
)
"""People of the platform who may do everything in every tenant."""
