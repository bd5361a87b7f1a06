"""Count whose access a connection ends, so that too many at once wait for somebody to decide."""

import sqlalchemy as sa
from alembic import op

revision = "mc0003"
down_revision = "mc0002"
branch_labels = None
depends_on = None

Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "mycambridge_brakes",
        sa.Column("tenant", Text, nullable=False),
        sa.Column("connection", Text, nullable=False),
        sa.Column("mode", Text),
        sa.Column("journalled", Text),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenants.id"], name="fk_mycambridge_brakes_tenant_tenants", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant", "connection", name="pk_mycambridge_brakes"),
    )
    op.create_table(
        "mycambridge_brake_events",
        sa.Column("tenant", Text, nullable=False),
        sa.Column("connection", Text, nullable=False),
        sa.Column("person", Text, nullable=False),
        sa.Column("moment", Text, nullable=False),
        sa.Column("held", sa.Boolean, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "connection"],
            ["mycambridge_brakes.tenant", "mycambridge_brakes.connection"],
            name="fk_mycambridge_brake_events_brake",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant", "connection", "person", name="pk_mycambridge_brake_events"),
    )


def downgrade() -> None:
    op.drop_table("mycambridge_brake_events")
    op.drop_table("mycambridge_brakes")
