"""The tables of the store. Every key and index begins with the tenant, so the tables shard by it unchanged."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

#: Binary order, so that both engines compare and sort text alike.
Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
#: JSON that SQL can look into: binary JSON on PostgreSQL, its text on SQLite.
SearchForm = sa.Text().with_variant(postgresql.JSONB(none_as_null=True), "postgresql")

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

tenants = sa.Table(
    "tenants",
    metadata,
    sa.Column("id", Text, primary_key=True),
    sa.Column("name", Text, nullable=False),
    sa.Column("created", Text, nullable=False),
)

_TYPE_APART = sa.text("(resource_type || '')")
resources = sa.Table(
    "resources",
    metadata,
    sa.Column("tenant", Text, sa.ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("resource_type", Text, primary_key=True),
    sa.Column("id", Text, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("created", Text, nullable=False),
    sa.Column("last_modified", Text, nullable=False),
    sa.Column("external_id", Text),
    sa.Column("unique_key", Text),
    sa.Column("display", sa.Text),
    sa.Column("display_key", Text),
    sa.Column("active", sa.Boolean),
    sa.Column("document", sa.Text, nullable=False),
    sa.Column("search", SearchForm, nullable=False),
    sa.Index("ux_resources_unique_key", "tenant", "unique_key", _TYPE_APART, unique=True),
    sa.Index("ix_resources_external_id", "tenant", "external_id", _TYPE_APART),
    sa.Index("ix_resources_display_key", "tenant", "display_key", _TYPE_APART),
)
"""One row per resource of any type.

Only the primary key holds tenant and type as they are. PostgreSQL would take any other index that does for as good for
a look-up by id, of which every check of a foreign key is one, and read the whole tenant instead of one row: as long as
a table has no statistics, and in a tenant much larger than most. So the other indexes hold the type apart, in a form
that no look-up by id names: :data:`type_apart`, for those who walk such an index in order.

``document`` is what clients see, without ``id``, ``meta`` and everything derived. ``search`` is the same with names
and strings in their comparison form. Dates are UTC text of one length (``2026-09-01T08:00:00.000000Z``), which sorts.
"""

type_apart = resources.c.resource_type.concat(sa.literal_column("''"))
"""The type of a resource as the indexes of :data:`resources` hold it."""

indexed_values = sa.Table(
    "indexed_values",
    metadata,
    sa.Column("tenant", Text, primary_key=True),
    sa.Column("resource_type", Text, primary_key=True),
    sa.Column("attribute", Text, primary_key=True),
    sa.Column("value", Text, primary_key=True),
    sa.Column("resource_id", Text, primary_key=True),
    sa.ForeignKeyConstraint(
        ["tenant", "resource_type", "resource_id"],
        ["resources.tenant", "resources.resource_type", "resources.id"],
        ondelete="CASCADE",
    ),
    sa.Index("ix_indexed_values_resource_id", "tenant", "resource_id", "resource_type"),
)
"""The values of multi-valued attributes that are looked up by value, such as ``emails.value``."""

_IS_NESTED = sa.text("member_type = 'Group'")
memberships = sa.Table(
    "memberships",
    metadata,
    sa.Column("tenant", Text, primary_key=True),
    sa.Column("group_id", Text, primary_key=True),
    sa.Column("member_id", Text, primary_key=True),
    sa.Column("group_type", Text, nullable=False, server_default="Group"),
    sa.Column("member_type", Text, nullable=False),
    sa.Column("since", Text, nullable=False),
    sa.ForeignKeyConstraint(
        ["tenant", "group_type", "group_id"],
        ["resources.tenant", "resources.resource_type", "resources.id"],
        ondelete="CASCADE",
    ),
    sa.ForeignKeyConstraint(
        ["tenant", "member_type", "member_id"],
        ["resources.tenant", "resources.resource_type", "resources.id"],
        ondelete="CASCADE",
    ),
    sa.Index("ix_memberships_member_id", "tenant", "member_id", "group_id"),
    # Of those only: as an index of all, it was taken for as good as the primary key to find one member of a group.
    sa.Index("ix_memberships_nested", "tenant", "group_id", sqlite_where=_IS_NESTED, postgresql_where=_IS_NESTED),
)
"""Who is a direct member of which group. Rows stay while a person is inactive."""


def is_nested(membership: Any) -> sa.ColumnElement[bool]:
    """Return the condition that a group is the member, in the words of the index, given the columns of a membership."""
    nested: sa.ColumnElement[bool] = membership.member_type == sa.literal_column("'Group'")
    return nested


resource_counts = sa.Table(
    "resource_counts",
    metadata,
    sa.Column("tenant", Text, sa.ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("resource_type", Text, primary_key=True),
    sa.Column("slot", sa.Integer, primary_key=True),
    sa.Column("total", sa.Integer, nullable=False),
)
"""How many resources of a type a tenant has, as the sum over slots, so that writers seldom meet in one row."""
