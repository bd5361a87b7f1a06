"""The SCIM operations on documents: the steps of ``scim2-server``, without building models to read."""

# PatchOp takes a model as its parameter when it runs, and refuses the Any of these annotations.
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, cast

import orjson
from scim2_models import Context, PatchOp, Resource, ResourceType, ResponseParameters, SearchRequest
from scim2_server.conditions import Conditions
from scim2_server.handler import ScimHandler
from scim2_server.requests import ScimRequest
from scim2_server.responses import ScimResponse
from scim2_server.routing import Operation, Target

from scim_server.extension import ServerExtension
from scim_server.protocol import guard, normalise
from scim_server.protocol.bulk import BulkRunner
from scim_server.protocol.conditions import read_conditions, stored_conditions
from scim_server.protocol.guarded import GuardedStore
from scim_server.protocol.membership_patch import MembershipEdit, member_ids
from scim_server.protocol.patch_reading import ReadPatch, read_patch
from scim_server.protocol.presenting import Presented, Presenter
from scim_server.protocol.searcher import Searcher
from scim_server.protocol.service import Service
from scim_server.protocol.unknown import dropped_attributes
from scim_server.settings import Settings
from scim_server.store.documents import Document, render
from scim_server.store.loading import entity_tag, load
from scim_server.store.resources import StoredResource
from scim_server.store.searching import FoundPage
from scim_server.store.storage import SqlStorage
from scim_server.store.types import StoredType

SHORT_GROUP = 50
"""Up to how many members a group is returned by a PATCH that did not ask for it."""

_LIST_RESPONSE = b'{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"]'


@dataclass(slots=True)
class Prepared:
    """What a request asks to be stored, validated before any transaction begins."""

    document: Document
    members: tuple[str, ...] = ()
    ignored: list[str] = field(default_factory=list)


class Handler(ScimHandler):
    """Serves the requests of one principal in one transaction."""

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

    # -- One resource -----------------------------------------------------

    def create(self, request: ScimRequest) -> ScimResponse:
        """Create a resource (RFC 7644 §3.3)."""
        with self.service.provider:
            _, resource_type = self._target(request, Operation.create)
            parameters = self.service.asked_parameters(resource_type, self._bounded(request))
            stored_type = self._stored_type(resource_type)
            prepared = self.prepare(stored_type, self._json(request), Context.RESOURCE_CREATION_REQUEST)
            created = self.guarded.create(stored_type.name, prepared.document, prepared.members, prepared.ignored)
            presented = self._presenter(request).new(created, parameters)
            return _resource_response(presented, HTTPStatus.CREATED, Location=presented.location)

    def query(self, request: ScimRequest) -> ScimResponse:
        """Read a resource (RFC 7644 §3.4.1)."""
        with self.service.provider:
            target, resource_type = self._target(request, Operation.query)
            parameters = self.service.asked_parameters(resource_type, self._bounded(request))
            presented = self._read(request, str(resource_type.name), str(target.resource_id), parameters)
            if not read_conditions(request).check(presented.etag, "GET"):
                return ScimResponse(HTTPStatus.NOT_MODIFIED, None, {"ETag": presented.etag})
            return _resource_response(presented)

    def _read(
        self, request: ScimRequest, type_name: str, resource_id: str, parameters: ResponseParameters[Any] | None
    ) -> Presented:
        stored = self.searcher.get(type_name, resource_id)
        return self._presenter(request).one(stored, parameters)

    def replace(self, request: ScimRequest) -> ScimResponse:
        """Replace a resource (RFC 7644 §3.5.1)."""
        with self.service.provider:
            target, resource_type = self._target(request, Operation.replace)
            parameters = self.service.asked_parameters(resource_type, self._bounded(request))
            stored_type = self._stored_type(resource_type)
            payload = self._json(request)
            updated = self.apply_replace(stored_type, str(target.resource_id), payload, self._conditions(request))
            return _resource_response(self._presenter(request).one(updated, parameters))

    def apply_replace(
        self, stored_type: StoredType, resource_id: str, payload: Any, conditions: Conditions
    ) -> StoredResource:
        """Replace a stored resource by a payload, and return what is stored then."""
        replacement, ignored = self._model(stored_type, payload, Context.RESOURCE_REPLACEMENT_REQUEST)
        current = self.store.get(stored_type.name, resource_id, locked=True)
        conditions.check(entity_tag(current.version), "PUT")
        replacement.replace(load(stored_type, current))
        edits = [MembershipEdit("replace", _members_of(replacement))] if stored_type.has_members else []
        return self.guarded.update("replace", current, render(replacement), edits, ignored)

    def patch(self, request: ScimRequest) -> ScimResponse:
        """Modify a resource (RFC 7644 §3.5.2)."""
        with self.service.provider:
            target, resource_type = self._target(request, Operation.patch)
            parameters = self.service.asked_parameters(resource_type, self._bounded(request))
            stored_type = self._stored_type(resource_type)
            updated = self.apply_patch(
                stored_type, str(target.resource_id), self._json(request), self._conditions(request)
            )
            if parameters is None and not self._answers_with(stored_type, updated):
                return ScimResponse(HTTPStatus.NO_CONTENT, None, {"ETag": entity_tag(updated.version)})
            return _resource_response(self._presenter(request).one(updated, parameters))

    def _answers_with(self, stored_type: StoredType, updated: StoredResource) -> bool:
        """Tell whether a PATCH is answered with the resource: a group only while it has few members to list."""
        if self.service.profile.patch_answers != "resource":
            return False
        return not stored_type.has_members or not self.store.members.more_than(updated.id, SHORT_GROUP)

    def apply_patch(
        self, stored_type: StoredType, resource_id: str, payload: Any, conditions: Conditions
    ) -> StoredResource:
        """Apply the operations of a PATCH to a stored resource, and return what is stored then."""
        guard.check_patch(payload, self.settings)
        read = read_patch(self.service, stored_type, resource_id, payload)
        current = self.store.get(stored_type.name, resource_id, locked=True)
        conditions.check(entity_tag(current.version), "PATCH")
        if read.patch_op is None:
            return self.guarded.update("patch", current, None, read.edits, read.ignored)
        return self._patch_model(stored_type, current, read.patch_op, read)

    def _patch_model(
        self, stored_type: StoredType, current: StoredResource, patch_op: PatchOp[Any], read: ReadPatch
    ) -> StoredResource:
        model, edits = load(stored_type, current), read.edits
        selects_members = stored_type.has_members and not edits and _touches_members(patch_op)
        if selects_members:
            held = self.store.members.of_groups([current.id]).get(current.id, [])
            cast(Any, model).members = [{"value": each.id, "type": each.type, "display": each.display} for each in held]
        patch_op.patch(model)
        if selects_members:
            edits = [MembershipEdit("replace", _members_of(model))]
        return self.guarded.update("patch", current, render(model), edits, read.ignored)

    def delete(self, request: ScimRequest) -> ScimResponse:
        """Delete a resource (RFC 7644 §3.6)."""
        with self.service.provider:
            target, resource_type = self._target(request, Operation.delete)
            self.apply_delete(self._stored_type(resource_type), str(target.resource_id), self._conditions(request))
            return ScimResponse(HTTPStatus.NO_CONTENT)

    def apply_delete(self, stored_type: StoredType, resource_id: str, conditions: Conditions) -> None:
        """Delete a stored resource."""
        current = self.store.get(stored_type.name, resource_id, locked=True)
        conditions.check(entity_tag(current.version), "DELETE")
        self.guarded.delete(current)

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
        if isinstance(parameters.get("filter"), str):
            parameters["filter"] = normalise.filter_text(parameters["filter"], self.service.profile)
            guard.check_filter(parameters["filter"], self.settings)
        search_request, position = self.service.read_search(resource_types, parameters)
        page = self.searcher.page(allowed, search_request, position)
        presented = self._presenter(request).many(page.rows, search_request)
        return self._list_response(resource_types, search_request, page, presented)

    def _list_response(
        self, resource_types: list[ResourceType], search_request: SearchRequest[Any], page: FoundPage,
        presented: Sequence[Presented],
    ) -> ScimResponse:  # fmt: skip
        envelope: dict[str, Any] = {}
        if page.total is not None:
            envelope["totalResults"] = page.total
        envelope["itemsPerPage"] = len(presented)
        if search_request.cursor is None:
            envelope["startIndex"] = search_request.start_index
        elif search_request.count != 0:
            for name, place in (("nextCursor", page.next), ("previousCursor", page.previous)):
                cursor = self.service.seal(resource_types, search_request, place)
                if cursor is not None:
                    envelope[name] = cursor
        body = b"".join(
            [_LIST_RESPONSE, b",", orjson.dumps(envelope)[1:-1], b',"Resources":[',
             b",".join(each.body for each in presented), b"]}"]
        )  # fmt: skip
        return _answer(HTTPStatus.OK, body, {})

    # -- Bulk -------------------------------------------------------------

    def bulk(self, request: ScimRequest) -> ScimResponse:
        """Run a bulk request (RFC 7644 §3.7)."""
        with self.service.provider:
            self.service.route(request, Operation.bulk)
            self.service.ensure_bulk_payload_size(len(request.body))
            return BulkRunner(self, request).run(self._json(request))

    # -- Discovery --------------------------------------------------------

    def resource_types(self, request: ScimRequest) -> ScimResponse:
        """List the resource types that are announced to the principal (RFC 7644 §4)."""
        return self.service.announced_to(request.subject).resource_types(request.url, request.query)

    def schemas(self, request: ScimRequest) -> ScimResponse:
        """List the schemas of the announced resource types (RFC 7644 §4)."""
        return self.service.announced_to(request.subject).schemas(request.url, request.query)

    # -- Reading requests -------------------------------------------------

    def prepare(self, stored_type: StoredType, payload: Any, context: Context) -> Prepared:
        """Validate the payload of a resource, and return what shall be stored."""
        model, ignored = self._model(stored_type, payload, context)
        return Prepared(render(model), _members_of(model) if stored_type.has_members else (), ignored)

    def _model(self, stored_type: StoredType, payload: Any, context: Context) -> tuple[Resource[Any], list[str]]:
        normal = normalise.resource(payload, stored_type.name, self.service.profile)
        model = self.service.validate(stored_type.model, normal, context)
        return model, dropped_attributes(model) if self.service.profile.tolerant else []

    def _target(self, request: ScimRequest, operation: Operation) -> tuple[Target, ResourceType]:
        target = self.service.route(request, operation)
        resource_type = self.service.resource_type_at(cast(str, target.endpoint))
        self.service.authorize(request, target, resource_type)
        return target, resource_type

    def _stored_type(self, resource_type: ResourceType) -> StoredType:
        return self.store.types[str(resource_type.name)]

    def _json(self, request: ScimRequest) -> Any:
        self.service.ensure_json(request.header("Content-Type"))
        return guard.read_json(request.body, self.settings)

    def _bounded(self, request: ScimRequest) -> dict[str, str]:
        return guard.query_parameters(request.query, self.settings)

    def _conditions(self, request: ScimRequest) -> Conditions:
        return stored_conditions(read_conditions(request))

    def _base_url(self, request: ScimRequest) -> str:
        return request.base_url.rstrip("/")

    def _presenter(self, request: ScimRequest) -> Presenter:
        return Presenter(self.store, self._base_url(request), self.extensions)


def _members_of(model: Resource[Any]) -> tuple[str, ...]:
    entries = getattr(model, "members", None) or []
    return member_ids([{"value": entry.value} for entry in entries])


def _touches_members(patch_op: PatchOp[Any]) -> bool:
    return any(
        "members" in str(operation.path or "").lower() or operation.path is None
        for operation in patch_op.operations or []
    )


def _resource_response(presented: Presented, status: HTTPStatus = HTTPStatus.OK, **headers: str) -> ScimResponse:
    """Return a resource with its ETag and Content-Location (RFC 7643 §3.1)."""
    return _answer(status, presented.body, {"ETag": presented.etag, "Content-Location": presented.location, **headers})


def _answer(status: HTTPStatus, body: bytes, headers: dict[str, str]) -> ScimResponse:
    """Return an answer whose body is JSON text already, where the library expects what it would turn into text."""
    return ScimResponse(status, cast(Any, body), headers)
