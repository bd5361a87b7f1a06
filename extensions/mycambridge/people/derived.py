"""What readers see of people and groups besides what the directory sent."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from mycambridge.access.effective import Assignment, may_any_have_roles, roles_of
from mycambridge.catalogue.reading import catalogue
from mycambridge.centres import register
from mycambridge.mappings.resource import IN_FORCE
from mycambridge.requests.register import ignored_of
from mycambridge.requests.rules import asked_roles, unanswered
from mycambridge.schema import CENTRE_NAME, CENTRE_NUMBER, GROUP_URN, USER_URN
from mycambridge.stored import stored_with_any
from scim_server.extension import Wants
from scim_server.prepared import Prepared
from scim_server.store.dialects import array_of, texts
from scim_server.store.planning import keyed
from scim_server.store.resources import ResourceStore, StoredResource
from scim_server.store.tables import Text, memberships

Attributes = dict[str, Any]
_m = memberships.c


def _counting() -> sa.Select[tuple[str, int]]:
    """Return the query for how many direct members some groups have."""
    wanted, tenant = texts("groups"), sa.bindparam("tenant", type_=Text)
    this = keyed(_m.tenant, tenant, _m.group_id, wanted.c.value)
    return sa.select(_m.group_id, sa.func.count()).select_from(wanted).join(memberships, this).group_by(_m.group_id)


_COUNTS = Prepared(_counting())
_VIA = {"mapping": ("Groups", "Group"), "grant": ("RoleGrants", "RoleGrant"), "designation": ("Centres", "Centre")}


def of_users(
    store: ResourceStore, users: Sequence[StoredResource], wants: Wants, base_url: str
) -> Mapping[str, Attributes]:
    """Return the effective roles, services and requested roles of people, and the names of their centres."""
    found: dict[str, Attributes] = {user.id: {} for user in users}
    roles: Mapping[str, list[Assignment]] = {}
    if any(wants(USER_URN, name) for name in ("effectiveRoles", "services", "requestedRoles", "conflicts")):
        roles = _roles(store, users)
    for user in users:
        held = roles.get(user.id, [])
        if held and wants(USER_URN, "effectiveRoles"):
            found[user.id]["effectiveRoles"] = [shown_role(each, base_url) for each in held]
        if held and (at := conflicting_centres(held)) and wants(USER_URN, "conflicts"):
            found[user.id]["conflicts"] = at
        if held and (services := open_services(held)) and wants(USER_URN, "services"):
            found[user.id]["services"] = services
    if wants(USER_URN, "requestedRoles"):
        _add_requested(store, users, roles, found)
    if wants(USER_URN, CENTRE_NAME):
        _add_names(store, users, found, USER_URN, CENTRE_NUMBER)
    return {user_id: attributes for user_id, attributes in found.items() if attributes}


def _roles(store: ResourceStore, users: Sequence[StoredResource]) -> Mapping[str, list[Assignment]]:
    """Return the effective roles of people, looked for where something may give them any and that is not known yet."""
    may_have = [user for user in users if user.may_derive is not False or _asks(user)]
    ids = [user.id for user in may_have]
    if not ids or not (
        all(user.may_derive for user in may_have) or may_any_have_roles(store.transaction, store.tenant, ids)
    ):
        return {}
    return roles_of(store.transaction, store.tenant, ids)


def shown_role(each: Assignment, base_url: str) -> Attributes:
    """Return an effective role as clients see it."""
    role = catalogue().role(each.role)
    via = {"value": each.via_id}
    if each.source in _VIA:
        via["$ref"] = f"{base_url}/{_VIA[each.source][0]}/{each.via_id}"
    if each.via_display is not None:
        via["display"] = each.via_display
    return {
        "value": each.role,
        "display": each.role if role is None else role.display,
        "centre": each.centre,
        "source": each.source,
        "via": via,
        **({"mapping": each.mapping_id} if each.mapping_id else {}),
        "since": each.since,
        "pending": each.is_pending,
    }


def conflicting_centres(held: Sequence[Assignment]) -> list[str]:
    """Return the centres at which a person is exams officer and teacher at once (rule 10)."""
    effective = [(each.centre, catalogue().role(each.role)) for each in held if not each.is_pending]
    officer_at = {centre for centre, role in effective if role is not None and role.designated}
    teaches_at = {centre for centre, role in effective if role is not None and role.teaches}
    return sorted(officer_at & teaches_at)


def open_services(held: Sequence[Assignment]) -> list[Attributes]:
    """Return the services that effective roles open, each once for a centre."""
    found: dict[tuple[str, str], Attributes] = {}
    for each in held:
        role = catalogue().role(each.role)
        if role is None or role.opens is None or each.is_pending or not each.is_served:
            continue
        service = catalogue().service(role.opens)
        found[each.centre, service.value] = {
            "value": service.value, "display": service.display, "centre": each.centre,
        }  # fmt: skip
    return list(found.values())


def _add_requested(
    store: ResourceStore,
    users: Sequence[StoredResource],
    roles: Mapping[str, Sequence[Assignment]],
    found: dict[str, Attributes],
) -> None:
    """Add the roles that the directory asked for, and that nobody gave or ignored (rule 5)."""
    asking = [user for user in users if _asks(user)]
    ignored = ignored_of(store, [user.id for user in asking])
    for user in asking:
        granted = {each.role for each in roles.get(user.id, ()) if not each.is_pending}
        ignoring = [each.attributes["role"] for each in ignored.get(user.id, ())]
        if requested := unanswered(asked_roles(user.attributes), granted, ignoring):
            found[user.id]["requestedRoles"] = requested


def _asks(user: StoredResource) -> bool:
    """Return whether a directory asks for roles with a person."""
    return '"roles":' in user.document


def of_groups(store: ResourceStore, groups: Sequence[StoredResource], wants: Wants) -> Mapping[str, Attributes]:
    """Return the roles that groups are mapped to, how many members they have, and the names of their centres."""
    found: dict[str, Attributes] = {group.id: {} for group in groups}
    if wants(GROUP_URN, "mappedRoles"):
        mappings = stored_with_any(store.transaction, store.tenant, "RoleMapping", "group.value", list(found))
        for group_id, of_group in mappings.items():
            if shown := _mapped(of_group):
                found[group_id]["mappedRoles"] = shown
    if wants(GROUP_URN, "memberCount"):
        for group_id, number in _counts(store, list(found)).items():
            found[group_id]["memberCount"] = number
    if wants(GROUP_URN, CENTRE_NAME):
        _add_names(store, groups, found, GROUP_URN, "centre")
    return {group_id: attributes for group_id, attributes in found.items() if attributes}


def _mapped(mappings: Sequence[StoredResource]) -> list[Attributes]:
    shown = []
    for mapping in mappings:
        document = mapping.attributes
        role = catalogue().role(document["role"])
        if role is not None and document["status"] == IN_FORCE:
            shown.append(
                {"value": role.value, "display": role.display, "centre": document["centre"], "mapping": mapping.id}
            )
    return shown


def _counts(store: ResourceStore, group_ids: list[str]) -> dict[str, int]:
    rows = _COUNTS.all(store.transaction, {"tenant": store.tenant, "groups": array_of(group_ids)})
    return dict.fromkeys(group_ids, 0) | {row[0]: row[1] for row in rows}


def _add_names(
    store: ResourceStore, resources: Sequence[StoredResource], found: dict[str, Attributes], urn: str, attribute: str
) -> None:
    """Add the names of the centres whose numbers an attribute of a schema holds."""
    # Only what may hold it is parsed.
    holding = [each for each in resources if f'"{attribute}":' in each.document]
    numbers = {each.id: number for each in holding if (number := each.attributes.get(urn, {}).get(attribute))}
    names = register.centre_names(store.transaction, sorted(set(numbers.values()))) if numbers else {}
    for resource_id, number in numbers.items():
        if number in names:
            found[resource_id][CENTRE_NAME] = names[number]
