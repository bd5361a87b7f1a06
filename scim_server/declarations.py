"""What an extension declares: schemas, resource types and migrations, as data."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scim2_models import Extension, Resource

from scim_server.store.types import Shared

if TYPE_CHECKING:
    from scim_server.store.resources import ResourceStore, StoredResource


@dataclass(frozen=True, slots=True)
class SchemaExtension:
    """A schema that an extension adds to a resource type of the server, such as ``User``."""

    resource_type: str
    model: type[Extension]


@dataclass(frozen=True, slots=True)
class ResourceTypeDeclaration:
    """A resource type that an extension adds, stored and served like ``User`` and ``Group``."""

    model: type[Resource[Any]]
    endpoint: str
    unique: str | None = None
    """The attribute whose comparison form is unique in the tenant, such as ``centreNumber``."""

    indexed: Sequence[str] = ()
    """Paths that are looked up by value and have no column, such as ``emails.value``."""

    provisioned: bool = False
    """Whether identity providers create such resources; what they find announced, they create."""

    shared: Shared | None = None
    """Who keeps and sees the resources, when each tenant does not keep its own."""

    listed: "Callable[[ResourceStore], list[StoredResource]] | None" = None
    """Returns all resources of the type, when they are few, read-only and kept nowhere."""


@dataclass(frozen=True, slots=True)
class MigrationBranch:
    """An extension's own alembic branch."""

    directory: Path
    metadata: Any = field(repr=False)
