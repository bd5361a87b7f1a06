"""Whose access a change ends: active people who are deactivated, deleted, or taken out of groups mapped to roles."""

from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from mycambridge.mappings.covering import mappings_covering
from scim_server.extension import Change
from scim_server.store.documents import Document
from scim_server.store.planning import keyed
from scim_server.store.resources import ResourceStore
from scim_server.store.tables import memberships, resources

_m, _r = memberships.c, resources.c
_CHUNK = 500


def people_losing_access(change: Change, store: ResourceStore) -> list[str]:
    """Return the ids of the active people whose access a change ends, each once."""
    if change.resource_id is None or change.before is None:
        return []
    if change.resource_type == "User":
        return [change.resource_id] if _ends(change.before, change.after) else []
    if change.resource_type != "Group" or (change.operation != "delete" and not change.members_removed):
        return []
    if not mappings_covering(store, change.resource_id):
        return []
    leaving = None if change.operation == "delete" else change.members_removed
    return list(dict.fromkeys(_active_below(store, change.resource_id, leaving)))


def _ends(before: Document, after: Document | None) -> bool:
    """Tell whether somebody who was active is so no more; who says nothing of it is active."""
    return before.get("active") is not False and (after is None or after.get("active") is False)


def _active_below(store: ResourceStore, group_id: str, members: Sequence[str] | None) -> Iterator[str]:
    """Yield the active people among some members of a group, or all, and in the groups among them."""
    if members is None:
        yield from _active(store, _m.group_id == group_id)
        return
    for start in range(0, len(members), _CHUNK):
        yield from _active(store, _m.group_id == group_id, _m.member_id.in_(members[start : start + _CHUNK]))


def _active(store: ResourceStore, *which: sa.ColumnElement[bool]) -> Iterator[str]:
    tenant = store.tenant
    start = sa.select(_m.member_id, _m.member_type).where(_m.tenant == tenant, *which).cte("below", recursive=True)
    inner = memberships.alias().c
    below = start.union(
        sa.select(inner.member_id, inner.member_type).where(
            keyed(inner.tenant, tenant, inner.group_id, start.c.member_id),
            start.c.member_type == "Group",
        )
    )
    # One look-up by the key for each row, whatever the planner knows of a young table.
    is_active = sa.select(_r.active.is_not(sa.false())).where(
        _r.tenant == tenant, _r.resource_type == "User", _r.id == below.c.member_id
    )
    statement = sa.select(below.c.member_id).where(below.c.member_type == "User", is_active.scalar_subquery())
    yield from store.transaction.execute(statement).scalars()
