"""The table of the journal."""

import sqlalchemy as sa

from scim_server.store.tables import SearchForm, Text, metadata

changes = sa.Table(
    "changes",
    metadata,
    sa.Column("tenant", Text, sa.ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("id", Text, primary_key=True),
    sa.Column("created", Text, nullable=False),
    sa.Column("outcome", Text, nullable=False),
    sa.Column("resource_type", Text),
    sa.Column("resource_id", Text),
    sa.Column("document", sa.Text, nullable=False),
    sa.Column("search", SearchForm, nullable=False),
    sa.Index("ix_changes_created", "tenant", "created"),
    sa.Index("ix_changes_resource_id", "tenant", "resource_id", "created"),
    sa.Index("ix_changes_outcome", "tenant", "outcome", "created"),
)
"""One row per change or refusal, append-only; ids sort by time. ``document`` and ``search`` are as in ``resources``."""
