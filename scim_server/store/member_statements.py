"""The statements about memberships, built once: about one group or member on the hot path, the others about several."""

from typing import Any

import sqlalchemy as sa

from scim_server.prepared import Prepared
from scim_server.store.conflicts import insert
from scim_server.store.dialects import texts
from scim_server.store.planning import keyed
from scim_server.store.tables import Text, is_nested, memberships, resources

_m, _r = memberships.c, resources.c
_IDS: sa.BindParameter[Any] = sa.bindparam("ids", expanding=True)


#: Not IN: a prepared statement holds no lists.
_IS_MEMBER_TYPE = (_r.resource_type == "User") | (_r.resource_type == "Group")


def _adding(whose: sa.ColumnElement[bool]) -> Any:
    """Return the statement that makes users and groups members, and returns those who were not."""
    candidates = sa.select(
        _r.tenant,
        sa.bindparam("group", type_=Text).label("group_id"),
        _r.id.label("member_id"),
        sa.literal_column("'Group'").label("group_type"),
        _r.resource_type.label("member_type"),
        sa.bindparam("since", type_=Text).label("since"),
    ).where(_r.tenant == sa.bindparam("tenant"), _IS_MEMBER_TYPE, whose)
    return (
        insert(memberships)
        .from_select([column.name for column in candidates.selected_columns], candidates)
        .on_conflict_do_nothing()
        .returning(_m.member_id, _m.member_type)
    )


ADD = _adding(_r.id.in_(_IDS))
ADD_ONE = Prepared(_adding(_r.id == sa.bindparam("member")))
KNOWN = sa.select(_r.id).where(
    _r.tenant == sa.bindparam("tenant"), _r.resource_type.in_(["User", "Group"]), _r.id.in_(_IDS)
)
REMOVE = (
    sa.delete(memberships)
    .where(_m.tenant == sa.bindparam("tenant"), _m.group_id == sa.bindparam("group"), _m.member_id.in_(_IDS))
    .returning(_m.member_id)
)
REMOVE_ONE = Prepared(
    sa.delete(memberships)
    .where(
        _m.tenant == sa.bindparam("tenant"),
        _m.group_id == sa.bindparam("group"),
        _m.member_id == sa.bindparam("member"),
    )
    .returning(_m.member_id)
)


def _display(type_name: sa.ColumnElement[str], resource_id: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    """Return the display name of a resource: one look-up by its key for each row, whatever the planner believes."""
    named = resources.alias()
    return (
        sa.select(named.c.display)
        .where(named.c.tenant == sa.bindparam("tenant"))
        .where(named.c.resource_type == type_name, named.c.id == resource_id)
        .scalar_subquery()
        .label("display")
    )


def _listed() -> sa.Select[Any]:
    """Return the query for the direct members of some groups."""
    wanted = texts("ids")
    this = keyed(_m.tenant, sa.bindparam("tenant", type_=Text), _m.group_id, wanted.c.value)
    return (
        sa.select(_m.group_id, _m.member_id, _m.member_type, _display(_m.member_type, _m.member_id))
        .select_from(wanted)
        .join(memberships, this)
        .order_by(_m.group_id, _m.member_id)
    )


LIST = Prepared(_listed())
_OF_GROUP = (_m.tenant == sa.bindparam("tenant"), _m.group_id == sa.bindparam("group"))
# Of one group, whose name the planner sees: the groups of a tenant may be of very different sizes.
LIST_ONE = Prepared(
    sa.select(_m.member_id, _m.member_type, _display(_m.member_type, _m.member_id))
    .where(*_OF_GROUP)
    .order_by(_m.member_id)
)
MEMBER_IDS = sa.select(_m.member_id).where(*_OF_GROUP)


def _few() -> sa.CompoundSelect[Any]:
    """Return the query for the members of a group, or for one row without any when there are as many as a number."""
    number = sa.bindparam("number", type_=sa.Integer())
    # Looked for once, and no further than the number: of most members of a large group nothing is read.
    first = sa.select(_m.member_id, _m.member_type).where(*_OF_GROUP).order_by(_m.member_id).limit(number).cte("first")
    found = sa.select(sa.func.count()).select_from(first).scalar_subquery()
    nobody = sa.select(*[sa.cast(sa.null(), sa.Text()) for _ in range(3)]).where(found == number)
    shown = sa.select(first.c.member_id, first.c.member_type, _display(first.c.member_type, first.c.member_id))
    return sa.union_all(nobody, shown.where(found < number))


FEW = Prepared(_few())
GROUP_IDS = Prepared(
    sa.select(_m.group_id).where(_m.tenant == sa.bindparam("tenant"), _m.member_id == sa.bindparam("member"))
)


def _groups_holding() -> sa.Select[Any]:
    """Return the query for the groups that hold some members directly."""
    wanted = texts("ids")
    this = keyed(_m.tenant, sa.bindparam("tenant", type_=Text), _m.member_id, wanted.c.value)
    shown = (_m.member_id, _m.group_id, _display(_m.group_type, _m.group_id))
    return sa.select(*shown).select_from(wanted).join(memberships, this)


HOLDING = Prepared(_groups_holding())


def groups_of_one(tenant: sa.ColumnElement[str], member: sa.ColumnElement[str]) -> sa.Select[Any]:
    """Return the query for the groups that hold one member at any depth, with whether each does so directly."""
    above, itself = memberships.alias().c, memberships.alias().c
    held = sa.select(_m.group_id).where(_m.tenant == tenant, _m.member_id == member).cte("held", recursive=True)
    # UNION drops what was found before, so groups in a circle end.
    held = held.union(sa.select(above.group_id).where(keyed(above.tenant, tenant, above.member_id, held.c.group_id)))
    direct = sa.exists().where(itself.tenant == tenant, itself.group_id == held.c.group_id, itself.member_id == member)
    named = _display(sa.literal_column("'Group'"), held.c.group_id)
    return sa.select(held.c.group_id, named, direct.label("direct"))


GROUPS_OF_ONE = Prepared(groups_of_one(sa.bindparam("tenant", type_=Text), sa.bindparam("member", type_=Text)))


def _downwards() -> sa.Select[tuple[str]]:
    """Return every group below a group, itself included."""
    start = sa.select(sa.bindparam("group", type_=Text).label("group_id")).cte("down", recursive=True)
    down = start.union(
        sa.select(_m.member_id).where(
            keyed(_m.tenant, sa.bindparam("tenant", type_=Text), _m.group_id, start.c.group_id),
            is_nested(_m),
        )
    )
    return sa.select(down.c.group_id)


GROUPS_BELOW = _downwards()
