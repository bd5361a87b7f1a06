"""The journal as a SCIM resource type, read-only."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field
from scim2_models import URN, CaseExact, ComplexAttribute, Mutability, Resource


class ChangeActor(ComplexAttribute):
    """Who did it."""

    value: Annotated[str | None, Mutability.read_only, CaseExact.true] = None
    """The id of the connection, administrator or command."""

    display: Annotated[str | None, Mutability.read_only] = None
    """Its name."""

    type: Annotated[str | None, Mutability.read_only] = Field(None, examples=["connection", "administrator", "system"])
    """What kind of actor it is."""


class ChangeTarget(ComplexAttribute):
    """What it was done to."""

    value: Annotated[str | None, Mutability.read_only, CaseExact.true] = None
    """The id of the resource."""

    display: Annotated[str | None, Mutability.read_only] = None
    """The name the resource had."""

    type: Annotated[str | None, Mutability.read_only] = None
    """Its resource type."""


class ChangedAttribute(ComplexAttribute):
    """One attribute that changed."""

    path: Annotated[str | None, Mutability.read_only] = None
    """The attribute, as a SCIM path."""

    before: Annotated[str | None, Mutability.read_only] = None
    """What it was: a text as it is, any other value as JSON."""

    after: Annotated[str | None, Mutability.read_only] = None
    """What it became."""


class ChangedMember(ComplexAttribute):
    """A membership that began or ended."""

    value: Annotated[str | None, Mutability.read_only, CaseExact.true] = None
    """The id of the member."""

    operation: Annotated[str | None, Mutability.read_only] = Field(None, examples=["add", "remove"])
    """Whether it began or ended."""


class KeptRequest(ComplexAttribute):
    """What was asked, without personal data."""

    method: Annotated[str | None, Mutability.read_only] = None
    """The method of the request."""

    path: Annotated[str | None, Mutability.read_only] = None
    """Its path below the base URL."""

    body: Annotated[str | None, Mutability.read_only] = None
    """Its body, with the values of attributes made unreadable."""


class JournalEntry(Resource[Any]):
    """A change that was made, or a request that was refused."""

    __schema__ = URN("urn:mycambridge:params:scim:schemas:provisioning:2.0:Change")

    at: Annotated[datetime | None, Mutability.read_only] = None
    """When it happened."""

    operation: Annotated[str | None, Mutability.read_only] = Field(
        None, examples=["create", "replace", "patch", "delete", "search", "read", "bulk"]
    )
    """What was asked for."""

    outcome: Annotated[str | None, Mutability.read_only] = Field(None, examples=["done", "refused"])
    """Whether it was done."""

    actor: Annotated[ChangeActor | None, Mutability.read_only] = None
    """Who asked."""

    target: Annotated[ChangeTarget | None, Mutability.read_only] = None
    """The resource concerned."""

    attributes: Annotated[list[ChangedAttribute] | None, Mutability.read_only] = None
    """The attributes that changed."""

    members: Annotated[list[ChangedMember] | None, Mutability.read_only] = None
    """The memberships that changed."""

    ignored: Annotated[list[str] | None, Mutability.read_only] = None
    """What the request held that is not served here, and was left out."""

    status: Annotated[int | None, Mutability.read_only] = None
    """The HTTP status of the answer."""

    scim_type: Annotated[str | None, Mutability.read_only] = None
    """The SCIM error keyword of a refusal."""

    detail: Annotated[str | None, Mutability.read_only] = None
    """Why it was refused."""

    request_id: Annotated[str | None, Mutability.read_only, CaseExact.true] = None
    """The id of the request, as in its answer and in the logs."""

    request: Annotated[KeptRequest | None, Mutability.read_only] = None
    """What was asked: kept of what connections ask for, and of every refusal."""
