"""How the tokens of a centre's directories stand: which are good, and which have ended without anybody ending them."""

from collections.abc import Iterable
from datetime import UTC, datetime

from scim_server.connections.oauth_clients import list_clients
from scim_server.connections.tokens import TokenRecord, list_tokens
from scim_server.db import Transaction
from scim_server.store.documents import utc_text


def directory_tokens(transaction: Transaction, tenant: str) -> list[TokenRecord]:
    """Return the good tokens of a centre's directories, and the last one of each that is refused for its age.

    The newest come first. A connection that somebody ended, or that an OAuth client opens, is refused by nobody's
    oversight, and has no token here that has ended. People's own tokens are theirs, and are left out.
    """
    tokens = [each for each in reversed(list_tokens(transaction, tenant)) if each.person is None]
    good = [each for each in tokens if each.revoked is None and not has_expired(each)]
    settled = {each.connection_id for each in good}
    settled |= {each.connection_id for each in list_clients(transaction, tenant) if each.revoked is None}
    last = [each for each in newest_of_each(tokens) if each.revoked is None and each.connection_id not in settled]
    return sorted([*good, *last], key=tokens.index)


def newest_of_each(tokens: Iterable[TokenRecord]) -> list[TokenRecord]:
    """Return the first token of each connection; of tokens of which the newest come first, the one to look after."""
    newest: dict[str, TokenRecord] = {}
    for each in tokens:
        newest.setdefault(each.connection_id, each)
    return list(newest.values())


def has_expired(token: TokenRecord) -> bool:
    """Tell whether the time of a token is over."""
    return token.expires <= utc_text(datetime.now(UTC))
