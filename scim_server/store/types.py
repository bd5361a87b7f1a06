"""What the store knows of each resource type: its model, and what of it is unique, shown and looked up."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from scim2_models import Resource

from scim_server.store.models import EnterpriseUser, Group, User

if TYPE_CHECKING:
    from scim_server.store.whole import Whole


@dataclass(frozen=True, slots=True)
class Shared:
    """Resources that one tenant keeps and several see."""

    home: str
    """The tenant that keeps them all."""

    visible: Callable[[str], sa.Select[tuple[str]]]
    """Returns the selection of the ids of those that another tenant sees."""


@dataclass(frozen=True, slots=True)
class StoredType:
    """A resource type as it is stored."""

    name: str
    """The name of the resource type, such as ``User``."""

    endpoint: str
    """Its endpoint, such as ``/Users``."""

    model: type[Resource[Any]]
    """The model, extensions included."""

    unique: str | None = None
    """The attribute that is unique in a tenant, in its comparison form."""

    display: str = "displayName"
    """The attribute that names a resource to people."""

    indexed: tuple[tuple[str, ...], ...] = ()
    """Paths in the search form whose values have rows of their own, such as ``("emails", "value")``."""

    derived: bool = False
    """Whether an extension adds attributes at read time."""

    extensions: tuple[str, ...] = field(default=())
    """The URNs of the extension schemas."""

    provisioned: bool = True
    """Whether identity providers create resources of this type: they create what they find announced."""

    read_only: bool = False
    """Whether no client writes resources of this type."""

    shared: Shared | None = None
    """Who keeps and sees the resources, when each tenant does not keep its own."""

    listed: Callable[[Any], list[Any]] | None = None
    """Returns all resources of this type, given a store, when they are few, read-only and kept nowhere."""

    unsearchable: frozenset[tuple[str, ...]] = frozenset()
    """Derived attributes that filters cannot name, by their path in the search form."""

    relations: tuple[tuple[tuple[str, ...], Callable[..., Any]], ...] = ()
    """Derived attributes that can be searched: their path in the search form, and what returns their entries."""

    whole: "Whole | None" = None
    """Reads resources with their groups, where groups hold such resources."""

    @property
    def has_members(self) -> bool:
        """Whether resources of this type hold members (RFC 7643 §4.2)."""
        return self.name == "Group"

    @property
    def is_member(self) -> bool:
        """Whether resources of this type are shown with the groups they belong to (RFC 7643 §4.1.2)."""
        return self.name == "User"


StoredTypes = Mapping[str, StoredType]


def core_types() -> list[StoredType]:
    """Return User (with the enterprise extension) and Group as RFC 7643 describes them."""
    return [
        StoredType("User", "/Users", User[EnterpriseUser], unique="userName", indexed=(("emails", "value"),)),
        StoredType("Group", "/Groups", Group),
    ]


def by_name(types: Iterable[StoredType]) -> StoredTypes:
    """Index stored types by their names."""
    return {stored_type.name: stored_type for stored_type in types}
