"""Open, renew and end the connections of a centre's directories, by the board or people who manage its users."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from mycambridge.authority import require_management
from mycambridge.connections.standing import directory_tokens
from mycambridge.refusals import NotPermitted
from scim_server.connections.errors import AdministrationError
from scim_server.connections.tokens import TokenRecord, issue_token, revoke_token, rotate_token
from scim_server.extension import InvalidChange
from scim_server.journal.record import Entry, record
from scim_server.protocol.guarded import GuardedStore, actor_of

_WHAT = "connections of its directory"
OVERLAP = timedelta(days=7)
LIFETIME = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Issued:
    """A token that is shown once, and the id by which it is known afterwards."""

    id: str
    text: str


def require_connections(guarded: GuardedStore) -> None:
    """Refuse everybody but the board and people with user management for the centre.

    :raises NotPermitted: With what to do instead.
    """
    require_management(guarded.store, guarded.principal, guarded.store.tenant, _WHAT)


def connections_of(guarded: GuardedStore) -> Sequence[TokenRecord]:
    """Return the tokens of the directories of a centre that are good or need a new one, the newest first.

    :raises NotPermitted: When somebody else asks.
    """
    require_connections(guarded)
    return directory_tokens(guarded.store.transaction, guarded.store.tenant)


def connection_of(guarded: GuardedStore, token_id: str) -> TokenRecord:
    """Return one token of the directories of a centre.

    :raises NotPermitted: When somebody else asks, or it is no token of this centre's directories.
    """
    found = next((each for each in connections_of(guarded) if each.id == token_id), None)
    if found is None:
        raise NotPermitted("This centre has no such connection, or it has ended.")
    return found


def open_directory(guarded: GuardedStore, name: str, profile: str) -> Issued:
    """Open a connection with full access to people and groups of the centre, and return its token.

    :raises NotPermitted: When somebody else asks.
    :raises InvalidChange: When the name is unfit or in use.
    """
    require_connections(guarded)
    store = guarded.store
    try:
        token = issue_token(store.transaction, store.tenant, name=name, profile=profile, lifetime=LIFETIME)
    except AdministrationError as error:
        raise InvalidChange(detail=str(error)) from None
    _record(guarded, "token-created", name)
    return Issued(token.id, token.text)


def renew_directory(guarded: GuardedStore, token_id: str) -> Issued:
    """Return a new token of a connection, beside which an old one that is good stays so for a week.

    :raises NotPermitted: When somebody else asks, or it is no token of this centre's directories.
    """
    known = connection_of(guarded, token_id)
    token = rotate_token(guarded.store.transaction, token_id, overlap=OVERLAP, lifetime=LIFETIME)
    _record(guarded, "token-rotated", known.name)
    return Issued(token.id, token.text)


def end_directory(guarded: GuardedStore, token_id: str) -> None:
    """End a token at once; a directory that uses it is refused from then on, and changes nothing any more.

    :raises NotPermitted: When somebody else asks, or it is no token of this centre's directories.
    """
    known = connection_of(guarded, token_id)
    revoke_token(guarded.store.transaction, token_id)
    _record(guarded, "token-revoked", known.name)


def _record(guarded: GuardedStore, operation: str, name: str) -> None:
    entry = Entry(
        actor=actor_of(guarded.principal),
        operation=operation,
        resource_type="Connection",
        display=name,
        request_id=guarded.request_id,
    )
    record(guarded.store.transaction, guarded.store.tenant, [entry])
