"""What provisioning means for accounts: who is new is invited, who leaves is signed out at once."""

from collections.abc import Sequence
from datetime import UTC, datetime

import sqlalchemy as sa

from scim_server.accounts.invitations import write_due_invitations
from scim_server.accounts.register import unlink_user
from scim_server.accounts.sessions import end_sessions_of_user
from scim_server.accounts.tables import account_proofs, invitations
from scim_server.db import Database
from scim_server.extension import Change, ServerExtension
from scim_server.store.dialects import Insert
from scim_server.store.documents import Document, utc_text
from scim_server.store.resources import ResourceStore

_WANT = Insert(invitations)


class Accounts(ServerExtension):
    """The server's own accounts, joined to provisioning at the seam that every extension has."""

    name = "accounts"

    def __init__(self, *, invites: bool = True) -> None:
        """Follow what happens to users; ``invites`` is whether new people are invited."""
        self._invites = invites

    def follow(self, changes: Sequence[Change], store: ResourceStore) -> None:
        """Invite people who are new, and sign out those who were deactivated or deleted."""
        of_users = [change for change in changes if change.resource_type == "User"]
        self._invite([change for change in of_users if change.operation == "create"], store)
        for change in of_users:
            if change.operation == "delete":
                _forget(store, str(change.resource_id))
            elif _is_active(change.before) and not _is_active(change.after):
                end_sessions_of_user(store.transaction, store.tenant, str(change.resource_id))

    def prepare_mail(self, database: Database, base_url: str) -> int:
        """Write the invitations that are due."""
        return write_due_invitations(database, base_url)

    def _invite(self, created: Sequence[Change], store: ResourceStore) -> None:
        wanted = utc_text(datetime.now(UTC))
        rows = [
            {"tenant": store.tenant, "user_id": change.resource_id, "wanted": wanted, "sent": None, "accepted": None}
            for change in created
            if self._invites and _is_active(change.after) and (change.after or {}).get("emails")
        ]
        if rows:
            _WANT.run(store.transaction, rows)


def _is_active(document: Document | None) -> bool:
    return document is not None and document.get("active") is not False


def _forget(store: ResourceStore, user_id: str) -> None:
    end_sessions_of_user(store.transaction, store.tenant, user_id)
    unlink_user(store.transaction, store.tenant, user_id)
    for table in (invitations, account_proofs):
        store.transaction.execute(sa.delete(table).where(table.c.tenant == store.tenant, table.c.user_id == user_id))
