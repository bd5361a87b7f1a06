"""What happens when somebody maps a group to a role, changes the mapping, or when the group goes."""

from collections.abc import Mapping
from typing import Any

from mycambridge.access.giving import author, existing, given_role, same
from mycambridge.access.rules import require_another
from mycambridge.authority import require_management, selves
from mycambridge.catalogue.reading import Role
from mycambridge.mappings.resource import GROUP_DELETED, IN_FORCE
from mycambridge.naming import describe
from mycambridge.refusals import AlreadyThere, Unchangeable, Unfit
from scim_server.extension import Change, Principal
from scim_server.journal.record import Actor, Entry, record
from scim_server.store.documents import Document
from scim_server.store.resources import ResourceStore, now_text

WHAT = "role mappings"


def check_mapping(change: Change, store: ResourceStore) -> None:
    """Apply the rules to a mapping, and complete it."""
    before = change.before or {}
    if change.operation == "delete":
        require_management(store, change.principal, before["centre"], WHAT)
        _require_outsider(change.principal, before["group"]["value"], store)
        return
    after = change.after
    assert after is not None
    role = given_role(change, store, WHAT)
    _settle_group(after, before, store)
    _require_outsider(change.principal, after["group"]["value"], store)
    _settle_rest(after, before, role, change.principal)
    _refuse_double(change, store)


def _settle_group(after: Document, before: Mapping[str, Any], store: ResourceStore) -> None:
    was = before.get("group") or {}
    group_id = str((after.get("group") or {}).get("value") or "")
    if group_id == was.get("value"):
        after["group"], after["status"], after["attached"] = was, before["status"], before["attached"]
        return
    if was and before["status"] != GROUP_DELETED:
        raise Unchangeable("The group of a mapping cannot be changed. Delete the mapping, and map the other group.")
    found = store.find("Group", group_id)
    if found is None:
        raise Unfit(f"There is no group {group_id!r} here. Let the directory provision it first.")
    group = found.attributes
    after["group"] = {"value": group_id, "display": group["displayName"]}
    if group.get("externalId"):
        after["group"]["externalId"] = group["externalId"]
    after["status"], after["attached"] = IN_FORCE, now_text()


def _settle_rest(after: Document, before: Mapping[str, Any], role: Role, principal: Principal) -> None:
    if after.get("requiresApproval") is None:
        after["requiresApproval"] = before.get("requiresApproval", role.sensitive)
    after["createdBy"] = before.get("createdBy") or author(principal)


def _require_outsider(principal: Principal, group_id: str, store: ResourceStore) -> None:
    """Refuse somebody who belongs to the group: the mapping is about their own roles (rule 3)."""
    own = selves(store.transaction, principal)
    if not own:
        return
    held = store.members.groups_of(sorted(own))
    concerned = [user_id for user_id, groups in held.items() if group_id in {group.id for group in groups}]
    require_another(own, concerned, "you belong to this group")


def _refuse_double(change: Change, store: ResourceStore) -> None:
    after = change.after
    assert after is not None
    for other in existing(store, "RoleMapping", "group.value", after["group"]["value"]):
        if other.id != change.resource_id and same(other.attributes, after):
            raise AlreadyThere(
                f"{after['group'].get('display')} is mapped to {after['role']} at {after['centre']} already, "
                f"by the mapping {other.id}."
            )


def keep_tombstones(change: Change, store: ResourceStore) -> None:
    """End the mappings of a group that is deleted, but keep them, so that people see what ended and why."""
    assert change.resource_id is not None
    principal = change.principal
    for mapping in existing(store, "RoleMapping", "group.value", change.resource_id):
        before = mapping.attributes
        after = {**before, "status": GROUP_DELETED}
        store.update(mapping, after)
        entry = Entry(
            actor=Actor(principal.kind, principal.id, principal.name),
            operation="patch",
            resource_type="RoleMapping",
            resource_id=mapping.id,
            display=describe("RoleMapping", before),
            before=before,
            after=after,
            detail="Its group was deleted, so the role it gave has ended.",
        )
        record(store.transaction, store.tenant, [entry])
