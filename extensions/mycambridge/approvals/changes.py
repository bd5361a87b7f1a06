"""What happens when somebody decides about a member of a mapping that requires approval."""

from mycambridge.access.giving import author, kept_reference
from mycambridge.access.rules import require_another
from mycambridge.approvals.resource import APPROVED, DECLINED
from mycambridge.authority import require_management, selves
from mycambridge.naming import describe
from mycambridge.refusals import Unfit
from scim_server.extension import Change
from scim_server.store.documents import Document
from scim_server.store.resources import ResourceStore, now_text

WHAT = "approvals"
_INSTEAD = "Decide about the other person or mapping with an approval of its own."


def check_approval(change: Change, store: ResourceStore) -> None:
    """Apply the rules to a decision, and complete it (rule 6)."""
    before = change.before or {}
    document = before if change.after is None else change.after
    mapping = _mapping(kept_reference(document, before, "mapping", _INSTEAD), store)
    user_id = kept_reference(document, before, "user", _INSTEAD)
    require_management(store, change.principal, str(mapping["centre"]), WHAT)
    require_another(selves(store.transaction, change.principal), [user_id], "this decision is about you")
    if change.after is None:
        return
    after = change.after
    after["decision"] = _decision(after.get("decision"))
    after["mapping"] = {"value": after["mapping"]["value"], "display": describe("RoleMapping", mapping)}
    after["user"] = before.get("user") or _member(user_id, mapping, store)
    if after["decision"] == before.get("decision"):
        after["decided"], after["decidedBy"] = before["decided"], before["decidedBy"]
    else:
        after["decided"], after["decidedBy"] = now_text(), author(change.principal)


def _mapping(mapping_id: str, store: ResourceStore) -> Document:
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
