"""What readers see of centres besides what the board recorded."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from mycambridge.access.effective import holders
from mycambridge.catalogue.reading import USER_MANAGEMENT, catalogue
from mycambridge.centres.resource import CENTRE_URN
from scim_server.extension import Wants
from scim_server.store.resources import ResourceStore, StoredResource


def of_centres(
    store: ResourceStore, centres: Sequence[StoredResource], wants: Wants, base_url: str
) -> Mapping[str, dict[str, Any]]:
    """Return the services of centres, and whether anybody manages their users."""
    found: dict[str, dict[str, Any]] = {}
    for centre in centres:
        document = centre.attributes
        shown: dict[str, Any] = {}
        if services := services_of(document):
            shown["services"] = services
        if wants(CENTRE_URN, "managed"):
            shown["managed"] = is_managed(store, document)
        if associate := document.get("associate"):
            shown["associate"] = {**associate, "$ref": f"{base_url}/Centres/{associate['value']}"}
        found[centre.id] = shown
    return found


def services_of(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the services that a centre has by its entries, and since when."""
    services = catalogue().services_of(document.get("entries") or [], document["country"])
    return [
        {"value": value, "display": catalogue().service(value).display, "since": since}
        for value, since in services.items()
    ]


def is_managed(store: ResourceStore, document: Mapping[str, Any]) -> bool:
    """Tell whether anybody has user management for a centre, in its organisation or in its Associate's."""
    numbers = [document["centreNumber"]]
    if document.get("associate"):
        numbers.append(document["associate"]["centreNumber"])
    for tenant in numbers:
        rows = holders(tenant, None, value=USER_MANAGEMENT).c
        meant = [rows.centre == number.lower() for number in numbers]
        statement = sa.select(rows.user_id).where(rows.role == USER_MANAGEMENT, sa.or_(*meant))
        if store.transaction.execute(statement.where(sa.not_(rows.is_pending)).limit(1)).first() is not None:
            return True
    return False
