"""Which services a person cannot open, and why: what the home page says on a closed tile."""

from collections.abc import Mapping, Sequence
from typing import Any

from mycambridge.access.effective import Assignment
from mycambridge.catalogue.reading import EXAMS_OFFICER, USER_MANAGEMENT, catalogue
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
    return _why_without(name, [each for each in found if each.role in opening], found)


def _why_without(name: str, of_service: Sequence[Assignment], found: Sequence[Assignment]) -> str:
    """Return why somebody has no role that opens a service which their centre has."""
    officer = any(each.role in (USER_MANAGEMENT, EXAMS_OFFICER) and each.is_effective for each in found)
    reasons = (
        (
            any(each.is_pending for each in of_service),
            "You have been put forward. Your exams officer has to approve you.",
        ),
        (
            any(each.is_suspended for each in of_service),
            f"You are suspended at {name}, so this service is closed. Ask your exams officer why.",
        ),
        (
            any(each.is_expired for each in of_service),
            "Your role for this service has ended. Your exams officer can give it again.",
        ),
        (
            any(each.decision == "declined" for each in of_service),
            "Somebody decided that you do not get this service. Ask your exams officer if that is wrong.",
        ),
        (
            officer,
            "No role opens this service to you. A colleague with user management, or the exam board, can give one.",
        ),
    )
    fallback = "Your exams officer can give you a role that opens this service."
    return next((sentence for holds, sentence in reasons if holds), fallback)
