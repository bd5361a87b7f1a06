"""What provisioning means for accounts: who can be invited is, once, and who leaves is signed out at once."""

from collections.abc import Sequence
from datetime import UTC, datetime

import sqlalchemy as sa

from scim_server.accounts.invitations import address_of, write_due_invitations
from scim_server.accounts.register import unlink_user
from scim_server.accounts.secret_links import end_links_of_user
from scim_server.accounts.sessions import end_sessions_of_user
from scim_server.accounts.tables import invitations
from scim_server.db import Database
from scim_server.extension import Change, ServerExtension
from scim_server.prepared import Prepared
from scim_server.store.conflicts import insert
from scim_server.store.dialects import Insert
from scim_server.store.documents import Document, utc_text
from scim_server.store.resources import ResourceStore

_WANT, _WANT_ONCE = Insert(invitations), Prepared(insert(invitations).on_conflict_do_nothing())


class Accounts(ServerExtension):
    """The server's own accounts, joined to provisioning at the seam that every extension has."""

    name = "accounts"

    def __init__(self, *, invites: bool = True) -> None:
        """Follow what happens to users; ``invites`` is whether people are invited."""
        self._invites = invites

    def follow(self, changes: Sequence[Change], store: ResourceStore) -> None:
        """Invite people as soon as they can be, and sign out those who were deactivated or deleted."""
        of_users = [change for change in changes if change.resource_type == "User"]
        if self._invites:
            _invite([change for change in of_users if _begins_to_be_invitable(change)], store)
        for change in of_users:
            if change.operation == "delete":
                _forget(store, str(change.resource_id))
            elif _is_active(change.before) and not _is_active(change.after):
                end_sessions_of_user(store.transaction, store.tenant, str(change.resource_id))

    def prepare_mail(self, database: Database, base_url: str) -> int:
        """Write the invitations that are due."""
        return write_due_invitations(database, base_url)


def _begins_to_be_invitable(change: Change) -> bool:
    return _is_invitable(change.after) and not _is_invitable(change.before)


def _is_invitable(document: Document | None) -> bool:
    return document is not None and document.get("active") is not False and address_of(document) is not None


def _invite(changes: Sequence[Change], store: ResourceStore) -> None:
    """Want invitations; whoever was invited before, as before a deactivation, is not invited again."""
    if not changes:
        return
    wanted = {"tenant": store.tenant, "wanted": utc_text(datetime.now(UTC)), "sent": None, "accepted": None}
    rows = [(change.operation, {**wanted, "user_id": change.resource_id}) for change in changes]
    _WANT.run(store.transaction, [row for operation, row in rows if operation == "create"])
    if again := [row for operation, row in rows if operation != "create"]:
        _WANT_ONCE.run(store.transaction, *again)


def _is_active(document: Document | None) -> bool:
    return document is not None and document.get("active") is not False


def _forget(store: ResourceStore, user_id: str) -> None:
    end_sessions_of_user(store.transaction, store.tenant, user_id)
    unlink_user(store.transaction, store.tenant, user_id)
    end_links_of_user(store.transaction, store.tenant, user_id)
    forgotten = (invitations.c.tenant == store.tenant, invitations.c.user_id == user_id)
    store.transaction.execute(sa.delete(invitations).where(*forgotten))
