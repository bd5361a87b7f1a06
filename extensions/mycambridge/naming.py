"""What the journal calls the resources of the domain."""

from collections.abc import Mapping
from typing import Any


def describe(resource_type: str, document: Mapping[str, Any]) -> str | None:
    """Return a name that says what a mapping, a grant or an approval is about, or None for other resources.

    A safety brake is called as its connection.
    """
    match resource_type:
        case "RoleMapping":
            return f"{_name(document, 'group')} -> {document.get('role')} at {document.get('centre')}"
        case "RoleGrant" | "RoleAllowance":
            whose = "user" if resource_type == "RoleGrant" else "connection"
            return f"{_name(document, whose)}: {document.get('role')} at {document.get('centre')}"
        case "RoleApproval":
            return f"{_name(document, 'user')} {document.get('decision')} for {_name(document, 'mapping')}"
        case "Suspension":
            return f"{_name(document, 'user')} at {document.get('centre')}"
        case "IgnoredRequest":
            return f"{_name(document, 'user')}: {document.get('role')}"
        case "SafetyBrake":
            return _name(document, "connection")
    return None


def _name(document: Mapping[str, Any], attribute: str) -> str:
    reference = document.get(attribute) or {}
    return str(reference.get("display") or reference.get("value"))
