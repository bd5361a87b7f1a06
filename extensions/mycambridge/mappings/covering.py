"""Which mappings give a role to the members of a group: its own, and those of the groups that contain it."""

import sqlalchemy as sa

from scim_server.prepared import Prepared
from scim_server.store.planning import keyed
from scim_server.store.resources import ResourceStore
from scim_server.store.tables import Text, indexed_values, memberships

_m, _i = memberships.c, indexed_values.c


def _upwards() -> sa.Select[tuple[str]]:
    start = sa.select(sa.bindparam("group", type_=Text).label("group_id")).cte("up", recursive=True)
    up = start.union(
        sa.select(_m.group_id).where(
            keyed(_m.tenant, sa.bindparam("tenant", type_=Text), _m.member_id, start.c.group_id)
        )
    )
    return (
        sa.select(_i.resource_id)
        .select_from(up)
        .join(indexed_values, _i.value == up.c.group_id)
        .where(_i.tenant == sa.bindparam("tenant"))
        .where(_i.resource_type == "RoleMapping", _i.attribute == "group.value")
    )


_COVERING = Prepared(_upwards())


def mappings_covering(store: ResourceStore, group_id: str) -> list[str]:
    """Return the ids of the mappings of a group, and of the groups that contain it at any depth."""
    return [row[0] for row in _COVERING.all(store.transaction, {"tenant": store.tenant, "group": group_id})]
