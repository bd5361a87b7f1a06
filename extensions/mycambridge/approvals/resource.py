"""The decision about one member of a mapping that requires approval, as a SCIM resource."""

from typing import Annotated, Any

from pydantic import Field
from scim2_models import URN, CaseExact, Mutability, Required, Resource

from mycambridge.references import Author, ResourceReference

APPROVAL_URN = "urn:ietf:params:scim:schemas:mycambridge:2.0:RoleApproval"
APPROVED, DECLINED = "approved", "declined"


class ApprovedMapping(ResourceReference):
    """The mapping that requires approval."""


class ApprovedUser(ResourceReference):
    """The person it is about."""


class RoleApproval(Resource[Any]):
    """Whether one member of a group has the role that the group is mapped to."""

    __schema__ = URN(APPROVAL_URN)

    mapping: Annotated[ApprovedMapping | None, Required.true] = None
    """The mapping. It stays the same."""

    user: Annotated[ApprovedUser | None, Required.true] = None
    """The person. It stays the same."""

    decision: Annotated[str | None, Required.true] = Field(None, examples=[APPROVED, DECLINED])
    """Whether the role is approved or declined."""

    note: str | None = None
    """Why."""

    decided: Annotated[str | None, Mutability.read_only, CaseExact.true] = None
    """When it was decided."""

    decided_by: Annotated[Author | None, Mutability.read_only] = None
    """Who decided."""
