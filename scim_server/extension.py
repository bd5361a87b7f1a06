"""The seam: everything an extension may rely on, and everything the server asks of it.

An extension is an object found through the entry-point group ``scim_server.extensions``. It brings schemas, rules,
derived attributes, commands and migrations; the server never imports it by name.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from scim2_models import Extension, Resource, SCIMException

from scim_server.store.documents import Document

if TYPE_CHECKING:
    import click

    from scim_server.store.resources import ResourceStore

Wants = Callable[[str, str], bool]
"""Tells whether a response holds an attribute, by the URN of its schema and its name."""

PrincipalKind = Literal["connection", "administrator", "system"]


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking: an identity provider's connection, a platform administrator, or the command line."""

    kind: PrincipalKind
    id: str
    name: str
    tenant: str | None = None
    """The only tenant it may see, or None for all of them."""

    scopes: frozenset[str] = frozenset()
    """What it may do: ``scim:read``, ``scim:write``, or either for one resource type as in ``scim:read:Group``."""

    profile: str = "default"
    """The client profile that says what is tolerated from it."""

    user_id: str | None = None
    """The id of the principal's own User, which ``/Me`` stands for."""


@dataclass(slots=True)
class Change:
    """A change to one resource, shown to the rules before the store makes it.

    A rule refuses by raising :class:`RuleBroken`, and may complete ``after`` in place.
    """

    principal: Principal
    tenant: str
    operation: Literal["create", "replace", "patch", "delete"]
    resource_type: str
    resource_id: str | None = None
    before: Document | None = None
    after: Document | None = None
    members_added: Sequence[str] = ()
    members_removed: Sequence[str] = ()
    ignored: Sequence[str] = ()
    """What the request held that no schema declares and the client profile let pass."""


class RuleBroken(SCIMException):
    """A rule of an extension refuses a change; its detail says what the caller may do instead."""

    status = 403
    _default_detail = "This change is not allowed."


class InvalidChange(RuleBroken):
    """A rule refuses a value: 400 ``invalidValue``."""

    status = 400
    scim_type = "invalidValue"


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
    """Multi-valued paths that are looked up by value, such as ``emails.value``."""


@dataclass(frozen=True, slots=True)
class MigrationBranch:
    """An extension's own alembic branch."""

    directory: Path
    metadata: Any = field(repr=False)


class ServerExtension:
    """What an extension may bring. Every hook has a default that brings nothing."""

    name: str = "extension"

    def schema_extensions(self) -> Sequence[SchemaExtension]:
        """Return the schemas added to the server's own resource types."""
        return ()

    def resource_types(self) -> Sequence[ResourceTypeDeclaration]:
        """Return the resource types the extension adds."""
        return ()

    def check(self, change: Change, store: "ResourceStore") -> None:
        """Refuse a change with :class:`RuleBroken`, or complete ``change.after``.

        Called inside the change's transaction, for SCIM, pages, import and command line alike.
        """

    def derive(
        self, store: "ResourceStore", resource_type: str, ids: Sequence[str], wants: Wants
    ) -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
        """Return read-only attributes computed at read time: ``{resource id: {schema URN: {attribute: value}}}``.

        Called once for a whole page, only for resource types that :meth:`derives` names. What the response does not
        want need not be computed.
        """
        return {}

    def derives(self) -> frozenset[str]:
        """Return the names of the resource types that have attributes derived by this extension."""
        return frozenset()

    def demonstrate(self, store: "ResourceStore") -> None:
        """Add what a newcomer should see to a demonstration tenant, before its people and groups are created."""

    def migrations(self) -> MigrationBranch | None:
        """Return the extension's own alembic branch, if it has tables."""
        return None

    def commands(self) -> Sequence["click.Command"]:
        """Return what the extension adds to the ``scim-server`` command."""
        return ()


def load_extensions(chosen: str = "all") -> tuple[ServerExtension, ...]:
    """Return the installed extensions that are chosen, in the order of their names."""
    names = {name.strip() for name in chosen.split(",")}
    found = sorted(entry_points(group="scim_server.extensions"), key=lambda point: point.name)
    return tuple(point.load()() for point in found if chosen == "all" or point.name in names)
