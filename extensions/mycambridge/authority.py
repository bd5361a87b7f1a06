"""Who may change what: the board everything, people with user management what concerns their centres."""

from mycambridge.access.effective import roles_of
from mycambridge.catalogue.reading import USER_MANAGEMENT, catalogue
from mycambridge.centres import register
from mycambridge.refusals import NotPermitted
from scim_server.accounts.register import account_of_user, links_of
from scim_server.db import Transaction
from scim_server.extension import Principal
from scim_server.store.resources import ResourceStore

_BOARD = frozenset({"administrator", "system"})


def is_board(principal: Principal) -> bool:
    """Tell whether the exam board asks: a platform administrator, or the command line."""
    return principal.kind in _BOARD


def require_board(principal: Principal, sentence: str) -> None:
    """Refuse everybody but the board (rule 4)."""
    if not is_board(principal):
        raise NotPermitted(sentence)


def managed_centres(transaction: Transaction, principal: Principal) -> set[str]:
    """Return the numbers of the centres at which a person holds user management."""
    if principal.user_id is None or principal.tenant is None:
        return set()
    roles = roles_of(transaction, principal.tenant, [principal.user_id]).get(principal.user_id, [])
    return {each.centre for each in roles if each.role == USER_MANAGEMENT and not each.is_pending}


def selves(transaction: Transaction, principal: Principal) -> frozenset[str]:
    """Return the ids of all Users that are the person who acts: those of the account, whichever organisation has them.

    Who teaches at one organisation and manages users for another must not give roles to themselves from there.
    """
    if principal.user_id is None or principal.tenant is None:
        return frozenset()
    account = account_of_user(transaction, principal.tenant, principal.user_id)
    links = [] if account is None else links_of(transaction, account)
    return frozenset({principal.user_id, *[link.user_id for link in links]})


def holds_sensitive_role(transaction: Transaction, principal: Principal) -> bool:
    """Tell whether a mailbox alone must not open what a person reaches: a sensitive or a designated role."""
    if principal.user_id is None or principal.tenant is None:
        return False
    held = roles_of(transaction, principal.tenant, [principal.user_id]).get(principal.user_id, [])
    known = [catalogue().role(each.role) for each in held if not each.is_pending]
    return any(role is not None and (role.sensitive or role.designated) for role in known)


def manages(store: ResourceStore, principal: Principal, number: str) -> bool:
    """Tell whether a person may manage users of a centre."""
    return acts_for(store.transaction, principal, number)


def acts_for(transaction: Transaction, principal: Principal, number: str) -> bool:
    """Tell whether a person holds user management for a centre, or for the Associate that administers it (rule 8)."""
    managed = managed_centres(transaction, principal)
    if number in managed:
        return True
    found = register.find_centre(transaction, number) if managed else None
    associate = {} if found is None else found.attributes.get("associate") or {}
    return associate.get("centreNumber") in managed


def require_management(store: ResourceStore, principal: Principal, number: str, what: str) -> None:
    """Refuse everybody but the board and people with user management for a centre (rule 5).

    A directory alone never creates power: connections provision people and groups.
    """
    if is_board(principal):
        return
    if principal.kind == "connection":
        raise NotPermitted(
            f"Identity providers provision people and groups; {what} are made by people with user management for "
            f"{number}, and by the exam board."
        )
    if not manages(store, principal, number):
        raise NotPermitted(f"{principal.name} has no user management for {number}, and so cannot change {what} there.")
