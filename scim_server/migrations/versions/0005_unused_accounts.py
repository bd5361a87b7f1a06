"""Remember who was warned that their account will be removed because nobody uses it."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("accounts", sa.Column("warned", Text))


def downgrade() -> None:
    op.drop_column("accounts", "warned")
