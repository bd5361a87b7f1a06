"""Remove what accounts need no more: sessions and links that have ended, and attempts that no longer count."""

from scim_server.accounts.secret_links import purge_links
from scim_server.accounts.sessions import purge_sessions
from scim_server.accounts.throttle import purge_attempts
from scim_server.db import Transaction


def purge(transaction: Transaction) -> None:
    """Remove what has ended; the worker does so once an hour."""
    purge_sessions(transaction)
    purge_links(transaction)
    purge_attempts(transaction)
