"""Keep the register of centres."""

import sqlalchemy as sa
from alembic import op

revision = "mc0001"
down_revision = None
branch_labels = ("mycambridge",)
depends_on = ("0001",)

Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "mycambridge_centres",
        sa.Column("tenant", Text, nullable=False),
        sa.Column("number", Text, nullable=False),
        sa.Column("name", Text, nullable=False),
        sa.Column("registered", Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenants.id"], name="fk_mycambridge_centres_tenant_tenants", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant", "number", name="pk_mycambridge_centres"),
    )


def downgrade() -> None:
    op.drop_table("mycambridge_centres")
