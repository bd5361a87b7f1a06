"""What is served and announced, once for each client profile."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import reduce
from operator import or_
from typing import Annotated, Any

from pydantic import Field
from scim2_models import (
    AuthenticationScheme,
    Bulk,
    ChangePassword,
    ComplexAttribute,
    ETag,
    Filter,
    Mutability,
    Pagination,
    Patch,
    Required,
    ResourceType,
    ScimProvider,
    Sort,
)
from scim2_models import ServiceProviderConfig as LibraryServiceProviderConfig

from scim_server.extension import ServerExtension
from scim_server.journal.models import JournalEntry
from scim_server.journal.read import JOURNAL_SOURCE
from scim_server.protocol.profiles import ClientProfile
from scim_server.settings import Settings
from scim_server.store.types import StoredType, StoredTypes, by_name, core_types
from scim_server.store.whole import whole

JOURNAL_TYPE = "Change"
_DESCRIPTIONS = {"User": "User Account", "Group": "Group", JOURNAL_TYPE: "What was changed or refused, by whom and why"}


class Assignable(ComplexAttribute):
    """How roles or entitlements are assigned (draft-ietf-scim-roles-entitlements §3)."""

    supported: Annotated[bool | None, Mutability.read_only] = None
    """Whether the resource type is served."""

    multiple_roles_supported: Annotated[bool | None, Mutability.read_only] = None
    """Whether a user may have several roles."""

    multiple_entitlements_supported: Annotated[bool | None, Mutability.read_only] = None
    """Whether a user may have several entitlements."""

    primary_supported: Annotated[bool | None, Mutability.read_only] = None
    """Whether one of them may be primary."""

    type_supported: Annotated[bool | None, Mutability.read_only] = None
    """Whether they have types."""

    types: Annotated[list[str] | None, Mutability.read_only] = None
    """The types there are."""


class RolesAndEntitlements(ComplexAttribute):
    """Which roles and entitlements are served (draft-ietf-scim-roles-entitlements §3)."""

    roles: Annotated[Assignable | None, Mutability.read_only] = None
    """How roles are assigned."""

    entitlements: Annotated[Assignable | None, Mutability.read_only] = None
    """How entitlements are assigned."""


class ServiceProviderConfig(LibraryServiceProviderConfig):
    """The service provider's configuration (RFC 7643 §5)."""

    interop_profile_conformant: Annotated[bool | None, Mutability.read_only, Required.false] = None
    """Whether the service follows the SCIM 2.0 interoperability profile for this connection."""

    roles_and_entitlements: Annotated[RolesAndEntitlements | None, Mutability.read_only, Required.false] = Field(
        None, serialization_alias="RolesAndEntitlements", validation_alias="RolesAndEntitlements"
    )
    """Which roles and entitlements are served."""


class Provider(ScimProvider):
    """A service as one client profile sees it."""

    def without(self, names: frozenset[str]) -> "Provider":
        """Return the same service without some resource types."""
        resource_types = [each for each in self.resource_types if each.name not in names]
        left_out = {str(each.schema_) for each in self.resource_types if each.name in names}
        models = [model for model in self.models if str(model.__schema__) not in left_out]
        config: Any = self.config
        if "Role" in names:
            # It announces what is left out here, and clients of the library refuse what they do not know.
            config = config.model_copy(update={"roles_and_entitlements": None})
        return Provider(models, resource_types, config, self.policy)


def stored_types(extensions: Sequence[ServerExtension]) -> StoredTypes:
    """Return every resource type: the server's own, extended, those that extensions add, and the journal."""
    types = [_extended(stored_type, extensions) for stored_type in core_types()]
    types.append(
        StoredType(
            JOURNAL_TYPE, "/Changes", JournalEntry, provisioned=False, read_only=True,
            unsearchable=JOURNAL_SOURCE.unsearchable,
        )
    )  # fmt: skip
    types += [
        StoredType(
            ResourceType.from_resource(declared.model).name or declared.model.__name__,
            declared.endpoint,
            declared.model,
            unique=declared.unique,
            indexed=tuple(tuple(path.lower().split(".")) for path in declared.indexed),
            provisioned=declared.provisioned,
            shared=declared.shared,
            read_only=declared.listed is not None,
            listed=declared.listed,
        )
        for extension in extensions
        for declared in extension.resource_types()
    ]
    derived = [extension.derives() for extension in extensions]
    return by_name(
        replace(
            stored_type,
            derived=any(stored_type.name in each for each in derived),
            whole=whole(stored_type, [each[stored_type.name] for each in derived if stored_type.name in each]),
            relations=_relations(stored_type, extensions),
            unsearchable=stored_type.unsearchable | _unsearchable(stored_type, extensions),
        )
        for stored_type in types
    )


def _unsearchable(stored_type: StoredType, extensions: Sequence[ServerExtension]) -> frozenset[tuple[str, ...]]:
    """Return the derived attributes of a resource type that filters cannot name."""
    return frozenset(
        _keys(stored_type, urn, attribute)
        for extension in extensions
        for name, urn, attribute in extension.unsearchable()
        if name == stored_type.name
    )


def _relations(stored_type: StoredType, extensions: Sequence[ServerExtension]) -> tuple[tuple[Any, Any], ...]:
    """Return the derived attributes of a resource type that filters may name."""
    return tuple(
        (_keys(stored_type, urn, attribute), entries)
        for extension in extensions
        for (name, urn, attribute), entries in extension.relations().items()
        if name == stored_type.name
    )


def _keys(stored_type: StoredType, urn: str, attribute: str) -> tuple[str, ...]:
    """Return the keys of an attribute, which begin with the schema where it is that of an extension."""
    own = str(stored_type.model.__schema__)
    return (*(() if urn == own else (urn.lower(),)), *attribute.lower().split("."))


def _extended(stored_type: StoredType, extensions: Sequence[ServerExtension]) -> StoredType:
    added = [
        schema.model
        for extension in extensions
        for schema in extension.schema_extensions()
        if schema.resource_type == stored_type.name
    ]
    if not added:
        return stored_type
    present = list(stored_type.model.get_extension_models().values())
    bare: Any = stored_type.model.__bases__[0] if present else stored_type.model
    models = [*present, *added]
    return replace(
        stored_type,
        model=bare.__class_getitem__(reduce(or_, models)),
        extensions=tuple(str(model.__schema__) for model in models),
    )


def build_provider(
    types: StoredTypes, profile: ClientProfile, settings: Settings, added: Mapping[str, Any] | None = None
) -> Provider:
    """Describe the service for a client profile, with what extensions add to its configuration."""
    models: dict[str, Any] = {}
    resource_types = []
    for stored_type in types.values():
        resource_types.append(_resource_type(stored_type))
        extensions = stored_type.model.get_extension_models()
        bare = stored_type.model.__bases__[0] if extensions else stored_type.model
        described: list[Any] = [bare, *extensions.values()]
        for model in described:
            models[str(model.__schema__)] = model
    return Provider(
        models=models.values(),
        resource_types=resource_types,
        config=_configuration(profile, settings, added or {}),
        policy=profile.policy,
    )


def _resource_type(stored_type: StoredType) -> ResourceType:
    resource_type = ResourceType.from_resource(stored_type.model)
    resource_type.endpoint = stored_type.endpoint  # type: ignore[assignment]
    resource_type.description = _DESCRIPTIONS.get(stored_type.name, resource_type.description)
    return resource_type


def _configuration(profile: ClientProfile, settings: Settings, added: Mapping[str, Any]) -> ServiceProviderConfig:
    index = Pagination.DefaultPaginationMethod.index
    return ServiceProviderConfig(
        patch=Patch(supported=True),
        bulk=Bulk(
            supported=True,
            max_operations=settings.bulk_max_operations,
            max_payload_size=settings.bulk_max_payload_size,
        ),
        filter=Filter(supported=True, max_results=settings.max_page_size),
        change_password=ChangePassword(supported=False),
        sort=Sort(supported=True),
        etag=ETag(supported=True),
        pagination=Pagination(
            cursor=True,
            index=True,
            default_pagination_method=index,
            default_page_size=settings.default_page_size,
            max_page_size=settings.max_page_size,
            cursor_timeout=settings.cursor_timeout,
        ),
        authentication_schemes=_schemes(),
        interop_profile_conformant=True if profile.interop_conformant else None,
        **added,
    )


def _schemes() -> list[AuthenticationScheme]:
    kinds = AuthenticationScheme.Type
    return [
        AuthenticationScheme(
            type=kinds.oauthbearertoken,
            name="OAuth Bearer Token",
            description="A token of one connection, sent as 'Authorization: Bearer …'",
            spec_uri="https://www.rfc-editor.org/rfc/rfc6750",
            primary=True,
        ),
        AuthenticationScheme(
            type=kinds.oauth2,
            name="OAuth 2.0 client credentials",
            description="A short-lived access token, for a client that authenticates with a signed JWT",
            spec_uri="https://www.rfc-editor.org/rfc/rfc7523",
        ),
        AuthenticationScheme(
            type=kinds.httpbasic,
            name="HTTP Basic",
            description="Name and password of a platform administrator",
            spec_uri="https://www.rfc-editor.org/rfc/rfc7617",
        ),
    ]
