"""What happens when somebody allows a connection to give a role, or takes that back."""

from mycambridge.access.giving import author, existing, given_role, kept_reference, same
from mycambridge.access.rules import require_another
from mycambridge.allowances.resource import ALLOWANCE
from mycambridge.authority import require_management, selves
from mycambridge.brake.register import find_connection
from mycambridge.refusals import AlreadyThere, NotPermitted, Unfit
from mycambridge.schema import REQUESTED_THROUGH, USER_URN
from scim_server.extension import Change, Principal
from scim_server.store.documents import Document
from scim_server.store.resources import ResourceStore, StoredResource

_WHAT = "role allowances"


def check_allowance(change: Change, store: ResourceStore) -> None:
    """Apply the rules to an allowance, and complete it."""
    principal, before, after = change.principal, change.before or {}, change.after
    if after is None:
        require_management(store, principal, before["centre"], _WHAT)
        _require_not_own(principal, before, store)
        return
    role = given_role(change, store, _WHAT)
    if role.sensitive:
        raise NotPermitted(
            f"{role.display} is sensitive, so no directory gives it by itself. Map a group to it: then somebody "
            "approves each person."
        )
    connection_id = kept_reference(after, before, "connection", "Delete the allowance, and allow the other connection.")
    after["connection"] = before.get("connection") or _connection(connection_id, store)
    after["createdBy"] = before.get("createdBy") or author(principal)
    _require_not_own(principal, after, store)
    for other in existing(store, ALLOWANCE, "connection.value", connection_id):
        if other.id != change.resource_id and same(other.attributes, after):
            raise AlreadyThere(f"{after['connection']['display']} may give {role.value} there by {other.id} already.")


def _connection(connection_id: str, store: ResourceStore) -> dict[str, str]:
    found = find_connection(store.transaction, store.tenant, connection_id)
    if found is None:
        raise Unfit(f"There is no connection {connection_id!r} of a directory here.")
    return {"value": found.id, "display": found.name}


def _require_not_own(principal: Principal, allowance: Document, store: ResourceStore) -> None:
    """Refuse that somebody allows or ends what gives themselves a role (rule 3)."""
    own = selves(store.transaction, principal)
    asking = [each for each in own if _asks(store.find("User", each), allowance)]
    require_another(own, asking, "this connection asks for the role for you")


def _asks(user: StoredResource | None, allowance: Document) -> bool:
    """Tell whether a connection asks for a role for somebody, when there is such a person here."""
    if user is None:
        return False
    through = user.attributes.get(USER_URN, {}).get(REQUESTED_THROUGH, {}).get("value")
    asked = {str(role.get("value", "")).lower() for role in user.attributes.get("roles") or ()}
    return bool(through == allowance["connection"]["value"] and allowance["role"] in asked)
