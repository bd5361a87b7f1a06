"""Finds what commands call by name: people by their userNames, groups by their display names, or both by id."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from mycambridge.access.searching import managed
from mycambridge.centres import register
from mycambridge.commands.acting import named
from mycambridge.stored import stored_where
from scim_server.db import Transaction
from scim_server.store.documents import comparison_text
from scim_server.store.resources import ResourceStore, StoredResource
from scim_server.store.tables import resources

_r = resources.c


def user_named(store: ResourceStore, name: str) -> StoredResource:
    """Return the user of a userName or an id.

    :raises click.ClickException: When there is none.
    """
    return named(_by(store, "User", "unique_key", name), "user", name)


def group_named(store: ResourceStore, name: str) -> StoredResource:
    """Return the group of a display name or an id.

    :raises click.ClickException: When there is none, or when several have the name.
    """
    return named(_by(store, "Group", "display_key", name), "group", name)


def _by(store: ResourceStore, type_name: str, column: str, name: str) -> list[StoredResource]:
    key = comparison_text(name, case_exact=False)
    return stored_where(store.transaction, store.tenant, type_name, sa.or_(_r[column] == key, _r.id == name))


def all_centres(transaction: Transaction, *, unmanaged: bool = False) -> list[StoredResource]:
    """Return every centre, or those for which nobody has user management, in the order of the numbers."""
    where = [sa.not_(managed(_r.id))] if unmanaged else []
    found = stored_where(transaction, register.board(), register.CENTRE, *where)
    return sorted(found, key=lambda each: str(each.attributes["centreNumber"]))


def documents(found: Sequence[StoredResource]) -> list[dict[str, Any]]:
    """Return resources as JSON objects with their ids."""
    return [{"id": each.id, **each.attributes} for each in found]
