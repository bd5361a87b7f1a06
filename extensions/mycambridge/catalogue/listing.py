"""The catalogue as a tenant may use it: which roles and services it has, and how many people have them."""

from typing import Any

import orjson
import sqlalchemy as sa

from mycambridge.access.effective import holders
from mycambridge.access.reach import centres_reached, has_service
from mycambridge.catalogue.reading import catalogue
from mycambridge.catalogue.resource import ENTITLEMENT_URN, ROLE_URN
from mycambridge.settings import BOARD_TENANT
from scim_server.store.resources import ResourceStore, StoredResource
from scim_server.store.tables import resources

#: The catalogue comes with the program, not from a write.
_SINCE = "2026-01-01T00:00:00.000000Z"


def list_roles(store: ResourceStore) -> list[StoredResource]:
    """Return the roles of the catalogue as SCIM resources of a tenant."""
    used = _holders(store)
    supported = _supported_services(store)
    shown = []
    for role in catalogue().roles:
        people = {user for user, value in used if value == role.value}
        document: dict[str, Any] = {
            "value": role.value,
            "display": role.display,
            "type": "designated" if role.designated else "given",
            "supported": role.opens is None or role.opens in supported,
            "limitedAssignmentsPermitted": False,
            "totalAssignmentsUsed": len(people),
        }
        if role.opens is not None:
            document["contains"] = [{"value": role.opens, "display": catalogue().service(role.opens).display}]
        shown.append(_resource("Role", ROLE_URN, role.value, document))
    return shown


def list_entitlements(store: ResourceStore) -> list[StoredResource]:
    """Return the services of the catalogue as SCIM resources of a tenant."""
    used = _holders(store)
    supported = _supported_services(store)
    shown = []
    for service in catalogue().services:
        opening = [role for role in catalogue().roles if role.opens == service.value]
        people = {user for user, value in used if any(value == role.value for role in opening)}
        document: dict[str, Any] = {
            "value": service.value,
            "display": service.display,
            "type": "service",
            "supported": service.value in supported,
            "limitedAssignmentsPermitted": False,
            "totalAssignmentsUsed": len(people),
            "containedBy": [{"value": role.value, "display": role.display} for role in opening],
        }
        shown.append(_resource("Entitlement", ENTITLEMENT_URN, service.value, document))
    return shown


def _holders(store: ResourceStore) -> list[tuple[str, str]]:
    """Return the people who have roles, with the roles, each once."""

    def read() -> list[tuple[str, str]]:
        rows = holders(store.tenant).c
        statement = sa.select(rows.user_id, rows.role).where(sa.not_(rows.is_pending)).distinct()
        return [(row.user_id, row.role) for row in store.transaction.execute(statement)]

    return store.transaction.remember(("holders", store.tenant), read)


def _supported_services(store: ResourceStore) -> set[str]:
    """Return the services that any centre of the tenant has."""

    def read() -> set[str]:
        board = BOARD_TENANT
        centre = resources.alias()
        reached = centres_reached(board, store.tenant.lower()).subquery()
        row = [
            sa.exists()
            .where(centre.c.tenant == board, centre.c.resource_type == "Centre", centre.c.id.in_(sa.select(reached)))
            .where(has_service(catalogue(), service.value, centre))
            for service in catalogue().services
        ]
        found = store.transaction.execute(sa.select(*row)).one()
        return {service.value for service, there in zip(catalogue().services, found, strict=True) if there}

    return store.transaction.remember(("services", store.tenant), read)


def _resource(type_name: str, urn: str, value: str, document: dict[str, Any]) -> StoredResource:
    text = orjson.dumps({"schemas": [urn], **document}).decode()
    return StoredResource(type_name, value, 1, _SINCE, _SINCE, text)
