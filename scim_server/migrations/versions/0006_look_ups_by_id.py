"""Leave look-ups of resources by id to their primary key.

PostgreSQL took other indexes, which held tenant and type too, for as good, and read whole tenants along them.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _replace_last(sa.text("(resource_type || '')"))


def downgrade() -> None:
    _replace_last("resource_type")


def _replace_last(column: str | sa.TextClause) -> None:
    of_columns: Sequence[tuple[str, str, bool]] = (
        ("ux_resources_unique_key", "unique_key", True),
        ("ix_resources_external_id", "external_id", False),
        ("ix_resources_display_key", "display_key", False),
    )
    for name, key, unique in of_columns:
        op.drop_index(name, table_name="resources")
        op.create_index(name, "resources", ["tenant", key, column], unique=unique)
