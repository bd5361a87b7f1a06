"""Why somebody has a role, and why not, in words (rule 11)."""

from collections.abc import Mapping, Sequence
from typing import Any

from mycambridge.access.effective import Assignment, assignments_of
from mycambridge.access.tiles import closed_services
from mycambridge.catalogue.reading import catalogue
from mycambridge.centres.register import find_centre
from mycambridge.people.derived import conflicting_centres, open_services, shown_role
from mycambridge.requests.register import ignored_of
from mycambridge.requests.rules import asked_roles
from scim_server.store.resources import ResourceStore, StoredResource

ACCESS = "urn:ietf:params:scim:schemas:mycambridge:2.0:Access"


def access_of(store: ResourceStore, user: StoredResource, base_url: str) -> Mapping[str, Any]:
    """Return what a person may do and why, and what keeps other roles from being effective."""
    document = user.attributes
    found = assignments_of(store.transaction, store.tenant, [user.id]).get(user.id, [])
    held = [each for each in found if each.is_effective]
    answer: dict[str, Any] = {
        "schemas": [ACCESS],
        "user": {"value": user.id, "$ref": f"{base_url}/Users/{user.id}", "display": document["userName"]},
        "active": document.get("active") is not False,
        "effectiveRoles": [_explained(each, store, base_url) for each in held],
        "notEffective": [_explained(each, store, base_url) for each in found if not each.is_effective],
        "services": open_services(held),
        "closedServices": closed_services(store, found, open_services(held)),
        "requestedRoles": _requested(store, user, held),
        "conflicts": conflicts(held),
    }
    answer["summary"] = _summary(document["userName"], answer)
    return answer


def _explained(each: Assignment, store: ResourceStore, base_url: str) -> dict[str, Any]:
    shown = shown_role(each, base_url)
    sentence = f"{shown['display']} at {each.centre}, {_because(each, store)}."
    if each.is_pending:
        sentence += " Not effective yet: somebody with user management has to approve this person."
    elif not each.is_effective:
        sentence += f" Not effective: {'; '.join(_obstacles(each, store))}."
    return {**shown, "explanation": sentence}


def _because(each: Assignment, store: ResourceStore) -> str:
    since = each.since[:10]
    if each.source == "designation":
        return f"because the exam board designated this person exams officer of {each.via_display} (since {since})"
    if each.source == "grant":
        grant = store.find("RoleGrant", each.via_id)
        document = {} if grant is None else grant.attributes
        return f"because {_who(document)} granted it on {since}{_until(each)}{_note(document)}"
    if each.source == "connection":
        return f"because {each.via_display} asked for it on {since}, and may give this role"
    mapping = store.find("RoleMapping", str(each.mapping_id))
    document = {} if mapping is None else mapping.attributes
    made = "" if mapping is None else f", mapped by {_who(document)} on {mapping.created[:10]}"
    return f"because member of {each.via_display} (since {since}){made}{_note(document)}"


def _who(document: Mapping[str, Any]) -> str:
    return str(document.get("createdBy", {}).get("display", "somebody"))


def _until(each: Assignment) -> str:
    return f" until {each.expires[:10]}" if each.expires else ""


def _note(document: Mapping[str, Any]) -> str:
    return f" ({document['note']})" if document.get("note") else ""


def _obstacles(each: Assignment, store: ResourceStore) -> list[str]:
    role = catalogue().role(each.role)
    reasons = []
    if role is None:
        reasons.append(f"the catalogue has no role {each.role} any more")
    if not each.is_active:
        reasons.append("the person is deactivated")
    if not each.is_open:
        reasons.append(f"centre {each.centre} is closed")
    if not each.is_reached:
        reasons.append(f"this organisation does not act for centre {each.centre} any more")
    if each.is_suspended:
        reasons.append(f"the person is suspended at {each.centre}")
    if each.is_expired:
        reasons.append(f"the grant expired on {str(each.expires)[:10]}")
    if each.decision == "declined":
        reasons.append("it was declined for this person")
    if role is not None and role.opens is not None and not role.designated and not each.is_served:
        reasons.append(_missing_service(each, role.opens, store))
    return reasons


def _missing_service(each: Assignment, service: str, store: ResourceStore) -> str:
    centre = find_centre(store.transaction, each.centre)
    country = "" if centre is None else centre.attributes["country"]
    display = catalogue().service(service).display
    if not catalogue().is_offered(service, country):
        return f"{display} is not offered in {country}"
    return f"the centre has no entries for a syllabus that uses {display}"


def _requested(store: ResourceStore, user: StoredResource, held: Sequence[Assignment]) -> list[dict[str, str]]:
    granted = {each.role for each in held if not each.is_pending}
    ignored = {each.attributes["role"].lower(): each for each in ignored_of(store, [user.id]).get(user.id, ())}
    return [
        {"value": value, "explanation": f"The directory asked for it in roles. {_answer(ignored.get(value.lower()))}"}
        for value in asked_roles(user.attributes)
        if value.lower() not in granted
    ]


def _answer(ignored: StoredResource | None) -> str:
    if ignored is None:
        return "Nobody granted it, so it has no effect."
    document = ignored.attributes
    return f"{_who(document)} ignored that on {ignored.created[:10]}{_note(document)}, so it has no effect."


def conflicts(held: Sequence[Assignment]) -> list[dict[str, str]]:
    """Return the centres at which a person is exams officer and teacher at once (rule 10)."""
    return [
        {
            "centre": number,
            "explanation": f"This person is exams officer and teacher at {number}. A subject teacher must not reach "
            "listening files before the exam: take back one of the two.",
        }
        for number in conflicting_centres(held)
    ]


def _summary(name: str, answer: Mapping[str, Any]) -> str:
    roles = [f"{each['display']} at {each['centre']}" for each in answer["effectiveRoles"] if not each["pending"]]
    waiting = sum(1 for each in answer["effectiveRoles"] if each["pending"])
    if not answer["active"]:
        return f"{name} is deactivated, so no role is effective."
    said = f"{name} has {', '.join(roles)}" if roles else f"{name} has no role"
    return f"{said}; {waiting} more wait for approval." if waiting else f"{said}."
