"""The tables of the safety brake. They go with their tenant."""

import sqlalchemy as sa

from scim_server.store.tables import Text, metadata

brakes = sa.Table(
    "mycambridge_brakes",
    metadata,
    sa.Column("tenant", Text, sa.ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("connection", Text, primary_key=True),
    sa.Column("mode", Text),
    sa.Column("journalled", Text),
)
"""A connection that ended somebody's access, or whose mode was chosen; without a mode the client profile decides.

Whoever counts locks the row, so that processes count one after another. ``journalled`` is when a refusal was journalled
last.
"""

brake_events = sa.Table(
    "mycambridge_brake_events",
    metadata,
    sa.Column("tenant", Text, primary_key=True),
    sa.Column("connection", Text, primary_key=True),
    sa.Column("person", Text, primary_key=True),
    sa.Column("moment", Text, nullable=False),
    sa.Column("held", sa.Boolean, nullable=False),
    sa.ForeignKeyConstraint(
        ["tenant", "connection"],
        ["mycambridge_brakes.tenant", "mycambridge_brakes.connection"],
        # The name that would follow from the convention is one letter longer than PostgreSQL keeps.
        name="fk_mycambridge_brake_events_brake",
        ondelete="CASCADE",
    ),
)
"""Whose access a connection ended within the last hour, or would have ended had it not been held."""
