"""The register of centres."""

import sqlalchemy as sa

from scim_server.store.tables import Text, metadata

centres = sa.Table(
    "mycambridge_centres",
    metadata,
    sa.Column("tenant", Text, sa.ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("number", Text, primary_key=True),
    sa.Column("name", Text, nullable=False),
    sa.Column("registered", Text, nullable=False),
)
"""The centres that an organisation provisions for: one for a school, many for an Associate."""
