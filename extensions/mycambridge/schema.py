"""What the domain adds to users and groups."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from scim2_models import URN, CaseExact, ComplexAttribute, Extension, Mutability, Returned

CENTRE_NUMBER, CENTRES, CENTRE_NAME = "centreNumber", "centres", "centreName"
PROVISIONED_BY, REQUESTED_THROUGH = "provisionedBy", "requestedThrough"
SOURCES = ["designation", "grant", "mapping", "connection"]


class Via(ComplexAttribute):
    """What gives a role: a group, a grant, a connection, or the centre whose exams officer the board designated."""

    value: Annotated[str | None, Mutability.read_only, CaseExact.true] = None
    """The id of the resource."""

    ref: Annotated[str | None, Mutability.read_only] = Field(None, serialization_alias="$ref", validation_alias="$ref")
    """The address of the resource."""

    display: Annotated[str | None, Mutability.read_only] = None
    """What people call it."""


class EffectiveRole(ComplexAttribute):
    """A role somebody has at a centre, and why."""

    value: Annotated[str | None, Mutability.read_only] = None
    """The role, such as submit-for-assessment.teacher."""

    display: Annotated[str | None, Mutability.read_only] = None
    """What people call the role."""

    centre: Annotated[str | None, Mutability.read_only] = None
    """The number of the centre at which it holds."""

    source: Annotated[str | None, Mutability.read_only] = Field(None, examples=SOURCES)
    """Whether the board designated the person, somebody granted the role, a group is mapped to it, or a connection may
    give it."""

    via: Annotated[Via | None, Mutability.read_only] = None
    """The centre, the grant, the group or the connection that gives it."""

    mapping: Annotated[str | None, Mutability.read_only, CaseExact.true] = None
    """The id of the role mapping, when a group gives it."""

    since: Annotated[str | None, Mutability.read_only] = None
    """Since when."""

    pending: Annotated[bool | None, Mutability.read_only] = None
    """Whether it still waits for approval, and opens nothing until then."""


class RequestedThrough(ComplexAttribute):
    """The connection that asked for the roles of a person."""

    value: Annotated[str | None, Mutability.read_only, CaseExact.true] = None
    """The id of the connection."""

    display: Annotated[str | None, Mutability.read_only] = None
    """Its name."""

    since: Annotated[str | None, Mutability.read_only, CaseExact.true] = None
    """When it sent them."""


class Provisioner(ComplexAttribute):
    """Who added a person, and looks after the record of them."""

    value: Annotated[str | None, Mutability.read_only, CaseExact.true] = None
    """The id of the connection, the person, the administrator or the command."""

    display: Annotated[str | None, Mutability.read_only] = None
    """Its name."""

    type: Annotated[str | None, Mutability.read_only] = Field(
        None, examples=["connection", "person", "administrator", "system"]
    )
    """What kind of principal it is."""


class OpenService(ComplexAttribute):
    """A service that somebody reaches at a centre."""

    value: Annotated[str | None, Mutability.read_only] = None
    """The service, such as submit-for-assessment."""

    display: Annotated[str | None, Mutability.read_only] = None
    """What people call it."""

    centre: Annotated[str | None, Mutability.read_only] = None
    """The number of the centre."""


class MappedRole(ComplexAttribute):
    """A role that the members of a group have."""

    value: Annotated[str | None, Mutability.read_only] = None
    """The role."""

    display: Annotated[str | None, Mutability.read_only] = None
    """What people call it."""

    centre: Annotated[str | None, Mutability.read_only] = None
    """The number of the centre at which it holds."""

    mapping: Annotated[str | None, Mutability.read_only, CaseExact.true] = None
    """The id of the role mapping."""


def _plain(value: Any) -> Any:
    """Return centre numbers that were sent as objects with a value, as some clients send every list."""
    if not isinstance(value, list):
        return value
    return [each["value"] if isinstance(each, dict) and set(each) >= {"value"} else each for each in value]


class CentreUser(Extension):
    """The centres a person works at, and what the person may do there."""

    __schema__ = URN("urn:ietf:params:scim:schemas:extension:mycambridge:2.0:User")

    centre_number: str | None = None
    """The number of the centre, such as GB001; the first of several. Left out, it is the organisation's own."""

    centres: Annotated[list[str] | None, BeforeValidator(_plain)] = None
    """The numbers of all the person's centres."""

    centre_name: Annotated[str | None, Mutability.read_only, Returned.request] = None
    """The name of the centre, returned when it is asked for."""

    effective_roles: Annotated[list[EffectiveRole] | None, Mutability.read_only] = None
    """The roles the person has, where, and why."""

    conflicts: Annotated[list[str] | None, Mutability.read_only] = None
    """The centres at which the person is exams officer and teacher at once: one of the two has to be taken back."""

    services: Annotated[list[OpenService] | None, Mutability.read_only] = None
    """The services the person reaches."""

    requested_through: Annotated[RequestedThrough | None, Mutability.read_only] = None
    """Which connection sent the ``roles`` of the person, and when."""

    provisioned_by: Annotated[Provisioner | None, Mutability.read_only] = None
    """Who added the person, or the connection that changed them since. Unless it is a connection, people with user
    management look after them by hand."""

    requested_roles: Annotated[list[str] | None, Mutability.read_only] = None
    """The roles that the directory asked for and nobody granted."""


class CentreGroup(Extension):
    """The centre a group belongs to, and the roles its members have."""

    __schema__ = URN("urn:ietf:params:scim:schemas:extension:mycambridge:2.0:Group")

    centre: str | None = None
    """The number of the centre, such as GB001. Left out, it is the organisation's own."""

    centre_name: Annotated[str | None, Mutability.read_only, Returned.request] = None
    """The name of the centre, returned when it is asked for."""

    mapped_roles: Annotated[list[MappedRole] | None, Mutability.read_only] = None
    """The roles that its members have by mappings of this group."""

    member_count: Annotated[int | None, Mutability.read_only, Returned.request] = None
    """How many direct members it has, returned when it is asked for."""


USER_URN, GROUP_URN = str(CentreUser.__schema__), str(CentreGroup.__schema__)
EXTENSIONS: Mapping[str, type[Extension]] = {"User": CentreUser, "Group": CentreGroup}
"""The schema added to each resource type."""
