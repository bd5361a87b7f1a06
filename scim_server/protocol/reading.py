"""The SCIM operations that read, on documents: no model is built."""

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any, cast

from scim2_models import ResourceType, ResponseParameters, SearchRequest
from scim2_server.handler import ScimHandler
from scim2_server.requests import ScimRequest
from scim2_server.responses import ScimResponse
from scim2_server.routing import Operation, Target

from scim_server.extension import Permission, RuleBroken, ServerExtension
from scim_server.protocol import guard, normalise
from scim_server.protocol.answers import list_response, resource_response
from scim_server.protocol.conditions import read_conditions
from scim_server.protocol.guarded import GuardedStore
from scim_server.protocol.presenting import Presented, Presenter
from scim_server.protocol.searcher import Searcher
from scim_server.protocol.service import Service
from scim_server.protocol.views import ViewTarget
from scim_server.settings import Settings
from scim_server.store.searching import FoundPage
from scim_server.store.storage import SqlStorage


class ReadingHandler(ScimHandler):
    """Reads for one principal in one transaction."""

    service: Service
    storage: SqlStorage

    def __init__(
        self, service: Service, storage: SqlStorage, guarded: GuardedStore, searcher: Searcher, settings: Settings,
        extensions: Sequence[ServerExtension] = (),
    ) -> None:  # fmt: skip
        """Serve requests of the service's client profile."""
        super().__init__(service, storage)
        self.guarded = guarded
        self.store = guarded.store
        self.searcher = searcher
        self.settings = settings
        self.extensions = extensions

    def handle(self, request: ScimRequest) -> ScimResponse:
        """Serve a request with the method of its operation (RFC 7644 §3.2).

        The library enters the provider to find it, for nothing here: every method enters it by itself.
        """
        operation: Callable[[ScimRequest], ScimResponse] = getattr(self, self.service.match(request).operation.value)
        return operation(request)

    def query(self, request: ScimRequest) -> ScimResponse:
        """Read a resource (RFC 7644 §3.4.1)."""
        with self.service.provider:
            target, resource_type = self._target(request, Operation.query)
            parameters = self.service.asked_parameters(resource_type, self._bounded(request))
            presented = self._read(request, str(resource_type.name), str(target.resource_id), parameters)
            if not read_conditions(request).check(presented.etag, "GET"):
                return ScimResponse(HTTPStatus.NOT_MODIFIED, None, {"ETag": presented.etag})
            return resource_response(presented)

    def _read(
        self, request: ScimRequest, type_name: str, resource_id: str, parameters: ResponseParameters[Any] | None
    ) -> Presented:
        stored = self.searcher.get(type_name, resource_id, whole=parameters is None)
        return self._presenter(request).one(stored, parameters)

    def _view(self, request: ScimRequest, found: ViewTarget) -> ScimResponse:
        self.service.authorize(request, found.target, self.service.resource_type_at(str(found.target.endpoint)))
        self.admit("read", found.type_name, found.resource_id)
        stored = self.store.get(found.type_name, found.resource_id)
        return ScimResponse(
            HTTPStatus.OK, dict(found.view(self.store, stored, self._base_url(request), self.guarded.principal))
        )

    # -- Search -----------------------------------------------------------

    def search(self, request: ScimRequest) -> ScimResponse:
        """Search with GET, on a resource type or at the root (RFC 7644 §3.4.2)."""
        with self.service.provider:
            return self._search(request, Operation.search, dict(self._bounded(request)))

    def search_with_body(self, request: ScimRequest) -> ScimResponse:
        """Search with POST (RFC 7644 §3.4.3)."""
        with self.service.provider:
            payload = self._json(request)
            return self._search(request, Operation.search_with_body, guard.search_parameters(payload, self.settings))

    def _search(self, request: ScimRequest, operation: Operation, parameters: dict[str, Any]) -> ScimResponse:
        target = self.service.route(request, operation)
        resource_types = self.service.searched_types(target.endpoint)
        allowed = self.service.authorized_types(request, target, resource_types)
        for resource_type in allowed:
            self.admit("read", str(resource_type.name))
        if isinstance(parameters.get("filter"), str):
            guard.check_filter(parameters["filter"], self.settings)
            searched = [str(resource_type.name) for resource_type in resource_types]
            parameters["filter"] = normalise.filter_text(parameters["filter"], searched, self.service.profile)
        search_request, position = self.service.read_search(resource_types, parameters)
        page = self.searcher.page(allowed, search_request, position)
        presented = self._presenter(request).many(page.rows, search_request)
        return list_response(self._envelope(resource_types, search_request, page), presented)

    def _envelope(
        self, resource_types: list[ResourceType], search_request: SearchRequest[Any], page: FoundPage
    ) -> dict[str, Any]:
        """Return what is said of a page (RFC 7644 §3.4.2, RFC 9865)."""
        envelope: dict[str, Any] = {}
        if page.total is not None:
            envelope["totalResults"] = page.total
        envelope["itemsPerPage"] = len(page.rows)
        if search_request.cursor is None:
            envelope["startIndex"] = search_request.start_index
        elif search_request.count != 0:
            for name, place in (("nextCursor", page.next), ("previousCursor", page.previous)):
                cursor = self.service.seal(resource_types, search_request, place)
                if cursor is not None:
                    envelope[name] = cursor
        return envelope

    # -- Discovery --------------------------------------------------------

    def resource_types(self, request: ScimRequest) -> ScimResponse:
        """List the resource types that are announced to the principal (RFC 7644 §4)."""
        return self.service.announced_to(request.subject).resource_types(request.url, request.query)

    def service_provider_config(self, request: ScimRequest) -> ScimResponse:
        """Return the configuration with what is announced to the principal (RFC 7644 §4)."""
        return self.service.announced_to(request.subject).service_provider_config(request.url, request.query)

    def schemas(self, request: ScimRequest) -> ScimResponse:
        """List the schemas of the announced resource types (RFC 7644 §4)."""
        return self.service.announced_to(request.subject).schemas(request.url, request.query)

    # -- Reading requests -------------------------------------------------

    def _target(self, request: ScimRequest, operation: Operation) -> tuple[Target, ResourceType]:
        target = self.service.route(request, operation)
        resource_type = self.service.resource_type_at(cast(str, target.endpoint))
        self.service.authorize(request, target, resource_type)
        permission: Permission = "read" if operation == Operation.query else "write"
        self.admit(permission, str(resource_type.name), target.resource_id)
        return target, resource_type

    def admit(self, permission: Permission, type_name: str, resource_id: str | None = None) -> None:
        """Let the extensions refuse a person, who has no scopes, to read or write resources of a type."""
        principal = self.guarded.principal
        if principal.kind != "person":
            return
        if permission == "read" and type_name == "User" and resource_id == principal.user_id:
            return
        opinions = [extension.admit(principal, permission, type_name, self.store) for extension in self.extensions]
        if not any(opinions):
            raise RuleBroken(detail=f"{principal.name} may not {permission} resources of type {type_name}.")

    def _json(self, request: ScimRequest) -> Any:
        self.service.ensure_json(request.header("Content-Type"))
        return guard.read_json(request.body, self.settings)

    def _bounded(self, request: ScimRequest) -> dict[str, str]:
        return guard.query_parameters(request.query, self.settings)

    def _base_url(self, request: ScimRequest) -> str:
        return request.base_url.rstrip("/")

    def _presenter(self, request: ScimRequest) -> Presenter:
        return Presenter(self.store, self._base_url(request), self.extensions)
