"""Who may have people of a centre invited again, and disconnect the accounts that people accepted invitations with."""

from mycambridge.authority import is_board, require_management
from mycambridge.centres import register
from mycambridge.refusals import NotPermitted
from scim_server.accounts.disconnecting import disconnect
from scim_server.accounts.invitations import invite_again
from scim_server.db import Transaction
from scim_server.protocol.guarded import GuardedStore, actor_of

_WHAT = "accounts of its people"


def invite(guarded: GuardedStore, user_id: str) -> None:
    """Have a person of the centre invited again.

    :raises NotPermitted: When somebody else must do it.
    :raises AccountError: When the person cannot be invited.
    """
    _require_care(guarded, user_id)
    invite_again(*_whose(guarded, user_id), by=actor_of(guarded.principal), request_id=guarded.request_id)


def disconnect_account(guarded: GuardedStore, user_id: str) -> None:
    """Disconnect a person of the centre from the account that accepted the invitation.

    :raises NotPermitted: When somebody else must do it.
    :raises AccountError: When the person has no account.
    """
    _require_care(guarded, user_id)
    disconnect(*_whose(guarded, user_id), by=actor_of(guarded.principal), request_id=guarded.request_id)


def _require_care(guarded: GuardedStore, user_id: str) -> None:
    store, principal = guarded.store, guarded.principal
    require_management(store, principal, store.tenant, _WHAT)
    if principal.user_id == user_id:
        raise NotPermitted("Nobody changes their own record. Ask a colleague with user management to do it.")
    if not is_board(principal) and register.is_designated(store.transaction, user_id):
        # A centre decides about the address in its directory: who may invite there again would choose who accepts.
        raise NotPermitted(
            "The exam board designated this person exams officer, so only the board invites them again or disconnects "
            "their account. Ask the board."
        )


def _whose(guarded: GuardedStore, user_id: str) -> tuple[Transaction, str, str]:
    return guarded.store.transaction, guarded.store.tenant, user_id
