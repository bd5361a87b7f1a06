"""The catalogue as SCIM resources (draft-ietf-scim-roles-entitlements)."""

from typing import Annotated, Any

from scim2_models import URN, ComplexAttribute, Mutability, Resource

ROLE_URN = "urn:ietf:params:scim:schemas:core:2.0:Role"
ENTITLEMENT_URN = "urn:ietf:params:scim:schemas:core:2.0:Entitlement"


class Contained(ComplexAttribute):
    """A role or entitlement that another contains."""

    value: Annotated[str | None, Mutability.read_only] = None
    """Its value."""

    display: Annotated[str | None, Mutability.read_only] = None
    """What people call it."""


class Role(Resource[Any]):
    """A role that people of the tenant may have."""

    __schema__ = URN(ROLE_URN)

    value: Annotated[str | None, Mutability.read_only] = None
    """The role, as mappings and grants name it."""

    display: Annotated[str | None, Mutability.read_only] = None
    """What people call it."""

    type: Annotated[str | None, Mutability.read_only] = None
    """What kind of role it is: given by a centre, or designated by the board."""

    supported: Annotated[bool | None, Mutability.read_only] = None
    """Whether any centre of the tenant has the service that the role opens."""

    limited_assignments_permitted: Annotated[bool | None, Mutability.read_only] = None
    """Whether only so many people may have it."""

    total_assignments_used: Annotated[int | None, Mutability.read_only] = None
    """How many people of the tenant have it."""

    contains: Annotated[list[Contained] | None, Mutability.read_only] = None
    """The services it opens."""


class Entitlement(Resource[Any]):
    """A service that people of the tenant may reach."""

    __schema__ = URN(ENTITLEMENT_URN)

    value: Annotated[str | None, Mutability.read_only] = None
    """The service."""

    display: Annotated[str | None, Mutability.read_only] = None
    """What people call it."""

    type: Annotated[str | None, Mutability.read_only] = None
    """What kind of entitlement it is."""

    supported: Annotated[bool | None, Mutability.read_only] = None
    """Whether any centre of the tenant has it."""

    limited_assignments_permitted: Annotated[bool | None, Mutability.read_only] = None
    """Whether only so many people may have it."""

    total_assignments_used: Annotated[int | None, Mutability.read_only] = None
    """How many people of the tenant reach it."""

    contained_by: Annotated[list[Contained] | None, Mutability.read_only] = None
    """The roles that open it."""
