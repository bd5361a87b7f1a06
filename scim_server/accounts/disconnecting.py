"""End what connects an account with a User, as when a directory gives the User to somebody else."""

from datetime import UTC, datetime

import sqlalchemy as sa

from scim_server.accounts import letters
from scim_server.accounts.errors import AccountError
from scim_server.accounts.events import entry_of
from scim_server.accounts.register import person_of_user, unlink_user
from scim_server.accounts.secret_links import end_links_of_user
from scim_server.accounts.sessions import end_sessions_of_user
from scim_server.accounts.tables import invitations
from scim_server.connections.tokens import revoke_tokens_of_person
from scim_server.db import Transaction
from scim_server.journal.record import Actor, record
from scim_server.outbox.mail import post
from scim_server.store.conflicts import insert
from scim_server.store.documents import utc_text

_i = invitations.c


def disconnect(
    transaction: Transaction, tenant: str, user_id: str, *, by: Actor, request_id: str | None = None
) -> None:
    """Let an account be a User no longer, sign its person out, and tell them; the account itself stays.

    :raises AccountError: When the User has no account.
    """
    found = person_of_user(transaction, tenant, user_id)
    if found is None:
        raise AccountError("This person has no account here.")
    account, link = found
    end_sessions_of_user(transaction, tenant, user_id)
    revoke_tokens_of_person(transaction, tenant, user_id)
    end_links_of_user(transaction, tenant, user_id)
    unlink_user(transaction, tenant, user_id)
    _keep_from_inviting(transaction, tenant, user_id)
    # In the journal of that organisation only: others do not learn who its staff are.
    record(transaction, tenant, [entry_of(link, "account-disconnected", request_id, by=by)])
    for email in account.emails:
        post(transaction, letters.disconnected(email, account.name, link.tenant_name))


def _keep_from_inviting(transaction: Transaction, tenant: str, user_id: str) -> None:
    """Note the User as invited: people send the next invitation, and no change by a directory does."""
    now = utc_text(datetime.now(UTC))
    noting: sa.Executable = (
        insert(invitations)
        .values(tenant=tenant, user_id=user_id, wanted=now, sent=now)
        .on_conflict_do_update(index_elements=[_i.tenant, _i.user_id], set_={"sent": now, "accepted": None})
    )
    transaction.execute(noting)
