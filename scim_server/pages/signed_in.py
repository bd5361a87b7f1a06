"""Who is signed in, read from the database on every request, so that what ended has ended at once."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import session as cookie

from scim_server.accounts import sessions
from scim_server.accounts.register import Account, Link, links_of, read_account
from scim_server.accounts.sessions import Session
from scim_server.db import Database, Transaction
from scim_server.extension import Principal, ServerExtension

SECRET = "secret"  # noqa: S105 - the name under which the cookie holds one


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person at a browser."""

    session: Session
    account: Account
    links: tuple[Link, ...]
    """The Users that the person is and that are active."""

    needs_second_factor: bool
    """Whether the person must set up, or give, a second factor before anything else."""

    @property
    def link(self) -> Link | None:
        """The User as whom the person goes on: the one chosen, else the only or first one."""
        chosen = [each for each in self.links if each.user_id == self.session.user_id]
        return chosen[0] if chosen else next(iter(self.links), None)

    def principals(self) -> list[Principal]:
        """Return as whom the person may act: as an administrator, and as each of the Users."""
        acting = [principal_of(link) for link in self.links]
        if self.account.administrator is not None:
            name = self.account.administrator
            return [Principal("administrator", name, name), *acting]
        return acting


def principal_of(link: Link) -> Principal:
    """Return a person as the rules and the journal know them."""
    scopes = frozenset({"scim:read", "scim:write"})
    return Principal("person", link.user_id, link.user_name, link.tenant, scopes, "rfc", link.user_id)


def find_signed_in(database: Database, extensions: Sequence[ServerExtension]) -> SignedIn | None:
    """Return who the browser's cookie stands for, or None."""
    secret = cookie.get(SECRET)
    if not isinstance(secret, str):
        return None
    found = database.run(lambda reading: _read(reading, secret, extensions), writing=False)
    if found is not None and sessions.needs_noting(found.session):
        database.run(lambda transaction: sessions.note_use(transaction, found.session), writing=True)
    return found


def _read(reading: Transaction, secret: str, extensions: Sequence[ServerExtension]) -> SignedIn | None:
    session = sessions.find_session(reading, secret)
    account = None if session is None else read_account(reading, session.account_id)
    if session is None or account is None:
        return None
    links = tuple(link for link in links_of(reading, account.id) if link.is_active)
    demanded = session.second_factor is None and demands_second_factor(reading, account, links, extensions)
    return SignedIn(session, account, links, demanded)


def demands_second_factor(
    reading: Transaction, account: Account, links: Sequence[Link], extensions: Sequence[ServerExtension]
) -> bool:
    """Tell whether a password alone is not enough for a person: who has a second factor, or must have one."""
    return account.has_second_factor or must_have_second_factor(reading, account, links, extensions)


def must_have_second_factor(
    reading: Transaction, account: Account, links: Sequence[Link], extensions: Sequence[ServerExtension]
) -> bool:
    """Tell whether a person may not be without a second factor: for the board's power, or what a role opens."""
    if account.administrator is not None:
        return True
    return any(
        extension.demands_second_factor(principal_of(link), reading) for link in links for extension in extensions
    )
