"""The tables of accounts.

An account belongs to a person, not to a tenant: its links say whom tenants mean by a User.
"""

import sqlalchemy as sa

from scim_server.store.tables import Text, metadata


def _of_account(*, primary_key: bool = False, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(
        "account_id", Text, sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=primary_key, nullable=nullable
    )


accounts = sa.Table(
    "accounts",
    metadata,
    sa.Column("id", Text, primary_key=True),
    sa.Column("name", Text, nullable=False),
    sa.Column("password_hash", Text),
    sa.Column("totp_secret", Text),
    sa.Column("totp_used", sa.BigInteger),
    sa.Column("created", Text, nullable=False),
    sa.Column("last_sign_in", Text),
    sa.Column("warned", Text),
)
"""One row per person. ``totp_secret`` is sealed; ``totp_used`` is the time step of the last code that was accepted.

``warned`` is when the person was told that the account will be removed because nobody uses it; signing in empties it.
"""

account_emails = sa.Table(
    "account_emails",
    metadata,
    sa.Column("email_key", Text, primary_key=True),
    _of_account(),
    sa.Column("email", Text, nullable=False),
    sa.Column("is_primary", sa.Boolean, nullable=False),
    sa.Column("verified", Text, nullable=False),
    sa.Index("ix_account_emails_account_id", "account_id"),
)
"""The e-mail addresses that a person has proven to read; ``email_key`` is the address in its comparison form."""

account_links = sa.Table(
    "account_links",
    metadata,
    sa.Column("tenant", Text, sa.ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("user_id", Text, primary_key=True),
    _of_account(),
    sa.Column("linked", Text, nullable=False),
    sa.Index("ix_account_links_account_id", "account_id"),
)
"""Which User of which tenant is which person, as the person proved it."""

account_administrators = sa.Table(
    "account_administrators",
    metadata,
    sa.Column("name", Text, sa.ForeignKey("administrators.name", ondelete="CASCADE"), primary_key=True),
    _of_account(),
    sa.Index("ix_account_administrators_account_id", "account_id"),
)
"""Which account signs in as which administrator of the platform."""

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("id_hash", Text, primary_key=True),
    _of_account(),
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
"""Who is signed in where. The cookie holds a secret of which only the hash is kept.

``proven`` is when the person last gave a password or passkey, ``second_factor`` when a second factor was given, and
``tenant`` and ``user_id`` name the User that the person is at the organisation they chose.
"""

account_proofs = sa.Table(
    "account_proofs",
    metadata,
    sa.Column("secret_hash", Text, primary_key=True),
    sa.Column("purpose", Text, nullable=False),
    sa.Column("email", Text, nullable=False),
    _of_account(nullable=True),
    sa.Column("tenant", Text, sa.ForeignKey("tenants.id", ondelete="CASCADE")),
    sa.Column("user_id", Text),
    sa.Column("administrator", Text, sa.ForeignKey("administrators.name", ondelete="CASCADE")),
    sa.Column("created", Text, nullable=False),
    sa.Column("expires", Text, nullable=False),
    sa.Index("ix_account_proofs_account_id", "account_id"),
    sa.Index("ix_account_proofs_user_id", "tenant", "user_id"),
)
"""Links sent by mail, each good once: whoever opens one reads the mailbox of its address.

``purpose`` is ``invitation``, ``registration``, ``reset``, ``agree`` or ``email``.
"""

invitations = sa.Table(
    "invitations",
    metadata,
    sa.Column("tenant", Text, sa.ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("user_id", Text, primary_key=True),
    sa.Column("wanted", Text, nullable=False),
    sa.Column("sent", Text),
    sa.Column("accepted", Text),
    sa.Index("ix_invitations_sent", "sent", "wanted"),
)
"""Who is to be invited to link an account; the mail is written after the commit that provisioned the person."""

passkeys = sa.Table(
    "passkeys",
    metadata,
    sa.Column("credential_id", Text, primary_key=True),
    _of_account(),
    sa.Column("public_key", Text, nullable=False),
    sa.Column("sign_count", sa.BigInteger, nullable=False),
    sa.Column("name", Text, nullable=False),
    sa.Column("created", Text, nullable=False),
    sa.Column("last_used", Text),
    sa.Index("ix_passkeys_account_id", "account_id"),
)
"""WebAuthn credentials of a person; ids and keys are base64url."""

recovery_codes = sa.Table(
    "recovery_codes",
    metadata,
    _of_account(primary_key=True),
    sa.Column("code_hash", Text, primary_key=True),
)
"""Codes for a person who lost their second factor, each good once."""

attempts = sa.Table(
    "attempts",
    metadata,
    sa.Column("key", Text, primary_key=True),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("since", Text, nullable=False),
)
"""Failed attempts to sign in, mails asked for, and challenges answered, by the hash of what they are counted under."""
