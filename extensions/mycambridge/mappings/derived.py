"""What readers see of mappings and grants besides what was written."""

from collections.abc import Mapping, Sequence
from typing import Any

from mycambridge.mappings.resource import GROUP_DELETED
from mycambridge.stored import stored_where
from scim_server.store.resources import ResourceStore, StoredResource
from scim_server.store.tables import resources

_REFERS_TO = {
    "RoleMapping": (("group", "Group", "Groups"),),
    "RoleGrant": (("user", "User", "Users"),),
    "Suspension": (("user", "User", "Users"),),
    "IgnoredRequest": (("user", "User", "Users"),),
    "RoleApproval": (("user", "User", "Users"), ("mapping", "RoleMapping", "RoleMappings")),
}


def of_given(store: ResourceStore, given: Sequence[StoredResource], base_url: str) -> Mapping[str, dict[str, Any]]:
    """Return the references of mappings, grants and approvals with their addresses and today's names."""
    found: dict[str, dict[str, Any]] = {}
    for resource in given:
        document = resource.attributes
        shown: dict[str, Any] = {}
        for attribute, type_name, endpoint in _REFERS_TO[resource.type_name]:
            reference = document[attribute]
            named = store.find(type_name, reference["value"]) if type_name != "RoleMapping" else None
            display = {} if named is None else {"display": _name(named.attributes)}
            shown[attribute] = {**reference, "$ref": f"{base_url}/{endpoint}/{reference['value']}", **display}
        if document.get("status") == GROUP_DELETED and (group := _replacement(store, document)):
            shown["replacement"] = {**group, "$ref": f"{base_url}/Groups/{group['value']}"}
        found[resource.id] = shown
    return found


def _name(document: Mapping[str, Any]) -> str:
    return str(document.get("userName") or document.get("displayName"))


def _replacement(store: ResourceStore, mapping: Mapping[str, Any]) -> dict[str, str] | None:
    """Return a group that the directory created again, which people may attach to the mapping; nobody else does."""
    external_id = mapping["group"].get("externalId")
    if not external_id:
        return None
    candidates = stored_where(store.transaction, store.tenant, "Group", resources.c.external_id == external_id, limit=1)
    if not candidates:
        return None
    return {"value": candidates[0].id, "display": candidates[0].attributes["displayName"]}
