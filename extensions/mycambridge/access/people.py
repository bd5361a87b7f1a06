"""Everybody who has a role at a centre, whichever organisation provisioned them (rule 8)."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from mycambridge.access.effective import holders, roles_of
from mycambridge.authority import is_board, manages
from mycambridge.people.derived import shown_role
from mycambridge.refusals import NotPermitted
from mycambridge.stored import stored_where
from scim_server.extension import Principal
from scim_server.store.resources import ResourceStore, StoredResource
from scim_server.store.tables import resources

PEOPLE = "urn:ietf:params:scim:schemas:mycambridge:2.0:CentrePeople"


def people_of(store: ResourceStore, centre: StoredResource, base_url: str, principal: Principal) -> Mapping[str, Any]:
    """Return who has which role at a centre, for the board and for people who manage its users.

    :raises NotPermitted: When anybody else asks, a directory included: some are another organisation's people.
    """
    document = centre.attributes
    number = str(document["centreNumber"])
    if not is_board(principal) and not (principal.kind == "person" and manages(store, principal, number)):
        raise NotPermitted(
            f"Who has a role at {number} is told to people with user management there, and to the board."
        )
    organisations = [number]
    if document.get("associate"):
        organisations.append(str(document["associate"]["centreNumber"]))
    people = [person for each in organisations for person in _of_organisation(store, each, number, base_url)]
    return {"schemas": [PEOPLE], "centre": number, "people": people}


def _of_organisation(store: ResourceStore, tenant: str, number: str, base_url: str) -> list[dict[str, Any]]:
    rows = holders(tenant, None, centre=number.lower()).c
    holding = sa.select(rows.user_id).where(rows.centre == number.lower())
    users = stored_where(store.transaction, tenant, "User", resources.c.id.in_(holding))
    roles = roles_of(store.transaction, tenant, [user.id for user in users])
    return [
        {
            "user": {"value": user.id, "display": user.attributes["userName"]},
            "organisation": tenant,
            "roles": [shown_role(each, base_url) for each in roles[user.id] if each.centre == number],
        }
        for user in users
    ]
