"""Everything that could give a person a role, as one selection: memberships x mappings, grants, designations.

Whether it does is said by columns of its own, so that the same selection tells who has a role and explains who has not.
Nothing is kept: the database computes it whenever it is read.
"""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from mycambridge.access.reach import has_service, is_reached
from mycambridge.access.scope import Scope
from mycambridge.catalogue.reading import EXAMS_OFFICER, USER_MANAGEMENT, Catalogue
from mycambridge.mappings.resource import IN_FORCE
from mycambridge.schema import REQUESTED_THROUGH, USER_URN
from scim_server.store.dialects import JsonBoolean, JsonText, elements
from scim_server.store.planning import keyed
from scim_server.store.tables import Text, indexed_values, is_nested, memberships, resources

Column = sa.ColumnElement[Any]
Condition = sa.ColumnElement[bool]


def text(value: str) -> Column:
    """Return a constant that compares like the columns."""
    return sa.cast(sa.literal_column(f"'{value}'"), Text)


def _later(first: Column, second: Column) -> Column:
    return sa.case((first > second, first), else_=second)


def _mapping_columns(mapping: Any, user_id: Column, group_id: Column, since: Column) -> list[Column]:
    return [
        user_id.label("user_id"),
        JsonText(mapping.c.search, ("role",)).label("role"),
        JsonText(mapping.c.search, ("centre",)).label("centre"),
        text("mapping").label("source"),
        group_id.label("via_id"),
        since.label("since"),
        mapping.c.id.label("mapping_id"),
        sa.func.coalesce(JsonBoolean(mapping.c.search, ("requiresapproval",)), sa.false()).label("needs_approval"),
        sa.cast(sa.null(), Text).label("expires"),
    ]


def _attached(mapping: Any) -> Column:
    return JsonText(mapping.c.search, ("attached",))


def mapped_upwards(scope: Scope, whose: Callable[[Column], Condition]) -> sa.Select[Any]:
    """Return what mappings give some people, beginning with their memberships."""
    m, above, mapping, at = (
        memberships.alias(), memberships.alias(), resources.alias("mapping"), indexed_values.alias("mapped")
    )  # fmt: skip
    held = (
        sa.select(m.c.member_id.label("user_id"), m.c.group_id, m.c.since)
        .where(m.c.tenant == scope.tenant, whose(m.c.member_id))
        .cte(recursive=True)
    )
    held = held.union(
        sa.select(held.c.user_id, above.c.group_id, _later(above.c.since, held.c.since)).where(
            keyed(above.c.tenant, scope.tenant, above.c.member_id, held.c.group_id), is_nested(above.c)
        )
    )
    since = _later(_attached(mapping), held.c.since)
    of_group = (
        keyed(at.c.tenant, scope.tenant, at.c.value, held.c.group_id)
        & (at.c.resource_type == "RoleMapping")
        & (at.c.attribute == "group.value")
    )
    # Outer joins keep their order: SQLite would rather walk all mappings than ask for those of the few groups held.
    return (
        sa.select(*_mapping_columns(mapping, held.c.user_id, held.c.group_id, since))
        .select_from(held)
        .outerjoin(at, of_group)
        .outerjoin(mapping, _is(mapping, scope.tenant, "RoleMapping", at.c.resource_id))
        .where(sa.func.coalesce(JsonText(mapping.c.search, ("status",)), "") == IN_FORCE)
    )


def mapped_downwards(scope: Scope, *wanted: Callable[[Any], Condition]) -> sa.Select[Any]:
    """Return what some mappings give anybody, beginning with the mappings."""
    mapping, below, m = resources.alias("mapping"), memberships.alias(), memberships.alias()
    down = (
        sa.select(
            *scope.labels(mapping.c.tenant),
            mapping.c.id.label("mapping_id"),
            JsonText(mapping.c.search, ("group", "value")).label("group_id"),
            _attached(mapping).label("since"),
        )
        .where(mapping.c.tenant == scope.tenant, mapping.c.resource_type == "RoleMapping")
        .where(JsonText(mapping.c.search, ("status",)) == IN_FORCE, *[each(mapping) for each in wanted])
        .cte(recursive=True)
    )
    since = _later(below.c.since, down.c.since)
    tenant = scope.within(down).tenant
    down = down.union(
        sa.select(*scope.labels(tenant), down.c.mapping_id, below.c.member_id, since).where(
            keyed(below.c.tenant, tenant, below.c.group_id, down.c.group_id), is_nested(below.c)
        )
    )
    tenant, found = scope.within(down).tenant, resources.alias("found")
    root = JsonText(found.c.search, ("group", "value"))
    return (
        sa.select(*_mapping_columns(found, m.c.member_id, root, _later(m.c.since, down.c.since)), *scope.labels(tenant))
        .select_from(down)
        .join(m, keyed(m.c.tenant, tenant, m.c.group_id, down.c.group_id))
        .join(found, _is(found, tenant, "RoleMapping", down.c.mapping_id))
        .where(m.c.member_type == "User")
    )


def granted(scope: Scope, whose: Callable[[Column], Condition] | None, *wanted: Callable[[Any], Condition]) -> Any:
    """Return what grants give some people, or anybody."""
    grant = resources.alias("granted")
    user_id = JsonText(grant.c.search, ("user", "value"))
    columns = [
        user_id.label("user_id"),
        JsonText(grant.c.search, ("role",)).label("role"),
        JsonText(grant.c.search, ("centre",)).label("centre"),
        text("grant").label("source"),
        grant.c.id.label("via_id"),
        grant.c.created.label("since"),
        sa.cast(sa.null(), Text).label("mapping_id"),
        sa.false().label("needs_approval"),
        JsonText(grant.c.search, ("expires",)).label("expires"),
        *scope.labels(grant.c.tenant),
    ]
    if whose is None:
        return (
            sa.select(*columns)
            .where(grant.c.tenant == scope.tenant, grant.c.resource_type == "RoleGrant")
            .where(*[each(grant) for each in wanted])
        )
    at = indexed_values.alias("given")
    return (
        sa.select(*columns)
        .select_from(at)
        .join(grant, _is(grant, scope.tenant, "RoleGrant", at.c.resource_id))
        .where(at.c.tenant == scope.tenant, at.c.resource_type == "RoleGrant", at.c.attribute == "user.value")
        .where(whose(at.c.value))
    )


def allowed(scope: Scope, whose: Callable[[Column], Condition] | None, *wanted: Callable[[Any], Condition]) -> Any:
    """Return what connections may give some people, or anybody, of the roles that they ask for (rule 5)."""
    allowance, asking = resources.alias("allowance"), resources.alias("asking")
    asked = elements(asking.c.search, ("roles",)).alias("asked")
    through = (USER_URN.lower(), REQUESTED_THROUGH.lower())
    connection_id = JsonText(allowance.c.search, ("connection", "value"))
    of_connection = (
        (asking.c.tenant == scope.tenant)
        & (asking.c.resource_type == "User")
        & (JsonText(asking.c.search, (*through, "value")) == connection_id)
    )
    return (
        sa.select(
            asking.c.id.label("user_id"),
            JsonText(allowance.c.search, ("role",)).label("role"),
            JsonText(allowance.c.search, ("centre",)).label("centre"),
            text("connection").label("source"),
            connection_id.label("via_id"),
            _later(JsonText(asking.c.search, (*through, "since")), allowance.c.created).label("since"),
            sa.cast(sa.null(), Text).label("mapping_id"),
            sa.false().label("needs_approval"),
            sa.cast(sa.null(), Text).label("expires"),
        )
        .select_from(allowance)
        .join(asking, of_connection)
        .join(asked, sa.true())
        .where(allowance.c.tenant == scope.tenant, allowance.c.resource_type == "RoleAllowance")
        .where(JsonText(asked.c.value, ("value",)) == JsonText(allowance.c.search, ("role",)))
        .where(*([] if whose is None else [whose(asking.c.id)]), *[each(allowance) for each in wanted])
    )


def designated(scope: Scope, whose: Callable[[Column], Condition] | None, role: str) -> sa.Select[Any]:
    """Return which of the roles of an exams officer the board's designations give some people, or anybody."""
    centre = resources.alias("designating")
    officer = elements(centre.c.search, ("examsofficers",)).alias("officer")
    user_id = JsonText(officer.c.value, ("value",))
    since = "since" if role == EXAMS_OFFICER else "usermanagementsince"
    chosen = sa.select(
        user_id.label("user_id"),
        text(role).label("role"),
        centre.c.unique_key.label("centre"),
        text("designation").label("source"),
        centre.c.id.label("via_id"),
        sa.func.coalesce(JsonText(officer.c.value, (since,)), centre.c.created).label("since"),
        sa.cast(sa.null(), Text).label("mapping_id"),
        sa.false().label("needs_approval"),
        sa.cast(sa.null(), Text).label("expires"),
    )
    if role == USER_MANAGEMENT:
        chosen = chosen.where(sa.func.coalesce(JsonBoolean(officer.c.value, ("usermanagement",)), sa.false()))
    if whose is None:
        reached = scope.reached()
        chosen = chosen.add_columns(*scope.labels(list(reached.c)[-1]))
        its_centre = _is(centre, scope.board, "Centre", reached.c[0])
        return chosen.select_from(reached).join(centre, its_centre).join(officer, sa.true())
    at = indexed_values.alias("designation")
    return (
        chosen.select_from(at)
        .join(centre, _is(centre, scope.board, "Centre", at.c.resource_id))
        .join(officer, user_id == at.c.value)
        .where(at.c.tenant == scope.board, at.c.resource_type == "Centre", at.c.attribute == "examsofficers.value")
        .where(whose(at.c.value))
    )


def judged(scope: Scope, catalogue: Catalogue, given: sa.Subquery) -> sa.Select[Any]:
    """Return what may give roles with all that decides whether it does."""
    scope = scope.within(given)
    person, centre, decision = resources.alias("person"), resources.alias("centre"), resources.alias("decision")
    about = indexed_values.alias("decided")
    moment = JsonText(decision.c.search, ("decided",))
    decided = (
        sa.select(JsonText(decision.c.search, ("decision",)))
        .select_from(about)
        .join(decision, _is(decision, scope.tenant, "RoleApproval", about.c.resource_id))
        .where(about.c.tenant == scope.tenant, about.c.resource_type == "RoleApproval")
        .where(about.c.attribute == "user.value", about.c.value == given.c.user_id)
        .where(JsonText(decision.c.search, ("mapping", "value")) == given.c.mapping_id)
        .where(moment >= given.c.since)
        .order_by(moment.desc())
        .limit(1)
        .scalar_subquery()
    )
    its_centre = keyed(centre.c.tenant, scope.board, centre.c.unique_key, given.c.centre)
    its_centre &= centre.c.resource_type == "Centre"
    served = [
        (given.c.role == role.value, has_service(catalogue, role.opens, centre))
        for role in catalogue.roles
        if role.opens is not None
    ]
    return (
        sa.select(
            *given.c,
            sa.func.coalesce(person.c.active, sa.true()).label("is_active"),
            sa.func.coalesce(centre.c.active, sa.true()).label("is_open"),
            is_reached(centre, scope.own).label("is_reached"),
            (sa.case(*served, else_=sa.true()) if served else sa.true()).label("is_served"),
            sa.case((given.c.needs_approval, decided)).label("decision"),
            sa.func.coalesce(given.c.expires <= scope.now, sa.false()).label("is_expired"),
            _suspended(scope, given).label("is_suspended"),
        )
        .select_from(given)
        .join(person, _is(person, scope.tenant, "User", given.c.user_id))
        .join(centre, its_centre)
    )


def _suspended(scope: Scope, given: sa.Subquery) -> Condition:
    """Return whether the person of a row is suspended at its centre."""
    about, suspension = indexed_values.alias("suspending"), resources.alias("suspension")
    return (
        sa.exists()
        .select_from(about.join(suspension, _is(suspension, scope.tenant, "Suspension", about.c.resource_id)))
        .where(about.c.tenant == scope.tenant, about.c.resource_type == "Suspension")
        .where(about.c.attribute == "user.value", about.c.value == given.c.user_id)
        .where(JsonText(suspension.c.search, ("centre",)) == given.c.centre)
    )


def is_effective(catalogue: Catalogue, row: Any) -> Condition:
    """Return whether a judged row gives its role, now or as soon as it is approved."""
    needs_service = [row.role == role.value for role in catalogue.given_roles]
    without = [row.role == role.value for role in catalogue.roles if role.designated]
    return sa.and_(
        row.is_active, row.is_open, row.is_reached, sa.not_(row.is_expired), sa.not_(row.is_suspended),
        sa.func.coalesce(row.decision != "declined", sa.true()),
        sa.or_(sa.false(), *without, sa.and_(row.is_served, sa.or_(sa.false(), *needs_service))),
    )  # fmt: skip


def is_pending(row: Any) -> Condition:
    """Return whether a judged row waits for approval."""
    return sa.and_(row.needs_approval, row.decision.is_(None))


def _is(row: Any, tenant: Any, resource_type: str, resource_id: Column) -> Condition:
    """Return whether a row is the resource that another row names, which is looked up by its key."""
    return sa.and_(keyed(row.c.tenant, tenant, row.c.id, resource_id), row.c.resource_type == resource_type)
