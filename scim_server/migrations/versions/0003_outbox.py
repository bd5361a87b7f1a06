"""Keep what is to be sent beside the change that it tells of."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", Text, nullable=False),
        sa.Column("tenant", Text, nullable=True),
        sa.Column("kind", Text, nullable=False),
        sa.Column("recipient", Text, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created", Text, nullable=False),
        sa.Column("due", Text, nullable=True),
        sa.Column("expires", Text, nullable=False),
        sa.Column("claim", Text, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("sent", Text, nullable=True),
        sa.Column("failed", Text, nullable=True),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name=op.f("fk_outbox_tenant_tenants"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index("ix_outbox_due", "outbox", ["due"], unique=False)
    op.create_index("ix_outbox_tenant", "outbox", ["tenant"], unique=False)


def downgrade() -> None:
    op.drop_table("outbox")
