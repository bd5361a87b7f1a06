"""A role mapping as a SCIM resource."""

from typing import Annotated, Any

from pydantic import Field
from scim2_models import URN, CaseExact, Mutability, Required, Resource

from mycambridge.references import Author, ResourceReference

MAPPING_URN = "urn:ietf:params:scim:schemas:mycambridge:2.0:RoleMapping"
IN_FORCE, GROUP_DELETED = "in force", "group deleted"


class MappedGroup(ResourceReference):
    """The group whose members have the role."""

    external_id: Annotated[str | None, Mutability.read_only, CaseExact.true] = None
    """The id that the directory gave the group."""


class RoleMapping(Resource[Any]):
    """Members of a directory group have a role at a centre."""

    __schema__ = URN(MAPPING_URN)

    group: Annotated[MappedGroup | None, Required.true] = None
    """The group. It can be changed only after it was deleted, to the group that takes its place."""

    role: Annotated[str | None, Required.true, Mutability.immutable] = None
    """The role, such as submit-for-assessment.teacher."""

    centre: Annotated[str | None, Mutability.immutable] = None
    """The number of the centre. Left out, it is the organisation's own."""

    requires_approval: bool | None = None
    """Whether somebody must approve each member before the role is effective; by default for sensitive roles."""

    note: str | None = None
    """What colleagues should know."""

    status: Annotated[str | None, Mutability.read_only] = Field(None, examples=[IN_FORCE, GROUP_DELETED])
    """Whether the mapping is in force, or what is left of it after its group was deleted."""

    attached: Annotated[str | None, Mutability.read_only, CaseExact.true] = None
    """Since when the group is mapped."""

    replacement: Annotated[ResourceReference | None, Mutability.read_only] = None
    """A group with the externalId of the deleted one, to which the mapping can be attached again."""

    created_by: Annotated[Author | None, Mutability.read_only] = None
    """Who made it."""
