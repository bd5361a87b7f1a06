"""A role grant as a SCIM resource."""

from datetime import datetime
from typing import Annotated, Any

from scim2_models import URN, Mutability, Required, Resource

from mycambridge.references import Author, ResourceReference

GRANT_URN = "urn:ietf:params:scim:schemas:mycambridge:2.0:RoleGrant"


class GrantedUser(ResourceReference):
    """The person who has the role."""


class RoleGrant(Resource[Any]):
    """A role given to one person by hand."""

    __schema__ = URN(GRANT_URN)

    user: Annotated[GrantedUser | None, Required.true] = None
    """The person. It stays the same."""

    role: Annotated[str | None, Required.true, Mutability.immutable] = None
    """The role, such as submit-for-assessment.teacher."""

    centre: Annotated[str | None, Mutability.immutable] = None
    """The number of the centre. Left out, it is the organisation's own."""

    expires: datetime | None = None
    """When the role ends, or never when left out."""

    note: str | None = None
    """What colleagues should know."""

    created_by: Annotated[Author | None, Mutability.read_only] = None
    """Who granted it."""
