"""Remove what is of no use any more: sessions that ended, links that are too old, attempts that no longer count."""

from dataclasses import dataclass

from scim_server.accounts.secret_links import purge_links
from scim_server.accounts.sessions import purge_sessions
from scim_server.accounts.throttle import purge_attempts
from scim_server.db import Transaction


@dataclass(frozen=True, slots=True)
class Purged:
    """How many rows of each kind were removed."""

    sessions: int
    links: int
    attempts: int


def purge(transaction: Transaction) -> Purged:
    """Remove what is of no use any more, and return how much that was."""
    return Purged(purge_sessions(transaction), purge_links(transaction), purge_attempts(transaction))
