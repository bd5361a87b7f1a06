"""Effective roles: the one answer to who has which role, where, why and since when, for everybody who asks."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa
from scim2_models.path import CompareOperator, Comparison, FilterNode, LogicalExpr, LogicalOperator

from mycambridge.access.assignments import (
    allowed,
    designated,
    granted,
    is_effective,
    is_pending,
    judged,
    mapped_downwards,
    mapped_upwards,
)
from mycambridge.access.reach import own_key
from mycambridge.access.scope import Scope
from mycambridge.catalogue.reading import EXAMS_OFFICER, USER_MANAGEMENT, catalogue
from mycambridge.settings import BOARD_TENANT
from scim_server.connections.tables import connections
from scim_server.db import Transaction
from scim_server.prepared import Prepared
from scim_server.store.dialects import JsonText, array_of, texts
from scim_server.store.planning import keyed
from scim_server.store.relations import Entries
from scim_server.store.resources import now_text
from scim_server.store.tables import Text, indexed_values, resources

Column = sa.ColumnElement[Any]
CHUNK = 500
_i = indexed_values.c


@dataclass(frozen=True, slots=True)
class Assignment:
    """Something that gives a person a role at a centre, or would."""

    user_id: str
    role: str
    centre: str
    source: str
    via_id: str
    since: str
    mapping_id: str | None
    needs_approval: bool
    expires: str | None
    is_active: bool
    is_open: bool
    is_reached: bool
    is_served: bool
    decision: str | None
    is_expired: bool
    is_suspended: bool
    via_display: str | None

    @property
    def is_pending(self) -> bool:
        """Whether it waits for approval."""
        return self.needs_approval and self.decision is None

    @property
    def is_effective(self) -> bool:
        """Whether the person has the role by it, now or as soon as it is approved."""
        role = catalogue().role(self.role)
        return (
            role is not None
            and self.is_active and self.is_open and self.is_reached and not self.is_expired
            and not self.is_suspended
            and self.decision != "declined"
            and (role.designated or self.is_served)
        )  # fmt: skip


def _parameters() -> Scope:
    return Scope(*[sa.bindparam(name, type_=Text) for name in ("tenant", "own", "board", "now")])


def _values(tenant: str) -> dict[str, str]:
    return {"tenant": tenant, "own": own_key(tenant), "board": BOARD_TENANT, "now": now_text()}


def _of(scope: Scope, whose: Callable[[Column], sa.ColumnElement[bool]]) -> sa.Select[Any]:
    """Return all assignments of some people, with the names of what gives them."""
    given = sa.union_all(
        mapped_upwards(scope, whose),
        granted(scope, whose),
        allowed(scope, whose),
        designated(scope, whose, EXAMS_OFFICER),
        designated(scope, whose, USER_MANAGEMENT),
    ).subquery("given")
    rows = judged(scope, catalogue(), given).subquery("judged")
    named = resources.alias("named")
    kind = sa.case((rows.c.source == "mapping", "Group"), (rows.c.source == "grant", "RoleGrant"), else_="Centre")
    home = sa.case((rows.c.source == "designation", scope.board), else_=scope.tenant)
    display = sa.select(named.c.display).where(
        named.c.tenant == home, named.c.resource_type == kind, named.c.id == rows.c.via_id
    )
    connection = sa.select(connections.c.name).where(
        connections.c.tenant == scope.tenant, connections.c.id == rows.c.via_id
    )
    called = sa.case((rows.c.source == "connection", connection.scalar_subquery()), else_=display.scalar_subquery())
    return sa.select(*rows.c, called.label("via_display"))


@cache
def _of_one() -> Prepared:
    return Prepared(_of(_parameters(), lambda column: column == sa.bindparam("user", type_=Text)))


def may_have_roles(tenant: Column, user: Column) -> sa.ColumnElement[bool]:
    """Return the condition that something may give a person a role: four looks at an index.

    Most organisations that are no centre yet have neither mappings nor grants, and each person is read again and again.
    """
    named = [
        sa.exists().where(_i.tenant == home, _i.resource_type == kind, _i.attribute == attribute, _i.value == user)
        for home, kind, attribute in _named_in(tenant)
    ]
    return sa.or_(*_for_anybody(tenant), *named)


def may_any_have_roles(transaction: Transaction, tenant: str, user_ids: Sequence[str]) -> bool:
    """Tell whether something may give any of some people a role."""
    wanted = {"tenant": tenant, "users": array_of(user_ids)}
    return _may_any_have_roles().first(transaction, wanted) is not None


@cache
def _may_any_have_roles() -> Prepared:
    tenant, wanted = sa.bindparam("tenant", type_=Text), texts("users")
    named = [
        sa.select(sa.literal_column("1"))
        .select_from(wanted)
        .join(indexed_values, keyed(_i.tenant, home, _i.value, wanted.c.value))
        .where(_i.resource_type == kind, _i.attribute == attribute)
        .exists()
        for home, kind, attribute in _named_in(tenant)
    ]
    return Prepared(sa.select(sa.literal_column("1")).where(sa.or_(*_for_anybody(tenant), *named)))


def _for_anybody(tenant: Column) -> list[sa.ColumnElement[bool]]:
    """Return the conditions under which anybody in a tenant may have a role."""
    mapped = sa.exists().where(_i.tenant == tenant, _i.resource_type == "RoleMapping", _i.attribute == "group.value")
    return [mapped, sa.exists().where(_i.tenant == tenant, _i.resource_type == "RoleAllowance")]


def _named_in(tenant: Column) -> list[tuple[Column, str, str]]:
    """Return where a person is named who is given a role: tenant, resource type, attribute."""
    return [(tenant, "RoleGrant", "user.value"), (sa.literal(BOARD_TENANT), "Centre", "examsofficers.value")]


@cache
def _of_several() -> sa.Select[Any]:
    users: Any = sa.bindparam("users", expanding=True)
    return _of(_parameters(), lambda column: column.in_(users))


def assignments_of(transaction: Transaction, tenant: str, user_ids: Sequence[str]) -> dict[str, list[Assignment]]:
    """Return all that gives people roles, or would, in a fixed order."""
    found: dict[str, list[Assignment]] = {}
    for row in _rows(transaction, tenant, list(user_ids)):
        found.setdefault(row[0], []).append(Assignment(*_typed(row)))
    for assignments in found.values():
        assignments.sort(key=lambda each: (each.centre, each.role, each.source, each.since, each.via_id))
    return found


def _rows(transaction: Transaction, tenant: str, user_ids: list[str]) -> Iterator[Any]:
    values = _values(tenant)
    if len(user_ids) == 1:
        yield from _of_one().all(transaction, {**values, "user": user_ids[0]})
        return
    for start in range(0, len(user_ids), CHUNK):
        yield from transaction.execute(_of_several(), {**values, "users": user_ids[start : start + CHUNK]})


def _typed(row: Any) -> list[Any]:
    """Return a row with numbers of SQLite as truth values, and the centre number as it is written."""
    values = list(row)
    values[2] = values[2].upper()
    for place in (7, 9, 10, 11, 12, 14, 15):
        values[place] = bool(values[place])
    return values


def roles_of(transaction: Transaction, tenant: str, user_ids: Sequence[str]) -> dict[str, list[Assignment]]:
    """Return the effective roles of people: of equal ones, the oldest."""
    found: dict[str, list[Assignment]] = {}
    for user_id, assignments in assignments_of(transaction, tenant, user_ids).items():
        distinct: dict[tuple[str, ...], Assignment] = {}
        for each in assignments:
            if each.is_effective:
                distinct.setdefault((each.centre, each.role, each.source, each.via_id), each)
        if distinct:
            found[user_id] = list(distinct.values())
    return found


# -- Everybody who has a role -------------------------------------------------


def holders(tenant: str, wanted: FilterNode | None = None, **equal: str) -> sa.Subquery:
    """Return the selection of all effective roles of a tenant, beginning with those that a filter names."""
    scope = Scope(tenant, own_key(tenant), BOARD_TENANT, now_text())
    named = {**_named(wanted), **equal}
    limits = [_equals(name, named[key]) for key, name in (("value", "role"), ("centre", "centre")) if key in named]
    given = sa.union_all(
        mapped_downwards(scope, *limits),
        granted(scope, None, *limits),
        allowed(scope, None, *limits),
        *[
            designated(scope, None, role)
            for role in (EXAMS_OFFICER, USER_MANAGEMENT)
            if named.get("value", role) == role
        ],
    ).subquery()
    # By itself, once: as part of a search PostgreSQL may compute it for each row that is searched.
    rows = judged(scope, catalogue(), given).cte().prefix_with("MATERIALIZED", dialect="postgresql")
    return (
        sa.select(*rows.c, is_pending(rows.c).label("is_pending")).where(is_effective(catalogue(), rows.c)).subquery()
    )


def _equals(name: str, value: str) -> Callable[[Any], sa.ColumnElement[bool]]:
    return lambda row: JsonText(row.c.search, (name,)) == value


def _named(node: FilterNode | None) -> dict[str, str]:
    """Return the role and the centre that a filter asks every match to have."""
    if isinstance(node, LogicalExpr) and node.op == LogicalOperator.and_:
        return {name: value for term in node.terms for name, value in _named(term).items()}
    if isinstance(node, Comparison) and node.op == CompareOperator.eq and isinstance(node.value, str):
        return {node.attr_path.attr.lower(): node.value.lower()}
    return {}


def role_entries(row_id: Column, tenant: str, wanted: FilterNode | None) -> Entries:
    """Return the effective roles of the user of a row, for filters."""
    rows = holders(tenant, wanted).c
    displays = {rows.role == role.value: role.display.lower() for role in catalogue().roles}
    columns: dict[str, Callable[[], Column]] = {
        "value": lambda: rows.role,
        "display": lambda: sa.case(*displays.items()),
        "centre": lambda: rows.centre,
        "source": lambda: rows.source,
        "mapping": lambda: rows.mapping_id,
        "since": lambda: rows.since,
        "pending": lambda: rows.is_pending,
    }
    return _entries(row_id, rows.user_id, columns)


def service_entries(row_id: Column, tenant: str, wanted: FilterNode | None) -> Entries:
    """Return the services that the user of a row reaches, for filters."""
    known = {name: value for name, value in _named(wanted).items() if name == "centre"}
    rows = holders(tenant, None, **known).c
    opening = [role for role in catalogue().roles if role.opens is not None]
    value = sa.case(*[(rows.role == role.value, str(role.opens)) for role in opening])
    display = sa.case(
        *[(rows.role == role.value, catalogue().service(str(role.opens)).display.lower()) for role in opening]
    )
    reached = sa.and_(value.is_not(None), rows.is_served, sa.not_(rows.is_pending))
    columns = {"value": lambda: value, "display": lambda: display, "centre": lambda: rows.centre}
    return _entries(row_id, rows.user_id, columns, reached)


def _entries(
    row_id: Column, user_id: Column, columns: dict[str, Callable[[], Column]], *always: sa.ColumnElement[bool]
) -> Entries:
    def exists(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
        return row_id.in_(sa.select(user_id).where(condition, *always))

    return Entries(exists, None, columns, row_id.in_(sa.select(user_id).where(*always)))
