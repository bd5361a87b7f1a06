"""Centres are SCIM resources now, with a country and a kind that the old register did not know."""

import sqlalchemy as sa
from alembic import op

revision = "mc0002"
down_revision = "mc0001"
branch_labels = None
depends_on = None


Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.drop_table("mycambridge_centres")


def downgrade() -> None:
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
