"""Finds the roles that directories ask for and nobody answered."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from scim2_models.path import FilterNode

from mycambridge.access.effective import holders
from mycambridge.requests.resource import IGNORED
from mycambridge.stored import stored_with_any
from scim_server.store.dialects import JsonPresence, JsonText, elements
from scim_server.store.relations import Entries
from scim_server.store.resources import ResourceStore, StoredResource
from scim_server.store.tables import indexed_values, resources


def ignored_of(store: ResourceStore, user_ids: Sequence[str]) -> dict[str, list[StoredResource]]:
    """Return what people decided to ignore, by the ids of those for whom it was asked."""
    if not user_ids:
        return {}
    return stored_with_any(store.transaction, store.tenant, IGNORED, "user.value", user_ids)


def requested_entries(row_id: sa.ColumnElement[Any], tenant: str, _wanted: FilterNode | None) -> Entries:
    """Return the roles that were asked for the user of a row and nobody answered, for filters."""
    asking = resources.alias("asking")
    asked = elements(asking.c.search, ("roles",)).alias("asked")
    role = JsonText(asked.c.value, ("value",))
    unanswered = (
        sa.select(asking.c.id)
        .select_from(asking.join(asked, sa.true()))
        .where(asking.c.tenant == tenant, asking.c.resource_type == "User", JsonPresence(asking.c.search, ("roles",)))
        .where(role.is_not(None), sa.not_(_is_held(tenant, asking.c.id, role)))
        .where(sa.not_(_is_ignored(tenant, asking.c.id, role)))
    )

    def exists(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
        return row_id.in_(unanswered.where(condition))

    return Entries(exists, None, {"value": lambda: role}, row_id.in_(unanswered))


def _is_held(tenant: str, user_id: sa.ColumnElement[Any], role: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    held = holders(tenant).c
    return sa.exists().where(held.user_id == user_id, held.role == role, sa.not_(held.is_pending))


def _is_ignored(tenant: str, user_id: sa.ColumnElement[Any], role: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    about, ignored = indexed_values.alias("ignoring"), resources.alias("ignored")
    itself = (ignored.c.tenant == tenant) & (ignored.c.resource_type == IGNORED) & (ignored.c.id == about.c.resource_id)
    return (
        sa.exists()
        .select_from(about.join(ignored, itself))
        .where(about.c.tenant == tenant, about.c.resource_type == IGNORED, about.c.attribute == "user.value")
        .where(about.c.value == user_id, JsonText(ignored.c.search, ("role",)) == role)
    )
