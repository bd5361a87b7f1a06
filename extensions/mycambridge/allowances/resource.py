"""A role allowance as a SCIM resource."""

from typing import Annotated, Any

from scim2_models import URN, CaseExact, ComplexAttribute, Mutability, Required, Resource

from mycambridge.references import Author

ALLOWANCE = "RoleAllowance"
ALLOWANCE_URN = "urn:ietf:params:scim:schemas:mycambridge:2.0:RoleAllowance"


class AllowedConnection(ComplexAttribute):
    """The access of a directory."""

    value: Annotated[str | None, Required.true, CaseExact.true] = None
    """The id of the connection."""

    display: Annotated[str | None, Mutability.read_only] = None
    """Its name."""


class RoleAllowance(Resource[Any]):
    """Whoever a connection sends with a role in ``roles`` has the role at a centre."""

    __schema__ = URN(ALLOWANCE_URN)

    connection: Annotated[AllowedConnection | None, Required.true] = None
    """The connection. It stays the same."""

    role: Annotated[str | None, Required.true, Mutability.immutable] = None
    """The role, such as submit-for-assessment.teacher."""

    centre: Annotated[str | None, Mutability.immutable] = None
    """The number of the centre. Left out, it is the organisation's own."""

    note: str | None = None
    """What colleagues should know."""

    created_by: Annotated[Author | None, Mutability.read_only] = None
    """Who allowed it."""
