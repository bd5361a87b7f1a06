"""Keep tenants, their resources, memberships and journal, and the access to them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = ("scim_server",)
depends_on = None

# Types as they were at this revision: binary text order, and JSON that SQL looks into.
Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
SearchForm = sa.Text().with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "administrators",
        sa.Column("name", Text, nullable=False),
        sa.Column("password_hash", Text, nullable=False),
        sa.Column("created", Text, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_administrators")),
    )
    op.create_table(
        "tenants",
        sa.Column("id", Text, nullable=False),
        sa.Column("name", Text, nullable=False),
        sa.Column("created", Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenants")),
    )
    op.create_table(
        "changes",
        sa.Column("tenant", Text, nullable=False),
        sa.Column("id", Text, nullable=False),
        sa.Column("created", Text, nullable=False),
        sa.Column("outcome", Text, nullable=False),
        sa.Column("resource_type", Text, nullable=True),
        sa.Column("resource_id", Text, nullable=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("search", SearchForm, nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name=op.f("fk_changes_tenant_tenants"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_changes")),
    )
    op.create_index("ix_changes_created", "changes", ["tenant", "created"], unique=False)
    op.create_index("ix_changes_outcome", "changes", ["tenant", "outcome", "created"], unique=False)
    op.create_index("ix_changes_resource_id", "changes", ["tenant", "resource_id", "created"], unique=False)
    op.create_table(
        "connections",
        sa.Column("tenant", Text, nullable=False),
        sa.Column("id", Text, nullable=False),
        sa.Column("name", Text, nullable=False),
        sa.Column("profile", Text, nullable=False),
        sa.Column("scopes", Text, nullable=False),
        sa.Column("created", Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenants.id"], name=op.f("fk_connections_tenant_tenants"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_connections")),
    )
    op.create_index("ux_connections_name", "connections", ["tenant", "name"], unique=True)
    op.create_table(
        "resource_counts",
        sa.Column("tenant", Text, nullable=False),
        sa.Column("resource_type", Text, nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenants.id"], name=op.f("fk_resource_counts_tenant_tenants"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant", "resource_type", "slot", name=op.f("pk_resource_counts")),
    )
    op.create_table(
        "resources",
        sa.Column("tenant", Text, nullable=False),
        sa.Column("resource_type", Text, nullable=False),
        sa.Column("id", Text, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created", Text, nullable=False),
        sa.Column("last_modified", Text, nullable=False),
        sa.Column("external_id", Text, nullable=True),
        sa.Column("unique_key", Text, nullable=True),
        sa.Column("display", sa.Text(), nullable=True),
        sa.Column("display_key", Text, nullable=True),
        sa.Column("active", sa.Boolean(), nullable=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("search", SearchForm, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenants.id"], name=op.f("fk_resources_tenant_tenants"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant", "resource_type", "id", name=op.f("pk_resources")),
    )
    op.create_index("ix_resources_display_key", "resources", ["tenant", "display_key", "resource_type"], unique=False)
    op.create_index("ix_resources_external_id", "resources", ["tenant", "external_id", "resource_type"], unique=False)
    op.create_index("ux_resources_unique_key", "resources", ["tenant", "unique_key", "resource_type"], unique=True)
    op.create_table(
        "indexed_values",
        sa.Column("tenant", Text, nullable=False),
        sa.Column("resource_type", Text, nullable=False),
        sa.Column("attribute", Text, nullable=False),
        sa.Column("value", Text, nullable=False),
        sa.Column("resource_id", Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "resource_type", "resource_id"],
            ["resources.tenant", "resources.resource_type", "resources.id"],
            name=op.f("fk_indexed_values_tenant_resource_type_resource_id_resources"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "tenant", "resource_type", "attribute", "value", "resource_id", name=op.f("pk_indexed_values")
        ),
    )
    op.create_index(
        "ix_indexed_values_resource_id", "indexed_values", ["tenant", "resource_id", "resource_type"], unique=False
    )
    op.create_table(
        "memberships",
        sa.Column("tenant", Text, nullable=False),
        sa.Column("group_id", Text, nullable=False),
        sa.Column("member_id", Text, nullable=False),
        sa.Column("group_type", Text, server_default="Group", nullable=False),
        sa.Column("member_type", Text, nullable=False),
        sa.Column("since", Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "group_type", "group_id"],
            ["resources.tenant", "resources.resource_type", "resources.id"],
            name=op.f("fk_memberships_tenant_group_type_group_id_resources"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "member_type", "member_id"],
            ["resources.tenant", "resources.resource_type", "resources.id"],
            name=op.f("fk_memberships_tenant_member_type_member_id_resources"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant", "group_id", "member_id", name=op.f("pk_memberships")),
    )
    op.create_index("ix_memberships_member_id", "memberships", ["tenant", "member_id", "group_id"], unique=False)
    op.create_index("ix_memberships_nested", "memberships", ["tenant", "member_type", "group_id"], unique=False)
    op.create_table(
        "oauth_clients",
        sa.Column("id", Text, nullable=False),
        sa.Column("tenant", Text, nullable=False),
        sa.Column("connection_id", Text, nullable=False),
        sa.Column("jwks", sa.Text(), nullable=False),
        sa.Column("created", Text, nullable=False),
        sa.Column("revoked", Text, nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant", "connection_id"],
            ["connections.tenant", "connections.id"],
            name=op.f("fk_oauth_clients_tenant_connection_id_connections"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_oauth_clients")),
    )
    op.create_index("ix_oauth_clients_connection_id", "oauth_clients", ["tenant", "connection_id"], unique=False)
    op.create_table(
        "rate_buckets",
        sa.Column("tenant", Text, nullable=False),
        sa.Column("connection_id", Text, nullable=False),
        sa.Column("tokens", sa.Double(), nullable=False),
        sa.Column("updated", sa.Double(), nullable=False),
        sa.Column("leases", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "connection_id"],
            ["connections.tenant", "connections.id"],
            name=op.f("fk_rate_buckets_tenant_connection_id_connections"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant", "connection_id", name=op.f("pk_rate_buckets")),
    )
    op.create_table(
        "tokens",
        sa.Column("id", Text, nullable=False),
        sa.Column("tenant", Text, nullable=False),
        sa.Column("connection_id", Text, nullable=False),
        sa.Column("kind", Text, nullable=False),
        sa.Column("secret_hash", Text, nullable=False),
        sa.Column("scopes", Text, nullable=True),
        sa.Column("created", Text, nullable=False),
        sa.Column("expires", Text, nullable=False),
        sa.Column("revoked", Text, nullable=True),
        sa.Column("last_used", Text, nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant", "connection_id"],
            ["connections.tenant", "connections.id"],
            name=op.f("fk_tokens_tenant_connection_id_connections"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tokens")),
    )
    op.create_index("ix_tokens_connection_id", "tokens", ["tenant", "connection_id"], unique=False)
    op.create_table(
        "oauth_assertions",
        sa.Column("client_id", Text, nullable=False),
        sa.Column("jti_hash", Text, nullable=False),
        sa.Column("expires", Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"],
            ["oauth_clients.id"],
            name=op.f("fk_oauth_assertions_client_id_oauth_clients"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("client_id", "jti_hash", name=op.f("pk_oauth_assertions")),
    )


def downgrade() -> None:
    op.drop_table("oauth_assertions")
    op.drop_index("ix_tokens_connection_id", table_name="tokens")
    op.drop_table("tokens")
    op.drop_table("rate_buckets")
    op.drop_index("ix_oauth_clients_connection_id", table_name="oauth_clients")
    op.drop_table("oauth_clients")
    op.drop_index("ix_memberships_nested", table_name="memberships")
    op.drop_index("ix_memberships_member_id", table_name="memberships")
    op.drop_table("memberships")
    op.drop_index("ix_indexed_values_resource_id", table_name="indexed_values")
    op.drop_table("indexed_values")
    op.drop_index("ux_resources_unique_key", table_name="resources")
    op.drop_index("ix_resources_external_id", table_name="resources")
    op.drop_index("ix_resources_display_key", table_name="resources")
    op.drop_table("resources")
    op.drop_table("resource_counts")
    op.drop_index("ux_connections_name", table_name="connections")
    op.drop_table("connections")
    op.drop_index("ix_changes_resource_id", table_name="changes")
    op.drop_index("ix_changes_outcome", table_name="changes")
    op.drop_index("ix_changes_created", table_name="changes")
    op.drop_table("changes")
    op.drop_table("tenants")
    op.drop_table("administrators")
