"""What a connection may do: ``scim:read``, ``scim:write``, either for one resource type, or ``scim`` for both."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Literal

from scim_server.connections.errors import AdministrationError
from scim_server.connections.refusals import MissingScope
from scim_server.extension import Principal

Permission = Literal["read", "write"]

EVERYTHING = "scim"
BASIC_SCOPES = (EVERYTHING, "scim:read", "scim:write")
_SCOPE = re.compile(r"scim(:(read|write)(:[A-Za-z][A-Za-z0-9]{0,63})?)?")


@lru_cache(maxsize=256)
def read_scopes(text: str) -> frozenset[str]:
    """Return the scopes of a text that separates them by spaces."""
    return frozenset(text.split())


def write_scopes(scopes: Iterable[str]) -> str:
    """Return scopes as one text.

    :raises AdministrationError: When there is none, or one has another form.
    """
    ordered = sorted(set(scopes))
    if not ordered or not all(_SCOPE.fullmatch(scope) for scope in ordered):
        raise AdministrationError(
            "A scope is scim, scim:read or scim:write, or one for a single resource type such as scim:write:Group."
        )
    return " ".join(ordered)


def covers(scopes: frozenset[str], wanted: str) -> bool:
    """Tell whether scopes hold another one, itself or as part of a wider one; text of another form is no scope."""
    parts = wanted.split(":")
    return _SCOPE.fullmatch(wanted) is not None and any(
        ":".join(parts[:length]) in scopes for length in range(1, len(parts) + 1)
    )


def require_scope(principal: Principal, permission: Permission, resource_type: str) -> None:
    """Refuse to read or write resources of a type without a scope for it; administrators need none.

    :raises MissingScope: Naming the scope that the connection lacks.
    """
    wide = f"scim:{permission}"
    narrow = f"{wide}:{resource_type}"
    if principal.kind not in ("connection", "person") or not principal.scopes.isdisjoint((wide, EVERYTHING, narrow)):
        return
    raise MissingScope(
        f"{principal.name} may not {permission} resources of type {resource_type}: "
        f"its token lacks the scope {wide} (or {narrow}).",
        scope=narrow,
    )
