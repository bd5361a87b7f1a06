"""Who belongs to which group: one row per direct membership, whatever the size of the group."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from scim2_models import InvalidValueException

from scim_server.db import Transaction
from scim_server.store.dialects import array_of
from scim_server.store.member_statements import (
    ADD,
    ADD_ONE,
    FEW,
    GROUP_IDS,
    GROUPS_BELOW,
    GROUPS_OF_ONE,
    HOLDING,
    KNOWN,
    LIST,
    LIST_ONE,
    MEMBER_IDS,
    REMOVE,
    REMOVE_ONE,
)

CHUNK = 500
"""How many ids one statement names, well below the parameter limits of both engines."""


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


def sorted_groups(rows: Iterable[tuple[Any, ...]]) -> list[GroupOf]:
    """Return the groups of one member, as a query found them, in the order of their ids."""
    return [GroupOf(row[0], row[1], bool(row[2])) for row in sorted(rows)]


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
            return [(row[0], row[1]) for row in ADD_ONE.all(self._transaction, {**parameters, "member": ids[0]})]
        rows = self._transaction.execute(ADD, {**parameters, "ids": ids}).all()
        return [(row.member_id, row.member_type) for row in rows]

    def _refuse_unknown(self, ids: Sequence[str]) -> None:
        known = set(self._transaction.execute(KNOWN, {"tenant": self._tenant, "ids": ids}).scalars())
        missing = [member_id for member_id in ids if member_id not in known]
        if missing:
            raise InvalidValueException(
                detail=f"No user or group has the id {missing[0]!r}. Create the member first, then add it to the group."
            )

    def _refuse_circle(self, group_id: str, groups: set[str]) -> None:
        for group in groups:
            below = set(self._transaction.execute(GROUPS_BELOW, {"tenant": self._tenant, "group": group}).scalars())
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
                removed += [row[0] for row in REMOVE_ONE.all(self._transaction, {**parameters, "member": ids[0]})]
            else:
                removed += self._transaction.execute(REMOVE, {**parameters, "ids": ids}).scalars()
        return removed

    def ids(self, group_id: str) -> set[str]:
        """Return the ids of the direct members of a group."""
        return set(self._transaction.execute(MEMBER_IDS, {"tenant": self._tenant, "group": group_id}).scalars())

    def few(self, group_id: str, most: int) -> list[Member] | None:
        """Return the direct members of a group, or None when there are more than a number, which are not counted."""
        rows = FEW.all(self._transaction, {"tenant": self._tenant, "group": group_id, "number": most + 1})
        if rows and rows[0][0] is None:
            return None
        return [Member(*row) for row in sorted(rows)]

    def groups_holding(self, member_id: str) -> list[str]:
        """Return the ids of the groups somebody is a direct member of."""
        return [row[0] for row in GROUP_IDS.all(self._transaction, {"tenant": self._tenant, "member": member_id})]

    def of_groups(self, group_ids: Sequence[str]) -> dict[str, list[Member]]:
        """Return the direct members of each group."""
        found: dict[str, list[Member]] = {}
        if len(group_ids) == 1:
            rows = LIST_ONE.all(self._transaction, {"tenant": self._tenant, "group": group_ids[0]})
            return {group_ids[0]: [Member(*row) for row in rows]} if rows else {}
        for group, *member in LIST.all(self._transaction, self._among(group_ids)):
            found.setdefault(group, []).append(Member(*member))
        return found

    def groups_of(self, member_ids: Sequence[str]) -> dict[str, list[GroupOf]]:
        """Return the groups of each member in the order of their ids: direct ones, and those that contain them."""
        if len(member_ids) == 1:
            rows = GROUPS_OF_ONE.all(self._transaction, {"tenant": self._tenant, "member": member_ids[0]})
            return {member_ids[0]: sorted_groups(rows)} if rows else {}
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
        rows = HOLDING.all(self._transaction, self._among(ids))
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
