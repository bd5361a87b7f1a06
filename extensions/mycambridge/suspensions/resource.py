"""A suspension as a SCIM resource."""

from typing import Annotated, Any

from scim2_models import URN, Mutability, Required, Resource

from mycambridge.references import Author, ResourceReference

SUSPENSION = "Suspension"
SUSPENSION_URN = "urn:ietf:params:scim:schemas:mycambridge:2.0:Suspension"


class SuspendedUser(ResourceReference):
    """The person who is suspended."""


class Suspension(Resource[Any]):
    """A person has no role at a centre as long as this exists, though the directory still knows them."""

    __schema__ = URN(SUSPENSION_URN)

    user: Annotated[SuspendedUser | None, Required.true] = None
    """The person. It stays the same."""

    centre: Annotated[str | None, Mutability.immutable] = None
    """The number of the centre. Left out, it is the organisation's own."""

    note: str | None = None
    """Why."""

    created_by: Annotated[Author | None, Mutability.read_only] = None
    """Who suspended the person."""
