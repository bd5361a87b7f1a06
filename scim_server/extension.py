"""The seam: everything an extension may rely on, and everything the server asks of it.

An extension is an object found through the entry-point group ``scim_server.extensions``. It brings schemas, rules,
derived attributes, commands and migrations; the server never imports it by name.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from scim2_models import SCIMException

from scim_server.declarations import MigrationBranch, ResourceTypeDeclaration, SchemaExtension
from scim_server.store.documents import Document

if TYPE_CHECKING:
    import click
    from pydantic_settings import BaseSettings

    from scim_server.db import Database, Transaction
    from scim_server.store.resources import ResourceStore, StoredResource
    from scim_server.store.whole import MayDerive

__all__ = [
    "Afterwards",
    "Change",
    "Consequences",
    "Door",
    "InvalidChange",
    "MigrationBranch",
    "MisconfiguredExtension",
    "Permission",
    "Principal",
    "PrincipalKind",
    "RequestRefused",
    "ResourceTypeDeclaration",
    "RuleBroken",
    "SchemaExtension",
    "ServerExtension",
    "View",
    "Wants",
]

Wants = Callable[[str, str], bool]
"""Tells whether a response holds an attribute, by the URN of its schema and its name."""

PrincipalKind = Literal["connection", "person", "administrator", "system"]
Permission = Literal["read", "write"]


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: an identity provider's connection, a person of a tenant, an administrator, or the command line."""

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


View = Callable[["ResourceStore", "StoredResource", str, Principal], Mapping[str, Any]]
"""Returns what is to be said of one resource, given the base URL of references and who asks."""


@dataclass(slots=True)
class Change:
    """A change to one resource, shown to the rules before the store makes it.

    A rule refuses by raising :class:`RuleBroken`, or :class:`RequestRefused` for all of its request, and may complete
    ``after`` in place.
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


Consequences = Callable[[], Collection[str]]
"""Returns the facts of this moment, each as the text of a JSON object."""


class MisconfiguredExtension(Exception):  # noqa: N818 - a state of the installation
    """An extension cannot work with its settings; the text says which, and what would do."""


class RuleBroken(SCIMException):
    """A rule of an extension refuses a change; its detail says what the caller may do instead."""

    status = 403
    _default_detail = "This change is not allowed."


class InvalidChange(RuleBroken):
    """A rule refuses a value: 400 ``invalidValue``."""

    status = 400
    scim_type = "invalidValue"


Afterwards = Callable[["ResourceStore"], None]
"""What is done in a transaction of its own, after that of a request was rolled back."""


class RequestRefused(Exception):  # noqa: N818 - what it refuses is no error of one operation
    """A rule refuses a request as a whole, with all operations of a bulk request: nothing of it is kept.

    ``afterwards`` may write what shall be remembered of it all the same. That is also all that the journal holds of
    it, so that a client which tries again and again does not fill it.
    """

    def __init__(
        self,
        *,
        status: int,
        detail: str,
        headers: Mapping[str, str] | None = None,
        afterwards: Afterwards | None = None,
    ) -> None:
        """Say why, and what the caller may do instead."""
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})
        self.afterwards = afterwards


class Door(Protocol):
    """The one door for every change, as an extension sees it: rules first, then the store, then the journal."""

    store: "ResourceStore"

    def create(self, type_name: str, document: Document, members: Sequence[str] = ()) -> "StoredResource":
        """Create a resource with its members."""

    def update(
        self, operation: Literal["replace", "patch"], current: "StoredResource", document: Document | None
    ) -> "StoredResource":
        """Change the document of a resource."""

    def delete(self, current: "StoredResource") -> None:
        """Delete a resource."""


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

    def follow(self, changes: Sequence[Change], store: "ResourceStore") -> None:
        """Do what follows from changes that the store has made, in the same transaction."""

    def derive(
        self, store: "ResourceStore", resources: "Sequence[StoredResource]", wants: Wants, base_url: str
    ) -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
        """Return read-only attributes computed at read time: ``{resource id: {schema URN: {attribute: value}}}``.

        Called once for all resources of one type on a page, only for types that :meth:`derives` names. What the
        response does not want need not be computed. References begin with the base URL.
        """
        return {}

    def relations(self) -> Mapping[tuple[str, str, str], Callable[..., Any]]:
        """Return the derived attributes that filters may name, by resource type, URN and attribute.

        Each is a function of a column of resource ids, a tenant, and what a filter wants of an entry; it returns the
        :class:`~scim_server.store.relations.Entries` to search. An attribute with a single value is their ``value``.
        """
        return {}

    def unsearchable(self) -> Collection[tuple[str, str, str]]:
        """Return the derived attributes that filters cannot name, by resource type, URN and attribute."""
        return ()

    def describe(self, resource_type: str, document: Document) -> str | None:
        """Return what the journal calls a resource that has neither a userName nor a displayName."""
        return None

    def settings(self) -> Sequence["BaseSettings"]:
        """Return what an operator sets for the extension, to be shown by ``scim-server settings``."""
        return ()

    def views(self) -> Mapping[tuple[str, str], View]:
        """Return what can be read of a resource below its address, by resource type and the last part of the path."""
        return {}

    def consequences(self, change: Change, store: "ResourceStore") -> Consequences | None:
        """Return what tells the facts that a change may begin or end, or None when it can begin and end none.

        Called before a change that is only tried (``dryRun=true``). What it returns is called before and after the
        change: the difference is the preview.
        """
        return None

    def configuration(self) -> Mapping[str, Any]:
        """Return what is added to the ServiceProviderConfig."""
        return {}

    def administrators_tenant(self) -> tuple[str, str] | None:
        """Return the id and the name of the tenant that administrators mean when they name none."""
        return None

    def reaches(self, principal: Principal, tenant: str, transaction: "Transaction") -> bool:
        """Tell whether a person of one tenant also acts for another."""
        return False

    def admit(self, principal: Principal, permission: Permission, resource_type: str, store: "ResourceStore") -> bool:
        """Tell whether a person may read or write resources of a type, or refuse with :class:`RuleBroken`, saying why.

        A person may do what one extension admits and none refuses, and always read the User that ``/Me`` stands for.
        """
        return False

    def derives(self) -> "Mapping[str, MayDerive | None]":
        """Return the resource types that have attributes derived by this extension, by name.

        Each comes with what tells in SQL, of a tenant and the id of a resource, whether anything in the database may
        give it such attributes, or with None. Where that was asked, :meth:`derive` is told by ``may_derive``.
        """
        return {}

    def demonstrate(self, door: Door) -> None:
        """Add what a newcomer should see to a demonstration tenant, before its people and groups are created."""

    def demonstrate_people(self, door: Door) -> None:
        """Add what a newcomer should see of the people and groups of a demonstration tenant."""

    def forget_tenant(self, tenant: str, door: Door) -> None:
        """Forget what the administrators' tenant keeps of a tenant that has just been deleted, or refuse the deletion.

        The door is that of the administrators' tenant, in the transaction of the deletion.
        """

    def prepare_mail(self, database: "Database", base_url: str) -> int:
        """Write the mails that are due into the outbox, and return how many; the worker asks again and again."""
        return 0

    def demands_second_factor(self, principal: Principal, transaction: "Transaction") -> bool:
        """Tell whether a person must give a second factor to sign in."""
        return False

    def kept_about(self, tenant: str, user_id: str, transaction: "Transaction") -> Mapping[str, Any]:
        """Return what the extension keeps about the person of a User, for that person to read."""
        return {}

    def landing(self) -> str | None:
        """Return the path of the page that people see first, if the extension brings one."""
        return None

    def blueprints(self, site: Any) -> Sequence[Any]:
        """Return Flask blueprints of pages, given the :class:`~scim_server.pages.site.Site` they belong to."""
        return ()

    def migrations(self) -> MigrationBranch | None:
        """Return the extension's own alembic branch, if it has tables."""
        return None

    def commands(self) -> Sequence["click.Command"]:
        """Return what the extension adds to the ``scim-server`` command."""
        return ()
