"""Which services a person cannot open, and why: what the home page says on a closed tile."""

from collections.abc import Mapping, Sequence
from typing import Any

from mycambridge.access.effective import Assignment
from mycambridge.catalogue.reading import catalogue
from mycambridge.centres.derived import services_of
from mycambridge.centres.register import find_centre
from scim_server.store.resources import ResourceStore


def closed_services(
    store: ResourceStore, found: Sequence[Assignment], opened: Sequence[Mapping[str, str]]
) -> list[dict[str, str]]:
    """Return each service that a person does not reach at their organisation's centre, with the reason."""
    centre = find_centre(store.transaction, store.tenant)
    document: Mapping[str, Any] = {"country": None} if centre is None else centre.attributes
    served = {each["value"] for each in services_of(document)}
    reached = {each["value"] for each in opened}
    return [
        {
            "value": service.value,
            "display": service.display,
            "explanation": _why_closed(service.value, document, served, found),
        }
        for service in catalogue().services
        if service.value not in reached
    ]


def _why_closed(service: str, centre: Mapping[str, Any], served: set[str], found: Sequence[Assignment]) -> str:
    opening = {role.value: role for role in catalogue().roles if role.opens == service}
    name = centre.get("displayName", "Your school")
    if not catalogue().is_offered(service, centre.get("country")):
        return "This service is not offered in your country."
    if service not in served:
        return f"{name} has no entries for a syllabus that uses this service."
    if all(role.designated for role in opening.values()):
        return "Only the exams officer reaches this service, since it holds confidential exam material."
    if any(each.role in opening and each.is_pending for each in found):
        return "You have been put forward. Your exams officer has to approve you."
    return "Your exams officer can give you a role that opens this service."
