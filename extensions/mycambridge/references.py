"""References to other resources, as several schemas have them."""

from typing import Annotated

from pydantic import Field
from scim2_models import CaseExact, ComplexAttribute, Mutability, Required


class ResourceReference(ComplexAttribute):
    """Another resource."""

    value: Annotated[str | None, Required.true, CaseExact.true] = None
    """Its id."""

    ref: Annotated[str | None, Mutability.read_only] = Field(None, serialization_alias="$ref", validation_alias="$ref")
    """Its address."""

    display: Annotated[str | None, Mutability.read_only] = None
    """What people call it."""


class Author(ComplexAttribute):
    """Who made a mapping, a grant or a decision."""

    value: Annotated[str | None, Mutability.read_only, CaseExact.true] = None
    """The id of the person, administrator or command."""

    display: Annotated[str | None, Mutability.read_only] = None
    """Their name."""

    type: Annotated[str | None, Mutability.read_only] = Field(None, examples=["person", "administrator", "system"])
    """What kind of principal it was."""
