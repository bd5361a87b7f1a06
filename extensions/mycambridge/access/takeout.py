"""Which roles people have and what was decided about them, for themselves to read (GDPR Article 15)."""

from typing import Any

from mycambridge.access.effective import Assignment, assignments_of
from mycambridge.access.giving import PERSONAL
from mycambridge.people.derived import shown_role
from mycambridge.stored import stored_with
from scim_server.db import Transaction


def kept_about(transaction: Transaction, tenant: str, user_id: str) -> dict[str, Any]:
    """Return the roles of a person, effective or not, and every decision about the person alone."""
    assignments = assignments_of(transaction, tenant, [user_id]).get(user_id, [])
    decisions = {name: stored_with(transaction, tenant, name, "user.value", user_id) for name in PERSONAL}
    return {
        "roles": [_role(each) for each in assignments],
        "decisions": {name: [each.attributes for each in found] for name, found in decisions.items() if found},
    }


def _role(assignment: Assignment) -> dict[str, Any]:
    shown = shown_role(assignment, "")
    reference = {name: value for name, value in shown.pop("via").items() if name != "$ref"}
    return {**shown, "via": reference, "effective": assignment.is_effective and not assignment.is_pending}
