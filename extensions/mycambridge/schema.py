"""What the domain adds to the SCIM schemas."""

from collections.abc import Mapping
from typing import Annotated

from scim2_models import URN, Extension, Mutability, Returned

CENTRE_NUMBER, CENTRE_NAME = "centreNumber", "centreName"


class CentreUser(Extension):
    """The centre a person works at."""

    __schema__ = URN("urn:ietf:params:scim:schemas:extension:mycambridge:2.0:User")

    centre_number: str | None = None
    """The number of the centre, such as GB001. Left out, it is the organisation's own centre when it has only one."""

    centre_name: Annotated[str | None, Mutability.read_only, Returned.request] = None
    """The name of the centre, returned when it is asked for."""


class CentreGroup(Extension):
    """The centre a group belongs to."""

    __schema__ = URN("urn:ietf:params:scim:schemas:extension:mycambridge:2.0:Group")

    centre_number: str | None = None
    """The number of the centre, such as GB001. Left out, it is the organisation's own centre when it has only one."""

    centre_name: Annotated[str | None, Mutability.read_only, Returned.request] = None
    """The name of the centre, returned when it is asked for."""


EXTENSIONS: Mapping[str, type[Extension]] = {"User": CentreUser, "Group": CentreGroup}
"""The schema added to each resource type."""
