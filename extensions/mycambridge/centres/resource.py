"""A centre as a SCIM resource."""

from typing import Annotated, Any

from pydantic import Field
from scim2_models import URN, CaseExact, ComplexAttribute, Mutability, Required, Resource, Returned, Uniqueness

CENTRE_URN = "urn:ietf:params:scim:schemas:mycambridge:2.0:Centre"
KINDS = ["centre", "associate"]


class CentreAssociate(ComplexAttribute):
    """The Associate that administers exams for a centre."""

    value: Annotated[str | None, CaseExact.true] = None
    """The id of the Associate among the centres; its centre number is understood too."""

    ref: Annotated[str | None, Mutability.read_only] = Field(None, serialization_alias="$ref", validation_alias="$ref")
    """The address of the Associate."""

    display: Annotated[str | None, Mutability.read_only] = None
    """The name of the Associate."""

    centre_number: Annotated[str | None, Mutability.read_only] = None
    """The centre number of the Associate."""

    since: Annotated[str | None, Mutability.read_only, CaseExact.true] = None
    """Since when it administers the centre."""


class ExamsOfficer(ComplexAttribute):
    """A person whom the board designated as exams officer."""

    value: Annotated[str | None, Required.true, CaseExact.true] = None
    """The id of the user."""

    ref: Annotated[str | None, Mutability.read_only] = Field(None, serialization_alias="$ref", validation_alias="$ref")
    """The address of the user."""

    display: Annotated[str | None, Mutability.read_only] = None
    """The userName the person had when designated."""

    primary: bool | None = None
    """Whether the person is the board's contact."""

    user_management: bool | None = None
    """Whether the person manages users: given by the first entries for a syllabus that uses a service."""

    since: Annotated[str | None, Mutability.read_only, CaseExact.true] = None
    """Since when the person is designated."""

    user_management_since: Annotated[str | None, Mutability.read_only, CaseExact.true] = None
    """Since when the person manages users."""


class CentreEntry(ComplexAttribute):
    """A syllabus that a centre made entries for."""

    value: Annotated[str | None, Mutability.read_only, CaseExact.true] = None
    """Series, syllabus and option in one, as in 2026-06/0500/A."""

    series: Annotated[str | None, Required.true] = None
    """The series, as in 2026-06."""

    syllabus: Annotated[str | None, Required.true] = None
    """The four digits of the syllabus."""

    option: str | None = None
    """The option code: up to two characters, or none."""

    recorded: Annotated[str | None, Mutability.read_only, CaseExact.true] = None
    """When the entry was recorded."""


class CentreService(ComplexAttribute):
    """A service that a centre has."""

    value: Annotated[str | None, Mutability.read_only] = None
    """The service."""

    display: Annotated[str | None, Mutability.read_only] = None
    """What people call it."""

    since: Annotated[str | None, Mutability.read_only, CaseExact.true] = None
    """Since when the centre has it."""


class Centre(Resource[Any]):
    """A school or college registered to run the board's exams, or an Associate that administers them for several."""

    __schema__ = URN(CENTRE_URN)

    centre_number: Annotated[str | None, Required.true, Mutability.immutable, Uniqueness.server] = None
    """The centre number, such as GB001."""

    display_name: Annotated[str | None, Required.true] = None
    """The name of the centre."""

    country: Annotated[str | None, Required.true] = None
    """The country, as an ISO 3166-1 alpha-2 code."""

    kind: Annotated[str | None, Mutability.immutable] = Field(None, examples=KINDS)
    """Whether it is a school or an Associate."""

    associate: CentreAssociate | None = None
    """The Associate that administers exams for it, or none when it deals directly."""

    active: bool | None = None
    """Whether it is open; at a closed centre no role is effective."""

    exams_officers: list[ExamsOfficer] | None = None
    """The people whom the board designated."""

    entries: list[CentreEntry] | None = None
    """What it made entries for."""

    services: Annotated[list[CentreService] | None, Mutability.read_only] = None
    """The services it has by its entries."""

    managed: Annotated[bool | None, Mutability.read_only, Returned.request] = None
    """Whether somebody can manage its users, returned when it is asked for.

    The board and the Associate look after a centre that has nobody.
    """
