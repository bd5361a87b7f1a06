"""The SCIM operations on documents: the steps of ``scim2-server``, without building models to read."""

# PatchOp takes a model as its parameter when it runs, and refuses the Any of these annotations.
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, TypeVar, cast

from scim2_models import (
    Context,
    PatchOp,
    Resource,
    ResourceType,
    ResponseParameters,
)
from scim2_server.conditions import Conditions
from scim2_server.requests import ScimRequest
from scim2_server.responses import ScimResponse
from scim2_server.routing import Operation

from scim_server.extension import RequestRefused
from scim_server.protocol import guard, normalise
from scim_server.protocol.answers import resource_response
from scim_server.protocol.bulk import BulkRunner
from scim_server.protocol.conditions import read_conditions, stored_conditions
from scim_server.protocol.membership_patch import MembershipEdit, member_ids
from scim_server.protocol.patch_reading import ReadPatch, read_patch
from scim_server.protocol.plain_patch import plain_patch
from scim_server.protocol.plain_resource import plain_resource
from scim_server.protocol.reading import ReadingHandler
from scim_server.protocol.trial import Foreseen, Trial, asks_for_trial
from scim_server.protocol.unknown import dropped_attributes
from scim_server.protocol.views import find_view
from scim_server.store.documents import Document, render
from scim_server.store.loading import entity_tag, load
from scim_server.store.resources import StoredResource
from scim_server.store.types import StoredType

T = TypeVar("T")

SHORT_GROUP = 50
"""Up to how many members a group is returned by a PATCH that did not ask for it."""

_UNCONDITIONAL = Conditions()


@dataclass(slots=True)
class Prepared:
    """What a request asks to be stored, validated before any transaction begins."""

    document: Document
    members: tuple[str, ...] = ()
    ignored: list[str] = field(default_factory=list)


class Handler(ReadingHandler):
    """Serves all requests of one principal in one transaction."""

    def handle(self, request: ScimRequest) -> ScimResponse:
        """Serve a request with the method of its operation (RFC 7644 §3.2), or only try it (``dryRun=true``).

        :raises Foreseen: When it was only tried.
        """
        found = find_view(request, self.service, self.extensions) if self.extensions else None
        if found is not None:
            with self.service.provider:
                return self._view(request, found)
        if request.method == "GET" or not asks_for_trial(request):
            return super().handle(request)
        self.guarded.trial = Trial()
        try:
            super().handle(request)
        except RequestRefused as refused:
            refused.afterwards = None
            raise
        raise Foreseen

    # -- One resource -----------------------------------------------------

    def create(self, request: ScimRequest) -> ScimResponse:
        """Create a resource (RFC 7644 §3.3)."""
        with self.service.provider:
            _, resource_type = self._target(request, Operation.create)
            parameters = self.service.asked_parameters(resource_type, self._bounded(request))
            stored_type = self._stored_type(resource_type)
            prepared = self.prepare(stored_type, self._json(request), Context.RESOURCE_CREATION_REQUEST)
            created = self.guarded.create(stored_type.name, prepared.document, prepared.members, prepared.ignored)
            presented = self._after_commit(lambda: self._presenter(request).new(created, parameters))
            return resource_response(presented, HTTPStatus.CREATED, Location=presented.location)

    def replace(self, request: ScimRequest) -> ScimResponse:
        """Replace a resource (RFC 7644 §3.5.1)."""
        with self.service.provider:
            target, resource_type = self._target(request, Operation.replace)
            parameters = self.service.asked_parameters(resource_type, self._bounded(request))
            stored_type = self._stored_type(resource_type)
            payload = self._json(request)
            updated = self.apply_replace(stored_type, str(target.resource_id), payload, self._conditions(request))
            return resource_response(self._after_commit(lambda: self._presenter(request).one(updated, parameters)))

    def apply_replace(
        self, stored_type: StoredType, resource_id: str, payload: Any, conditions: Conditions
    ) -> StoredResource:
        """Replace a stored resource by a payload, and return what is stored then."""
        normal = normalise.resource(payload, stored_type.name, self.service.profile)
        replacement, ignored = self._model(stored_type, normal, Context.RESOURCE_REPLACEMENT_REQUEST)
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
            return self._after_commit(lambda: self._patched(request, stored_type, updated, parameters))

    def _patched(
        self,
        request: ScimRequest,
        stored_type: StoredType,
        updated: StoredResource,
        parameters: ResponseParameters[Any] | None,
    ) -> ScimResponse:
        presenter, presented = self._presenter(request), None
        if parameters is not None:
            presented = presenter.one(updated, parameters)
        elif self.service.profile.patch_answers == "resource":
            presented = (
                presenter.unless_long(updated, SHORT_GROUP) if stored_type.has_members else presenter.one(updated)
            )
        if presented is None:
            return ScimResponse(HTTPStatus.NO_CONTENT, None, {"ETag": entity_tag(updated.version)})
        return resource_response(presented)

    def _after_commit(self, answer: Callable[[], T]) -> T:
        """Return an answer about what was written, once that is durable, unless it is only tried."""
        return answer() if self.guarded.trial is not None else self.store.transaction.then(answer)

    def apply_patch(
        self, stored_type: StoredType, resource_id: str, payload: Any, conditions: Conditions
    ) -> StoredResource:
        """Apply the operations of a PATCH to a stored resource, and return what is stored then."""
        guard.check_patch(payload, self.settings)
        assigned = plain_patch(stored_type.model, payload)
        read = ReadPatch() if assigned else read_patch(self.service, stored_type, resource_id, payload)
        shares = read.is_commutative and conditions == _UNCONDITIONAL
        current = self.store.get(stored_type.name, resource_id, locked=not shares)
        conditions.check(entity_tag(current.version), "PATCH")
        if assigned:
            return self.guarded.update("patch", current, current.attributes | assigned)
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
        guard.check_selections(patch_op, current.attributes, len(cast(Any, model).members) if selects_members else 0)
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

    # -- Bulk -------------------------------------------------------------

    def bulk(self, request: ScimRequest) -> ScimResponse:
        """Run a bulk request (RFC 7644 §3.7)."""
        with self.service.provider:
            self.service.route(request, Operation.bulk)
            self.service.ensure_bulk_payload_size(len(request.body))
            return BulkRunner(self, request).run(self._json(request))

    # -- Reading requests -------------------------------------------------

    def prepare(self, stored_type: StoredType, payload: Any, context: Context) -> Prepared:
        """Validate the payload of a resource, and return what shall be stored."""
        normal = normalise.resource(payload, stored_type.name, self.service.profile)
        plain = plain_resource(stored_type.model, normal)
        if plain is not None:
            return Prepared(plain, (), [])
        model, ignored = self._model(stored_type, normal, context)
        return Prepared(render(model), _members_of(model) if stored_type.has_members else (), ignored)

    def _model(self, stored_type: StoredType, normal: Any, context: Context) -> tuple[Resource[Any], list[str]]:
        normalise.require_schemas(normal, self.service.profile)
        model = self.service.validate(stored_type.model, normal, context)
        return model, dropped_attributes(model) if self.service.profile.tolerant else []

    def _stored_type(self, resource_type: ResourceType) -> StoredType:
        return self.store.types[str(resource_type.name)]

    def _conditions(self, request: ScimRequest) -> Conditions:
        return stored_conditions(read_conditions(request))


def _members_of(model: Resource[Any]) -> tuple[str, ...]:
    entries = getattr(model, "members", None) or []
    return member_ids([{"value": entry.value} for entry in entries])


def _touches_members(patch_op: PatchOp[Any]) -> bool:
    return any(
        "members" in str(operation.path or "").lower() or operation.path is None
        for operation in patch_op.operations or []
    )
