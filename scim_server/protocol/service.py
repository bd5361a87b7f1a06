"""The protocol's steps from ``scim2-server``, told who may do what and how a request is read."""

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeVar

from pydantic import ValidationError
from scim2_models import (
    BaseModel,
    Context,
    NotFoundException,
    ResourceType,
    ResponseParameters,
    SCIMException,
    SearchRequest,
)
from scim2_server.errors import MethodNotAllowedException
from scim2_server.requests import ScimRequest
from scim2_server.routing import RESERVED_NAMES, Operation, Target, match
from scim2_server.service import ScimService

from scim_server.extension import Principal
from scim_server.protocol.comparisons import comparable
from scim_server.protocol.errors import plain, refusal
from scim_server.protocol.plain_search import plain_search
from scim_server.protocol.profiles import ClientProfile
from scim_server.protocol.provider import Provider
from scim_server.store.types import StoredType, StoredTypes

ModelT = TypeVar("ModelT", bound=BaseModel)
Permission = Literal["read", "write"]
Authorizer = Callable[[Principal, Permission, str], None]
"""Raises a 403 exception when a principal may not read or write resources of a type."""

_ROUTED = RESERVED_NAMES | {"", ".search"}
_ALL = {"GET": Operation.search, "POST": Operation.create}
_ONE = {
    "GET": Operation.query, "PUT": Operation.replace, "PATCH": Operation.patch, "DELETE": Operation.delete,
}  # fmt: skip
_READING = frozenset({Operation.query, Operation.search, Operation.search_with_body})


def refuse_nul(path: str) -> None:
    """Refuse an address with a NUL, which no id has and no database takes.

    :raises NotFoundException: When it has one.
    """
    if "\0" in path:
        raise NotFoundException(detail="There is nothing at this address.")


class Service(ScimService):
    """The steps of the protocol for one client profile."""

    provider: Provider

    def __init__(
        self, provider: Provider, types: StoredTypes, profile: ClientProfile, secret: str, authorizer: Authorizer
    ) -> None:
        """Serve what a provider describes."""
        super().__init__(provider, secret=secret)
        self.profile = profile
        self._types = types
        self._kept_quiet = frozenset(each.name for each in types.values() if not each.provisioned) - profile.discovers
        self._announced: dict[frozenset[str], ScimService] = {}
        self._secret_text = secret
        self._authorizer = authorizer
        self._models = {str(each.name): self.get_model(each) for each in provider.resource_types}
        self._types_by_endpoint = {
            self.endpoint_of(resource_type).casefold(): resource_type for resource_type in provider.resource_types
        }

    def get_resource_type_by_endpoint(self, endpoint: str) -> ResourceType | None:
        """Return the resource type an endpoint serves, if any."""
        return self._types_by_endpoint.get(endpoint.strip("/").casefold())

    @staticmethod
    def match(request: ScimRequest) -> Target:
        """Return what a request asks for; a resource or its type, most often, needs no look at every route."""
        refuse_nul(request.path)
        endpoint, slash, resource_id = request.path[1:].partition("/")
        if endpoint not in _ROUTED and "/" not in resource_id and resource_id != ".search":
            operation = _ONE.get(request.method) if resource_id else None if slash else _ALL.get(request.method)
            if operation is not None:
                return Target(operation, endpoint, resource_id or None)
        return match(request.method, request.path)

    def authorize(self, request: ScimRequest, target: Target, resource_type: ResourceType) -> None:
        """Refuse what the principal's scopes do not cover, and writing what is read-only."""
        permission: Permission = "read" if target.operation in _READING else "write"
        name = str(resource_type.name)
        if permission == "write" and self._types[name].read_only:
            raise MethodNotAllowedException(allowed=["GET"])
        self._authorizer(request.subject, permission, name)

    def announced_to(self, principal: Principal) -> ScimService:
        """Return the service as a principal discovers it.

        Clients create whatever resource type they find announced. So what connections do not create is announced to
        people and administrators, and to connections that were given a scope for it by name; others read it without
        its being announced.
        """
        hidden = frozenset[str]()
        if principal.kind == "connection":
            hidden = frozenset(name for name in self._kept_quiet if f"scim:read:{name}" not in principal.scopes)
        if hidden not in self._announced:
            self._announced[hidden] = ScimService(self.provider.without(hidden), secret=self._secret_text)
        return self._announced[hidden]

    def searched_types(self, endpoint: str | None) -> list[ResourceType]:
        """Return the resource types a search covers; at the root, all that the tenant itself keeps."""
        if endpoint is not None:
            return [self.resource_type_at(endpoint)]
        return [each for each in self.provider.resource_types if self._is_kept(self._types[str(each.name)])]

    @staticmethod
    def _is_kept(stored_type: StoredType) -> bool:
        return not stored_type.read_only and stored_type.shared is None

    def me_target(self, request: ScimRequest) -> tuple[ResourceType, str]:
        """Return the principal's own User (RFC 7644 §3.11).

        :raises NotFoundException: When the principal is no person with a User here.
        """
        principal: Principal = request.subject
        if principal.user_id is None:
            raise NotFoundException(detail=f"/Me stands for a person, but {principal.name!r} is not one.")
        return self.get_resource_type("User"), principal.user_id

    def asked_parameters(self, resource_type: ResourceType, query: Mapping[str, str]) -> ResponseParameters[Any] | None:
        """Read ``attributes`` and ``excludedAttributes``, or return None when a request has neither."""
        if "attributes" not in query and "excludedAttributes" not in query:
            return None
        return self.read_response_parameters(resource_type, query)

    def validate(self, model: type[ModelT], payload: Any, context: Context) -> ModelT:
        """Return the model of a payload.

        :raises SCIMException: 400 about the first fault of the payload.
        """
        try:
            return model.model_validate(payload, scim_ctx=context)
        except ValidationError as error:
            raise refusal(error) from None

    def read_search(self, resource_types: list[ResourceType], payload: Any) -> tuple[SearchRequest[Any], Any]:
        """Return a search with the position of the page its cursor asks for, as the library reads it.

        :raises SCIMException: 400 about its first fault.
        """
        pages: Any = self.config.pagination
        name = str(resource_types[0].name)
        model = self._models[name]
        # What is listed is searched by the library, with filters of its own.
        if len(resource_types) == 1 and self._types[name].listed is None:
            plain = plain_search(model, payload, pages.default_page_size, pages.max_page_size)
            if plain is not None:
                return plain, None
        search_request, position = super().read_search(resource_types, payload)
        if len(resource_types) == 1 and search_request.filter is not None:
            read = comparable(model, search_request.filter, self._types[name].unsearchable)
            search_request = search_request.model_copy(update={"filter": read})
        return search_request, position

    def seal(self, types: list[ResourceType], search_request: SearchRequest[Any], position: Any) -> str | None:
        """Return the cursor of a position, or None when there is no page there (RFC 9865)."""
        return self._seal(types, search_request, position)

    @staticmethod
    def error_of(exception: Exception) -> Any:
        """Return the SCIM error of an exception, in plain words."""
        return ScimService.error_of(plain(exception) if isinstance(exception, SCIMException) else exception)
