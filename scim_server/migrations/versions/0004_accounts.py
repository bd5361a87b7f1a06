"""Keep accounts of people, who sign in to pages."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    _accounts()
    _sessions()
    _proofs()
    _second_factors()
    op.create_table(
        "attempts",
        sa.Column("key", Text, primary_key=True),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("since", Text, nullable=False),
    )


def _account(*, primary_key: bool = False, nullable: bool = False) -> sa.Column[str]:
    owner = sa.ForeignKey("accounts.id", ondelete="CASCADE")
    return sa.Column("account_id", Text, owner, primary_key=primary_key, nullable=nullable)


def _tenant(*, primary_key: bool = False) -> sa.Column[str]:
    owner = sa.ForeignKey("tenants.id", ondelete="CASCADE")
    return sa.Column("tenant", Text, owner, primary_key=primary_key, nullable=not primary_key)


def _accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", Text, primary_key=True),
        sa.Column("name", Text, nullable=False),
        sa.Column("password_hash", Text),
        sa.Column("totp_secret", Text),
        sa.Column("totp_used", sa.BigInteger),
        sa.Column("created", Text, nullable=False),
        sa.Column("last_sign_in", Text),
    )
    op.create_table(
        "account_emails",
        sa.Column("email_key", Text, primary_key=True),
        _account(),
        sa.Column("email", Text, nullable=False),
        sa.Column("is_primary", sa.Boolean, nullable=False),
        sa.Column("verified", Text, nullable=False),
        sa.Index("ix_account_emails_account_id", "account_id"),
    )
    op.create_table(
        "account_links",
        _tenant(primary_key=True),
        sa.Column("user_id", Text, primary_key=True),
        _account(),
        sa.Column("linked", Text, nullable=False),
        sa.Index("ix_account_links_account_id", "account_id"),
    )
    op.create_table(
        "account_administrators",
        sa.Column("name", Text, sa.ForeignKey("administrators.name", ondelete="CASCADE"), primary_key=True),
        _account(),
        sa.Index("ix_account_administrators_account_id", "account_id"),
    )


def _sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("id_hash", Text, primary_key=True),
        _account(),
        sa.Column("created", Text, nullable=False),
        sa.Column("last_seen", Text, nullable=False),
        sa.Column("expires", Text, nullable=False),
        sa.Column("proven", Text, nullable=False),
        sa.Column("second_factor", Text),
        sa.Column("tenant", Text),
        sa.Column("user_id", Text),
        sa.Column("user_agent", Text, nullable=False),
        sa.Column("address", Text, nullable=False),
        sa.Index("ix_sessions_account_id", "account_id"),
    )


def _proofs() -> None:
    op.create_table(
        "account_proofs",
        sa.Column("secret_hash", Text, primary_key=True),
        sa.Column("purpose", Text, nullable=False),
        sa.Column("email", Text, nullable=False),
        _account(nullable=True),
        _tenant(),
        sa.Column("user_id", Text),
        sa.Column("administrator", Text, sa.ForeignKey("administrators.name", ondelete="CASCADE")),
        sa.Column("created", Text, nullable=False),
        sa.Column("expires", Text, nullable=False),
        sa.Index("ix_account_proofs_account_id", "account_id"),
        sa.Index("ix_account_proofs_user_id", "tenant", "user_id"),
    )
    op.create_table(
        "invitations",
        _tenant(primary_key=True),
        sa.Column("user_id", Text, primary_key=True),
        sa.Column("wanted", Text, nullable=False),
        sa.Column("sent", Text),
        sa.Column("accepted", Text),
        sa.Index("ix_invitations_sent", "sent", "wanted"),
    )


def _second_factors() -> None:
    op.create_table(
        "passkeys",
        sa.Column("credential_id", Text, primary_key=True),
        _account(),
        sa.Column("public_key", Text, nullable=False),
        sa.Column("sign_count", sa.BigInteger, nullable=False),
        sa.Column("name", Text, nullable=False),
        sa.Column("created", Text, nullable=False),
        sa.Column("last_used", Text),
        sa.Index("ix_passkeys_account_id", "account_id"),
    )
    op.create_table("recovery_codes", _account(primary_key=True), sa.Column("code_hash", Text, primary_key=True))


def downgrade() -> None:
    for table in (
        "attempts", "recovery_codes", "passkeys", "invitations", "account_proofs", "sessions",
        "account_administrators", "account_links", "account_emails", "accounts",
    ):  # fmt: skip
        op.drop_table(table)
