"""Index groups in groups alone.

PostgreSQL took an index of all memberships for as good as their primary key, and read a whole group to remove a member.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_memberships_nested", table_name="memberships")
    nested = sa.text("member_type = 'Group'")
    op.create_index(
        "ix_memberships_nested", "memberships", ["tenant", "group_id"], sqlite_where=nested, postgresql_where=nested
    )


def downgrade() -> None:
    op.drop_index("ix_memberships_nested", table_name="memberships")
    op.create_index("ix_memberships_nested", "memberships", ["tenant", "member_type", "group_id"])
