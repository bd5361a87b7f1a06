"""What happens when somebody decides about a member of a mapping that requires approval."""

from mycambridge.access.giving import author
from mycambridge.access.rules import require_another
from mycambridge.approvals.resource import APPROVED, DECLINED
from mycambridge.authority import require_management
from mycambridge.naming import describe
from mycambridge.refusals import Unfit
from scim_server.extension import Change
from scim_server.store.documents import Document
from scim_server.store.resources import ResourceStore, now_text

WHAT = "approvals"


def check_approval(change: Change, store: ResourceStore) -> None:
    """Apply the rules to a decision, and complete it (rule 6)."""
    document = change.after if change.after is not None else change.before
    assert document is not None
    mapping = _mapping(document, store)
    user_id = str((document.get("user") or {}).get("value") or "")
    require_management(store, change.principal, str(mapping["centre"]), WHAT)
    require_another(change.principal.user_id, [user_id], "this decision is about you")
    if change.after is None:
        return
    before, after = change.before or {}, change.after
    after["decision"] = _decision(after.get("decision"))
    after["mapping"] = {"value": after["mapping"]["value"], "display": describe("RoleMapping", mapping)}
    if not before:
        after["user"] = _member(user_id, mapping, store)
    if after["decision"] == before.get("decision"):
        after["decided"], after["decidedBy"] = before["decided"], before["decidedBy"]
    else:
        after["decided"], after["decidedBy"] = now_text(), author(change.principal)


def _mapping(document: Document, store: ResourceStore) -> Document:
    mapping_id = str((document.get("mapping") or {}).get("value") or "")
    found = store.find("RoleMapping", mapping_id)
    if found is None:
        raise Unfit(f"There is no role mapping {mapping_id!r} here.")
    return found.attributes


def _decision(sent: str | None) -> str:
    decision = (sent or "").strip().lower()
    if decision not in (APPROVED, DECLINED):
        raise Unfit(f"decision {sent!r} is neither '{APPROVED}' nor '{DECLINED}'.")
    return decision


def _member(user_id: str, mapping: Document, store: ResourceStore) -> dict[str, str]:
    found = store.find("User", user_id)
    groups = {group.id for group in store.members.groups_of([user_id]).get(user_id, [])}
    if found is None or mapping["group"]["value"] not in groups:
        raise Unfit(f"The user {user_id!r} is no member of {mapping['group'].get('display')}, so nothing is to decide.")
    if not mapping.get("requiresApproval"):
        raise Unfit("This mapping requires no approval: its members have the role already.")
    return {"value": user_id, "display": found.attributes["userName"]}
