"""Who belongs to which group: one row per direct membership, whatever the size of the group."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from scim2_models import InvalidValueException

from scim_server.db import Transaction
from scim_server.prepared import Prepared
from scim_server.store.conflicts import insert
from scim_server.store.dialects import array_of, texts
from scim_server.store.planning import keyed
from scim_server.store.tables import Text, memberships, resources

CHUNK = 500
"""How many ids one statement names, well below the parameter limits of both engines."""

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


_ADD = _adding(_r.id.in_(_IDS))
_ADD_ONE = Prepared(_adding(_r.id == sa.bindparam("member")))
_KNOWN = sa.select(_r.id).where(
    _r.tenant == sa.bindparam("tenant"), _r.resource_type.in_(["User", "Group"]), _r.id.in_(_IDS)
)
_REMOVE = (
    sa.delete(memberships)
    .where(_m.tenant == sa.bindparam("tenant"), _m.group_id == sa.bindparam("group"), _m.member_id.in_(_IDS))
    .returning(_m.member_id)
)
_REMOVE_ONE = Prepared(
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


_LIST = Prepared(_listed())
_OF_GROUP = (_m.tenant == sa.bindparam("tenant"), _m.group_id == sa.bindparam("group"))
# Of one group, whose name the planner sees: the groups of a tenant may be of very different sizes.
_ONE_LISTED = sa.select(_m.member_id, _m.member_type, _display(_m.member_type, _m.member_id)).where(*_OF_GROUP)
_LIST_ONE = Prepared(_ONE_LISTED.order_by(_m.member_id))
_MEMBER_IDS = sa.select(_m.member_id).where(*_OF_GROUP)


def _few() -> sa.CompoundSelect[Any]:
    """Return the query for the members of a group, or for one row without any when there are more than a number."""
    one_more = _MEMBER_IDS.order_by(_m.member_id).offset(sa.bindparam("number")).limit(1)
    nobody = sa.select(*[sa.cast(sa.null(), sa.Text()) for _ in range(3)]).where(one_more.exists())
    return sa.union_all(nobody, _ONE_LISTED.where(sa.not_(one_more.exists())))


_FEW = Prepared(_few())
_GROUP_IDS = Prepared(
    sa.select(_m.group_id).where(_m.tenant == sa.bindparam("tenant"), _m.member_id == sa.bindparam("member"))
)


def _groups_holding() -> sa.Select[Any]:
    """Return the query for the groups that hold some members directly."""
    wanted = texts("ids")
    this = keyed(_m.tenant, sa.bindparam("tenant", type_=Text), _m.member_id, wanted.c.value)
    shown = (_m.member_id, _m.group_id, _display(_m.group_type, _m.group_id))
    return sa.select(*shown).select_from(wanted).join(memberships, this)


_HOLDING = Prepared(_groups_holding())


def _groups_of_one() -> sa.Select[Any]:
    """Return the query for the groups that hold one member at any depth, with whether each does so directly."""
    tenant, member = sa.bindparam("tenant", type_=Text), sa.bindparam("member", type_=Text)
    above, itself = memberships.alias().c, memberships.alias().c
    held = sa.select(_m.group_id).where(_m.tenant == tenant, _m.member_id == member).cte("held", recursive=True)
    # UNION drops what was found before, so groups in a circle end.
    held = held.union(sa.select(above.group_id).where(keyed(above.tenant, tenant, above.member_id, held.c.group_id)))
    direct = sa.exists().where(itself.tenant == tenant, itself.group_id == held.c.group_id, itself.member_id == member)
    named = _display(sa.literal_column("'Group'"), held.c.group_id)
    return sa.select(held.c.group_id, named, direct).order_by(held.c.group_id)


_GROUPS_OF_ONE = Prepared(_groups_of_one())


def _downwards() -> sa.Select[tuple[str]]:
    """Return every group below a group, itself included."""
    start = sa.select(sa.bindparam("group", type_=Text).label("group_id")).cte("down", recursive=True)
    down = start.union(
        sa.select(_m.member_id).where(
            keyed(_m.tenant, sa.bindparam("tenant", type_=Text), _m.group_id, start.c.group_id),
            _m.member_type == "Group",
        )
    )
    return sa.select(down.c.group_id)


_GROUPS_BELOW = _downwards()


@dataclass(frozen=True, slots=True)
class Member:
    """A direct member of a group."""

    id: str
    type: str
    display: str | None


@dataclass(frozen=True, slots=True)
class GroupOf:
    """A group that somebody belongs to."""

    id: str
    display: str | None
    direct: bool


class Members:
    """The memberships of one tenant."""

    def __init__(self, transaction: Transaction, tenant: str) -> None:
        """Read and write in a transaction."""
        self._transaction = transaction
        self._tenant = tenant

    def add(self, group_id: str, member_ids: Iterable[str], *, since: str) -> list[str]:
        """Make users and groups members, and return those who were not members before.

        :raises InvalidValueException: When the tenant has no such user or group, or a group would contain itself.
        """
        added: list[str] = []
        for ids in _chunks(member_ids):
            rows = self._added({"tenant": self._tenant, "group": group_id, "since": since}, ids)
            added += [member for member, _ in rows]
            if len(rows) < len(ids):
                self._refuse_unknown(ids)
            self._refuse_circle(group_id, {member for member, kind in rows if kind == "Group"})
        return added

    def _added(self, parameters: dict[str, Any], ids: list[str]) -> list[tuple[str, str]]:
        if len(ids) == 1:
            return [(row[0], row[1]) for row in _ADD_ONE.all(self._transaction, {**parameters, "member": ids[0]})]
        rows = self._transaction.execute(_ADD, {**parameters, "ids": ids}).all()
        return [(row.member_id, row.member_type) for row in rows]

    def _refuse_unknown(self, ids: Sequence[str]) -> None:
        known = set(self._transaction.execute(_KNOWN, {"tenant": self._tenant, "ids": ids}).scalars())
        missing = [member_id for member_id in ids if member_id not in known]
        if missing:
            raise InvalidValueException(
                detail=f"No user or group has the id {missing[0]!r}. Create the member first, then add it to the group."
            )

    def _refuse_circle(self, group_id: str, groups: set[str]) -> None:
        for group in groups:
            below = set(self._transaction.execute(_GROUPS_BELOW, {"tenant": self._tenant, "group": group}).scalars())
            if group_id in below:
                raise InvalidValueException(
                    detail=f"The group {group!r} cannot be a member here, because it already contains this group."
                )

    def remove(self, group_id: str, member_ids: Iterable[str]) -> list[str]:
        """End memberships, and return the ids of those who were members."""
        removed: list[str] = []
        for ids in _chunks(member_ids):
            parameters = {"tenant": self._tenant, "group": group_id}
            if len(ids) == 1:
                removed += [row[0] for row in _REMOVE_ONE.all(self._transaction, {**parameters, "member": ids[0]})]
            else:
                removed += self._transaction.execute(_REMOVE, {**parameters, "ids": ids}).scalars()
        return removed

    def ids(self, group_id: str) -> set[str]:
        """Return the ids of the direct members of a group."""
        return set(self._transaction.execute(_MEMBER_IDS, {"tenant": self._tenant, "group": group_id}).scalars())

    def few(self, group_id: str, most: int) -> list[Member] | None:
        """Return the direct members of a group, or None when there are more than a number, which are not counted."""
        rows = _FEW.all(self._transaction, {"tenant": self._tenant, "group": group_id, "number": most})
        if rows and rows[0][0] is None:
            return None
        return [Member(*row) for row in sorted(rows)]

    def groups_holding(self, member_id: str) -> list[str]:
        """Return the ids of the groups somebody is a direct member of."""
        return [row[0] for row in _GROUP_IDS.all(self._transaction, {"tenant": self._tenant, "member": member_id})]

    def of_groups(self, group_ids: Sequence[str]) -> dict[str, list[Member]]:
        """Return the direct members of each group."""
        found: dict[str, list[Member]] = {}
        if len(group_ids) == 1:
            rows = _LIST_ONE.all(self._transaction, {"tenant": self._tenant, "group": group_ids[0]})
            return {group_ids[0]: [Member(*row) for row in rows]} if rows else {}
        for group, *member in _LIST.all(self._transaction, self._among(group_ids)):
            found.setdefault(group, []).append(Member(*member))
        return found

    def groups_of(self, member_ids: Sequence[str]) -> dict[str, list[GroupOf]]:
        """Return the groups of each member in the order of their ids: direct ones, and those that contain them."""
        if len(member_ids) == 1:
            rows = _GROUPS_OF_ONE.all(self._transaction, {"tenant": self._tenant, "member": member_ids[0]})
            return {member_ids[0]: [GroupOf(row[0], row[1], bool(row[2])) for row in rows]} if rows else {}
        holding = self._holding(member_ids)
        names: dict[str, str | None] = {}
        direct = {member: _kept(groups, names) for member, groups in holding.items()}
        above = self._above({group for groups in direct.values() for group in groups}, names) if direct else {}
        found = {}
        for member, groups in direct.items():
            everything = _reached(groups, above)
            found[member] = [GroupOf(group, names[group], group in groups) for group in sorted(everything)]
        return found

    def _among(self, ids: Iterable[str]) -> dict[str, str]:
        return {"tenant": self._tenant, "ids": array_of(ids)}

    def _above(self, groups: set[str], names: dict[str, str | None]) -> dict[str, set[str]]:
        """Return which groups hold which, from some groups upwards, level by level."""
        above: dict[str, set[str]] = {}
        while groups:
            level = {group: _kept(held, names) for group, held in self._holding(sorted(groups)).items()}
            above |= level
            groups = {group for held in level.values() for group in held if group not in above}
        return above

    def _holding(self, ids: Sequence[str]) -> dict[str, list[tuple[str, str | None]]]:
        """Return the groups that hold each member directly, with their names."""
        rows = _HOLDING.all(self._transaction, self._among(ids))
        found: dict[str, list[tuple[str, str | None]]] = {}
        for member, group, display in rows:
            found.setdefault(member, []).append((group, display))
        return found


def _kept(groups: list[tuple[str, str | None]], names: dict[str, str | None]) -> set[str]:
    """Return the ids of groups, and keep their names."""
    names.update(groups)
    return {group for group, _ in groups}


def _reached(groups: set[str], above: dict[str, set[str]]) -> set[str]:
    """Return groups with all that hold them at any depth; groups in a circle end."""
    reached, waiting = set(groups), list(groups)
    while waiting:
        for group in above.get(waiting.pop(), ()):
            if group not in reached:
                reached.add(group)
                waiting.append(group)
    return reached


def _chunks(ids: Iterable[str]) -> Iterator[list[str]]:
    distinct = list(dict.fromkeys(ids))
    for start in range(0, len(distinct), CHUNK):
        yield distinct[start : start + CHUNK]
