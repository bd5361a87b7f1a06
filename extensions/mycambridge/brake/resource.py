"""The safety brake of one connection as a SCIM resource."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field
from scim2_models import URN, CaseExact, ComplexAttribute, Mutability, Required, Resource

from mycambridge.brake.rules import HELD, HOLD, NOTIFIED, NOTIFY, OFF, REJECTED, RELEASED
from mycambridge.references import Author

BRAKE = "SafetyBrake"
BRAKE_URN = "urn:ietf:params:scim:schemas:mycambridge:2.0:SafetyBrake"


class BrakedConnection(ComplexAttribute):
    """The access of an identity provider."""

    value: Annotated[str | None, Required.true, CaseExact.true] = None
    """The id of the connection."""

    display: Annotated[str | None, Mutability.read_only] = None
    """Its name."""


class SafetyBrake(Resource[Any]):
    """What stops a connection from ending the access of too many people at once."""

    __schema__ = URN(BRAKE_URN)

    connection: Annotated[BrakedConnection | None, Required.true] = None
    """The connection. It stays the same."""

    mode: str | None = Field(None, examples=[HOLD, NOTIFY, OFF])
    """Whether too many people are held, only reported, or not counted."""

    state: str | None = Field(None, examples=[HELD, NOTIFIED, RELEASED, REJECTED])
    """What happened last; people write released or rejected."""

    current: Annotated[str | None, Mutability.read_only] = Field(None, examples=[HELD, NOTIFIED, RELEASED, REJECTED])
    """The state while it lasts; left out when nothing is held, reported or decided now."""

    people: Annotated[int | None, Mutability.read_only] = None
    """How many people it concerns so far."""

    since: Annotated[datetime | None, Mutability.read_only] = None
    """When it began to hold or to report."""

    until: Annotated[datetime | None, Mutability.read_only] = None
    """When the state ends by itself; afterwards people are counted anew."""

    decided: Annotated[datetime | None, Mutability.read_only] = None
    """When somebody released or rejected it."""

    decided_by: Annotated[Author | None, Mutability.read_only] = None
    """Who did."""

    note: str | None = None
    """Why."""
