"""Who would gain and lose which role: facts that are compared before and after a change that is only tried."""

import json
from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from mycambridge.access.effective import holders, roles_of
from mycambridge.catalogue.reading import catalogue
from mycambridge.centres.register import centre_by_id, find_centre
from mycambridge.schema import REQUESTED_THROUGH, USER_URN
from mycambridge.stored import user_names
from scim_server.extension import Change, Consequences
from scim_server.store.dialects import JsonText
from scim_server.store.planning import keyed
from scim_server.store.resources import ResourceStore
from scim_server.store.tables import memberships, resources

_m, _r = memberships.c, resources.c


def consequences(change: Change, store: ResourceStore) -> Consequences | None:
    """Return what tells the roles of the people whom a change may concern, or None when it concerns nobody's."""
    if change.resource_type == "Centre":
        return _of_centre(change, store)
    people = sorted(set(_concerned(change, store)))
    if not people and change.resource_type not in ("RoleMapping", "Group"):
        return None

    def facts() -> set[str]:
        return set(_facts(store, people))

    return facts


def _of_centre(change: Change, store: ResourceStore) -> Consequences | None:
    """Return what tells all roles at a centre, by its own organisation and by the Associates before and after."""
    documents = [document for document in (change.before, change.after) if document is not None]
    number = str(documents[0].get("centreNumber") or "").strip()
    sent = [str((document.get("associate") or {}).get("value") or "") for document in documents]
    associates = [centre_by_id(store.transaction, each) or find_centre(store.transaction, each) for each in sent]
    tenants = {number, *(each.attributes["centreNumber"] for each in associates if each is not None)}

    def facts() -> set[str]:
        return {fact for tenant in tenants for fact in _facts_at(store, tenant, number)}

    return facts


def _facts_at(store: ResourceStore, tenant: str, number: str) -> Iterable[str]:
    rows = holders(tenant, None, centre=number.lower()).c
    statement = sa.select(rows.user_id).where(rows.centre == number.lower()).distinct()
    of_tenant = ResourceStore(store.transaction, tenant, store.types)
    people = list(store.transaction.execute(statement).scalars())
    return [fact for fact in _facts(of_tenant, people) if json.loads(fact)["centre"] == number]


def _concerned(change: Change, store: ResourceStore) -> Iterable[str]:
    """Return the ids of the people whom a change may concern."""
    documents = [document for document in (change.before, change.after) if document is not None]
    match change.resource_type:
        case "RoleMapping":
            for document in documents:
                yield from _members(store, document["group"]["value"])
        case "RoleGrant" | "RoleApproval" | "Suspension":
            yield from (document["user"]["value"] for document in documents)
        case "RoleAllowance":
            for document in documents:
                yield from _asked_through(store, document["connection"]["value"])
        case "Group":
            if change.resource_id is not None:
                yield from _members(store, change.resource_id)
            yield from _with_groups(store, [*change.members_added, *change.members_removed])
        case "User" if change.resource_id is not None:
            yield change.resource_id


def _asked_through(store: ResourceStore, connection_id: str) -> list[str]:
    """Return the ids of the people whose roles a connection asked for."""
    through = JsonText(_r.search, (USER_URN.lower(), REQUESTED_THROUGH.lower(), "value"))
    asking = sa.select(_r.id).where(_r.tenant == store.tenant, _r.resource_type == "User", through == connection_id)
    return list(store.transaction.execute(asking).scalars())


def _with_groups(store: ResourceStore, member_ids: Sequence[str]) -> Iterable[str]:
    """Return members, and those of the groups among them."""
    for member_id in member_ids:
        yield member_id
        yield from _members(store, member_id)


def _members(store: ResourceStore, group_id: str) -> list[str]:
    """Return the ids of the people in a group, directly or through nested groups."""
    start = (
        sa.select(_m.member_id, _m.member_type)
        .where(_m.tenant == store.tenant, _m.group_id == group_id)
        .cte(recursive=True)
    )
    below = start.union(
        sa.select(_m.member_id, _m.member_type).where(
            keyed(_m.tenant, store.tenant, _m.group_id, start.c.member_id),
            start.c.member_type == "Group",
        )
    )
    people = sa.select(below.c.member_id).where(below.c.member_type == "User")
    return list(store.transaction.execute(people).scalars())


def _facts(store: ResourceStore, people: list[str]) -> Iterable[str]:
    names = user_names(store, people)
    for user_id, roles in roles_of(store.transaction, store.tenant, people).items():
        user = {"value": user_id, "display": names.get(user_id)}
        held = {(each.role, each.centre): each for each in roles}
        # A role that several things give is pending only while all of them are.
        held |= {(each.role, each.centre): each for each in roles if not each.is_pending}
        for each in held.values():
            role = catalogue().role(each.role)
            fact = {
                "user": user,
                "role": each.role,
                "display": each.role if role is None else role.display,
                "centre": each.centre,
                "pending": each.is_pending,
            }
            yield json.dumps(fact)
