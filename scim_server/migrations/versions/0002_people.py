"""Let a connection be a person's own: a personal access token."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("connections", sa.Column("person", Text, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("connections") as connections:
        connections.drop_column("person")
