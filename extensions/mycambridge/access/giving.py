"""What mappings and grants have in common: a role, a centre, who may give it, and who did."""

from collections.abc import Mapping
from typing import Any

from mycambridge.access import rules
from mycambridge.authority import require_management
from mycambridge.catalogue.reading import Role, catalogue
from mycambridge.centres import register
from mycambridge.centres.rules import centre_number, require_reached
from mycambridge.refusals import Unchangeable, Unfit
from mycambridge.settings import domain_settings
from mycambridge.stored import stored_where, stored_with
from scim_server.extension import Change, Principal
from scim_server.store.dialects import JsonText
from scim_server.store.resources import ResourceStore, StoredResource
from scim_server.store.tables import resources

PERSONAL = ("RoleGrant", "RoleApproval", "Suspension", "IgnoredRequest")
"""The resource types of decisions about one person, which refer to them as ``user``."""

_SHOWN = 9


def author(principal: Principal) -> dict[str, str]:
    """Return who makes a change, as documents keep it."""
    return {"value": principal.user_id or principal.id, "display": principal.name, "type": principal.kind}


def given_role(change: Change, store: ResourceStore, what: str) -> Role:
    """Return the role that a mapping or a grant gives, once all rules about giving it agree; complete its centre."""
    after, before = change.after, change.before or {}
    assert after is not None
    centre = settled_centre(after.get("centre") or before.get("centre"), store)
    number = centre["centreNumber"]
    require_management(store, change.principal, number, what)
    role = rules.giveable_role(after.get("role"), catalogue())
    after["role"], after["centre"] = role.value, number
    rules.require_open(number, is_open=centre.get("active") is not False)
    services = catalogue().services_of(centre.get("entries") or [], centre["country"])
    rules.require_service(role, catalogue(), services, number, centre["country"])
    return role


def settled_centre(sent: str | None, store: ResourceStore) -> dict[str, Any]:
    """Return the centre that is meant: the one named, else the organisation's own. It must act for it (rule 8)."""
    own = register.own_centre(store)
    if not sent:
        if own is None:
            raise Unfit("This organisation is no centre yet, so nobody can be given roles here. Ask the exam board.")
        return own
    number = centre_number(sent, domain_settings().centre_number_pattern)
    centre = register.reached_centre(store, number)
    if centre is None:
        require_reached([number], [], register.reached_numbers(store, _SHOWN))
    assert centre is not None
    return centre


def existing(store: ResourceStore, type_name: str, attribute: str, value: str) -> list[StoredResource]:
    """Return the resources of a type that refer to another by one of their indexed attributes."""
    return stored_with(store.transaction, store.tenant, type_name, attribute, value)


def all_at(store: ResourceStore, type_name: str, number: str) -> list[StoredResource]:
    """Return the mappings or grants of a centre."""
    centre = JsonText(resources.c.search, ("centre",))
    return stored_where(store.transaction, store.tenant, type_name, centre == number.lower())


def kept_reference(after: Mapping[str, Any], before: Mapping[str, Any], name: str, instead: str) -> str:
    """Return the id that a resource refers to, which stays what it was.

    :raises Unchangeable: When another one was sent.
    """
    sent = str((after.get(name) or {}).get("value") or "")
    known = str((before.get(name) or {}).get("value") or "")
    if known and sent != known:
        raise Unchangeable(f"{name} cannot be changed. {instead}")
    return sent


def same(first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
    """Tell whether two mappings or grants give the same role at the same centre."""
    return (first["role"], first["centre"]) == (second["role"], second["centre"])
