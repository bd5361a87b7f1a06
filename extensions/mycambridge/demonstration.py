"""What a newcomer sees of the domain: the demonstration school is a centre with services, mappings and an approval."""

from typing import Any

from mycambridge.centres import register
from mycambridge.centres.resource import CENTRE_URN
from mycambridge.commands.lookups import group_named, user_named
from mycambridge.mappings.resource import MAPPING_URN
from mycambridge.settings import BOARD_NAME
from scim_server.connections.tenants import ensure_tenant
from scim_server.extension import Door

_ENTRIES = (("2026-06", "0500"), ("2026-06", "0520"))
_MAPPINGS = (("English Dept", "submit-for-assessment.teacher"), ("Exams Team", "user-management"))


def register_school(door: Door) -> None:
    """Register the tenant of a store as a centre that has entries for two syllabuses."""
    ensure_tenant(door.store.transaction, register.board(), BOARD_NAME)
    if register.find_centre(door.store.transaction, door.store.tenant) is not None:
        return
    document: dict[str, Any] = {
        "schemas": [CENTRE_URN],
        "centreNumber": door.store.tenant,
        "displayName": "Demonstration School",
        "country": "GB",
        "entries": [{"series": series, "syllabus": syllabus} for series, syllabus in _ENTRIES],
    }
    door.create(register.CENTRE, document)


def give_roles(door: Door) -> None:
    """Designate the exams officer, and map two groups of the school to roles; members of one wait for approval."""
    centre = register.find_centre(door.store.transaction, door.store.tenant)
    assert centre is not None, "It was registered before its people came."
    officer = user_named(door.store, "exams.officer@gb001.example")
    door.update("patch", centre, {**centre.attributes, "examsOfficers": [{"value": officer.id, "primary": True}]})
    for name, role in _MAPPINGS:
        group = group_named(door.store, name)
        door.create("RoleMapping", {"schemas": [MAPPING_URN], "group": {"value": group.id}, "role": role})
