"""What happens when somebody is suspended at a centre, or may go on."""

from mycambridge.access.giving import author, existing, kept_reference, settled_centre
from mycambridge.access.rules import require_another
from mycambridge.authority import is_board, require_management, selves
from mycambridge.grants.changes import person_reference
from mycambridge.refusals import AlreadyThere, NotPermitted
from mycambridge.suspensions.resource import SUSPENSION
from scim_server.extension import Change
from scim_server.store.resources import ResourceStore

_WHAT = "suspensions"


def check_suspension(change: Change, store: ResourceStore) -> None:
    """Apply the rules to a suspension, and complete it: people with user management may always reduce access."""
    principal, before, after = change.principal, change.before or {}, change.after
    if after is None:
        require_management(store, principal, before["centre"], _WHAT)
        require_another(selves(store.transaction, principal), [before["user"]["value"]], "you are suspended")
        return
    centre = settled_centre(after.get("centre") or before.get("centre"), store)
    number = str(centre["centreNumber"])
    require_management(store, principal, number, _WHAT)
    user_id = kept_reference(after, before, "user", "Delete the suspension, and suspend the other person.")
    require_another(selves(store.transaction, principal), [user_id], "you would suspend yourself")
    officers = {officer["value"] for officer in centre.get("examsOfficers") or []}
    if user_id in officers and not is_board(principal):
        raise NotPermitted("The exam board designated this person exams officer. Ask the board to suspend them.")
    after["user"] = before.get("user") or person_reference(user_id, store)
    after["centre"] = number
    after["createdBy"] = before.get("createdBy") or author(principal)
    for other in existing(store, SUSPENSION, "user.value", user_id):
        if other.id != change.resource_id and other.attributes["centre"] == number:
            raise AlreadyThere(f"{after['user']['display']} is suspended at {number} by {other.id} already.")
