"""What happens when somebody ignores a role that a directory asks for, or no longer does."""

from mycambridge.access.giving import author, existing, kept_reference
from mycambridge.access.rules import require_another
from mycambridge.authority import require_management, selves
from mycambridge.grants.changes import person_reference
from mycambridge.refusals import AlreadyThere, Unfit
from mycambridge.requests.resource import IGNORED
from mycambridge.requests.rules import asked_roles
from scim_server.extension import Change
from scim_server.store.documents import Document
from scim_server.store.resources import ResourceStore

_WHAT = "answers to what a directory asks for"


def check_ignored(change: Change, store: ResourceStore) -> None:
    """Apply the rules to an ignored request, and complete it: nobody decides about their own (rule 3)."""
    principal, before, after = change.principal, change.before or {}, change.after
    require_management(store, principal, store.tenant, _WHAT)
    user_id = kept_reference(before if after is None else after, before, "user", "Ignore the other request as well.")
    require_another(selves(store.transaction, principal), [user_id], "the directory asks for your role")
    if after is None:
        return
    after["user"] = before.get("user") or person_reference(user_id, store)
    after["createdBy"] = before.get("createdBy") or author(principal)
    if not before:
        _require_asked(after, user_id, store)


def _require_asked(after: Document, user_id: str, store: ResourceStore) -> None:
    role, display = str(after.get("role") or ""), after["user"]["display"]
    found = store.find("User", user_id)
    asked = [] if found is None else asked_roles(found.attributes)
    if role.lower() not in {each.lower() for each in asked}:
        raise Unfit(f"The directory does not ask for {role!r} for {display}, so there is nothing to ignore.")
    for other in existing(store, IGNORED, "user.value", user_id):
        if other.attributes["role"].lower() == role.lower():
            raise AlreadyThere(f"{role} for {display} is ignored by {other.id} already.")
