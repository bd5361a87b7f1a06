"""What readers see of safety brakes besides what happened and what was decided."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from mycambridge.access.effective import roles_of
from mycambridge.authority import is_board, manages
from mycambridge.brake import register, rules
from mycambridge.people.derived import shown_role
from mycambridge.refusals import NotPermitted
from mycambridge.stored import user_names
from scim_server.extension import Principal
from scim_server.store.resources import ResourceStore, StoredResource

PEOPLE = "urn:ietf:params:scim:schemas:mycambridge:2.0:SafetyBrakePeople"
SHOWN = 50


def of_brakes(brakes: Sequence[StoredResource]) -> Mapping[str, dict[str, Any]]:
    """Return the states of brakes that last now."""
    now = datetime.now(UTC)
    found = {}
    for brake in brakes:
        document = brake.attributes
        state = rules.state_at(now, document.get("state"), document.get("until"))
        found[brake.id] = {} if state is None else {"current": state}
    return found


def people_held(store: ResourceStore, brake: StoredResource, base_url: str, principal: Principal) -> Mapping[str, Any]:
    """Return who would lose access if a brake were released: how many, and the first of them with their roles.

    :raises NotPermitted: When anybody but the board and people with user management asks.
    """
    if not is_board(principal) and not (principal.kind == "person" and manages(store, principal, store.tenant)):
        raise NotPermitted(
            f"Whom the brake protects is told to people with user management for {store.tenant}, and to the board."
        )
    connection_id = str(brake.attributes["connection"]["value"])
    held = register.held_people(store, connection_id, SHOWN)
    names = user_names(store, held)
    roles = roles_of(store.transaction, store.tenant, held)
    people = [
        {
            "user": {"value": each, "display": names[each], "$ref": f"{base_url}/Users/{each}"},
            "roles": [shown_role(role, base_url) for role in roles.get(each, ())],
        }
        for each in held
        if each in names
    ]
    total = register.count_held(store, connection_id)
    return {"schemas": [PEOPLE], "connection": brake.attributes["connection"], "totalPeople": total, "people": people}
