"""The table of what is to be sent."""

import sqlalchemy as sa

from scim_server.store.tables import Text, metadata

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", Text, primary_key=True),
    sa.Column("tenant", Text, sa.ForeignKey("tenants.id", ondelete="CASCADE")),
    sa.Column("kind", Text, nullable=False),
    sa.Column("recipient", Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("created", Text, nullable=False),
    sa.Column("due", Text),
    sa.Column("expires", Text, nullable=False),
    sa.Column("claim", Text),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("sent", Text),
    sa.Column("failed", Text),
    sa.Index("ix_outbox_due", "due"),
    sa.Index("ix_outbox_tenant", "tenant"),
)
"""One row for each mail; ids sort by time.

``due`` is when it is tried next, null once it was ``sent`` or has ``failed`` for good (after ``expires``). Whoever
delivers it writes a ``claim`` of its own and puts ``due`` off by a lease, so that it is due again if its worker dies.

A worker looks for what is due in all tenants at once, and some mail belongs to none, so the key does not begin with the
tenant. ``text`` is blank once it was sent.
"""
