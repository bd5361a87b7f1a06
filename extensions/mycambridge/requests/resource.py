"""What people decided to ignore of the roles that a directory asks for, as a SCIM resource."""

from typing import Annotated, Any

from scim2_models import URN, Mutability, Required, Resource

from mycambridge.references import Author, ResourceReference

IGNORED = "IgnoredRequest"
IGNORED_URN = "urn:ietf:params:scim:schemas:mycambridge:2.0:IgnoredRequest"


class AskedForUser(ResourceReference):
    """The person for whom the directory asks."""


class IgnoredRequest(Resource[Any]):
    """A role that the directory asks for is not listed as requested any more. It has no effect, as before."""

    __schema__ = URN(IGNORED_URN)

    user: Annotated[AskedForUser | None, Required.true] = None
    """The person. It stays the same."""

    role: Annotated[str | None, Required.true, Mutability.immutable] = None
    """The role, as the directory writes it."""

    note: str | None = None
    """Why."""

    created_by: Annotated[Author | None, Mutability.read_only] = None
    """Who ignored it."""
