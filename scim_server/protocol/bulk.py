"""Bulk requests (RFC 7644 §3.7): one transaction, and a savepoint for what each operation does.

``scim2-server`` plans the order and resolves ``bulkId`` references; every operation then runs as the single request
it stands for. Creations in a row that refer to nothing are stored together in one savepoint, and one by one when that
fails.
"""

# BulkOperation takes the models of resources as its parameter when it runs, and refuses the Any of these annotations.
from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from scim2_models import (
    BulkOperation,
    Context,
    InvalidSyntaxException,
    InvalidValueException,
    PayloadTooLargeException,
    ResourceType,
    SCIMException,
)
from scim2_server.bulk import BulkPlan, BulkStep
from scim2_server.conditions import Conditions
from scim2_server.requests import ScimRequest
from scim2_server.responses import ScimResponse

from scim_server.journal.record import Entry, record
from scim_server.protocol import guard
from scim_server.protocol.bulk_forms import identified, read_operation, rendered_outcome
from scim_server.protocol.conditions import stored_conditions
from scim_server.protocol.guarded import AT_ONCE, actor_of
from scim_server.protocol.refusals import subject, type_at
from scim_server.store.loading import entity_tag
from scim_server.store.resources import StoredResource
from scim_server.store.types import StoredType

if TYPE_CHECKING:
    from scim_server.protocol.handler import Handler, Prepared

BULK_REQUEST = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
BULK_RESPONSE = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
_Method = BulkOperation.Method
_OPERATIONS: dict[BulkOperation.Method | None, str] = {
    _Method.post: "create", _Method.put: "replace", _Method.patch: "patch", _Method.delete: "delete",
}  # fmt: skip
"""What the journal calls what a method does."""


@dataclass(slots=True)
class _Creation:
    """A creation that waits to be stored with its neighbours."""

    step: BulkStep
    outcome: dict[str, Any]
    stored_type: StoredType
    prepared: Prepared


class _Plan(BulkPlan):
    """A plan that looks for references only in a request that holds some."""

    def __init__(self, operations: list[BulkOperation[Any]], fail_on_errors: int | None, *, refers: bool) -> None:
        self._refers = refers
        super().__init__(operations, fail_on_errors)

    def references(self, operation: BulkOperation[Any]) -> list[str]:  # type: ignore[override]
        """Return the bulkIds an operation references."""
        return super().references(operation) if self._refers else []

    def resolve(self, step: BulkStep) -> BulkOperation[Any]:
        """Return an operation with the ids of what was created in the place of its references."""
        operation = self.operation(step)
        if self._refers or operation.method == BulkOperation.Method.post:
            return (
                super().resolve(step)
                if self._refers or not self.is_creation(step.index, operation.bulk_id)
                else operation
            )
        return operation


class BulkRunner:
    """Runs one bulk request through a handler."""

    def __init__(self, handler: Handler, request: ScimRequest) -> None:
        """Run in the transaction of the handler."""
        self._handler = handler
        self._service = handler.service
        self._request = request
        self._base_url = request.base_url.rstrip("/")
        self._waiting: list[_Creation] = []
        self._stored: list[StoredResource] = []
        """What the first of the creations that wait have become, unless it turns out that one of all is refused."""
        self._is_refused = False
        self._together = ExitStack()
        self._creating: dict[str | None, ResourceType | None] = {}

    def run(self, payload: Any) -> ScimResponse:
        """Run every operation of a request, until it meets as many errors as the client accepts."""
        plan = self._plan(payload)
        with self._together:
            self._run_steps(plan)
        return ScimResponse(
            HTTPStatus.OK,
            {"schemas": [BULK_RESPONSE], "Operations": [rendered_outcome(outcome) for outcome in plan.outcomes()]},
        )

    def _run_steps(self, plan: BulkPlan) -> None:
        for step in plan:
            operation = plan.operation(step)
            if not self._can_wait(plan, operation):
                self._store_waiting(plan)
                if plan.stopped:
                    break
            self._run_step(plan, step)
        self._store_waiting(plan)

    # -- Reading ----------------------------------------------------------

    def _plan(self, payload: Any) -> BulkPlan:
        members = {name.lower(): value for name, value in payload.items()} if isinstance(payload, dict) else {}
        operations, fail_on_errors = members.get("operations"), members.get("failonerrors")
        if BULK_REQUEST.lower() not in [str(urn).lower() for urn in members.get("schemas") or []]:
            raise InvalidSyntaxException(detail=f"A bulk request needs schemas to hold {BULK_REQUEST!r}.")
        if not isinstance(operations, list) or not all(isinstance(each, dict) for each in operations):
            raise InvalidSyntaxException(
                detail="Operations must be a list of objects with method, path, bulkId and data."
            )
        if fail_on_errors is not None and (type(fail_on_errors) is not int or fail_on_errors < 1):
            raise InvalidValueException(detail="failOnErrors must be a whole number of at least 1.")
        limit = self._handler.settings.bulk_max_operations
        if len(operations) > limit:
            raise PayloadTooLargeException(
                detail=f"A bulk request may hold {limit} operations (maxOperations); this one holds {len(operations)}."
            )
        refers = b"bulkId:" in self._request.body
        return _Plan([read_operation(each) for each in operations], fail_on_errors, refers=refers)

    def _can_wait(self, plan: BulkPlan, operation: BulkOperation[Any]) -> bool:
        """Tell whether an operation may join the creations that wait, instead of having to see them stored."""
        if plan.fail_on_errors is not None or operation.method != BulkOperation.Method.post:
            return False
        return not plan.references(operation)

    # -- Running ----------------------------------------------------------

    def _run_step(self, plan: BulkPlan, step: BulkStep) -> None:
        operation = plan.operation(step)
        outcome = self._service.bulk_outcome(self._base_url, operation)
        try:
            self._checked(operation)
            resource_type = self._resource_type(operation)
            operation = plan.resolve(step)
            self._service.locate_bulk_operation(self._base_url, resource_type, operation, outcome)
            self._service.authorize_bulk_operation(self._request, operation, resource_type)
            stored_type = self._handler.store.types[str(getattr(resource_type, "name", ""))]
            self._handler.admit("write", stored_type.name)
            if operation.method == BulkOperation.Method.post:
                self._create(plan, step, outcome, stored_type, operation)
                return
            with self._handler.store.transaction.savepoint():
                resource = self._change(stored_type, operation)
        except SCIMException as error:
            self._fail(plan, step, outcome, error)
        else:
            plan.record(step, self._succeeded(outcome, operation, resource), identified(resource))

    def _resource_type(self, operation: BulkOperation[Any]) -> ResourceType | None:
        """Return what an operation acts on; creations, which most are, have the few paths of the endpoints."""
        if operation.method != BulkOperation.Method.post:
            return self._service.route_bulk_operation(operation)
        if operation.path not in self._creating:
            self._creating[operation.path] = self._service.route_bulk_operation(operation)
        return self._creating[operation.path]

    @staticmethod
    def _checked(operation: BulkOperation[Any]) -> None:
        """Refuse what RFC 7644 §3.7 requires of an operation."""
        if operation.method is None or not operation.path:
            raise InvalidSyntaxException(detail="Each operation needs a method (POST, PUT, PATCH, DELETE) and a path.")
        if operation.method == BulkOperation.Method.post and not operation.bulk_id:
            raise InvalidValueException(detail="A POST operation needs a bulkId.")
        if operation.method != BulkOperation.Method.delete and not isinstance(operation.data, dict):
            raise InvalidValueException(detail=f"A {operation.method.value} operation needs data, as an object.")

    def _create(
        self, plan: BulkPlan, step: BulkStep, outcome: dict[str, Any], stored_type: StoredType,
        operation: BulkOperation[Any],
    ) -> None:  # fmt: skip
        prepared = self._handler.prepare(stored_type, operation.data, Context.RESOURCE_CREATION_REQUEST)
        creation = _Creation(step, outcome, stored_type, prepared)
        if prepared.members or not self._can_wait(plan, plan.operation(step)):
            self._store_waiting(plan)
            self._store_one(plan, creation)
            return
        if self._waiting and self._waiting[0].stored_type is not stored_type:
            self._store_waiting(plan)
        self._waiting.append(creation)
        if len(self._waiting) % AT_ONCE == 0:
            self._store_ahead()

    def _store_ahead(self) -> None:
        """Have the creations that wait stored in one savepoint, while the next ones are read."""
        creations = self._waiting[len(self._stored) :]
        if self._is_refused or not creations:
            return
        try:
            if not self._stored:
                self._together.enter_context(self._handler.store.transaction.savepoint())
            self._stored += self._handler.guarded.create_many(
                creations[0].stored_type.name,
                [creation.prepared.document for creation in creations],
                [creation.prepared.ignored for creation in creations],
            )
        except SCIMException as error:
            self._is_refused = True
            self._together.__exit__(type(error), error, error.__traceback__)

    def _store_waiting(self, plan: BulkPlan) -> None:
        """Store the creations that wait, and one by one when one of them is refused."""
        self._store_ahead()
        creations, stored, is_refused = self._waiting, self._stored, self._is_refused
        self._waiting, self._stored, self._is_refused = [], [], False
        try:
            self._together.close()
        except SCIMException:
            is_refused = True
        if is_refused:
            for creation in creations:
                self._store_one(plan, creation)
            return
        for creation, resource in zip(creations, stored, strict=True):
            self._created(plan, creation, resource)

    def _store_one(self, plan: BulkPlan, creation: _Creation) -> None:
        prepared = creation.prepared
        try:
            with self._handler.store.transaction.savepoint():
                resource = self._handler.guarded.create(
                    creation.stored_type.name, prepared.document, prepared.members, prepared.ignored
                )
        except SCIMException as error:
            self._fail(plan, creation.step, creation.outcome, error)
        else:
            self._created(plan, creation, resource)

    def _created(self, plan: BulkPlan, creation: _Creation, resource: StoredResource) -> None:
        operation = plan.operation(creation.step)
        plan.record(creation.step, self._succeeded(creation.outcome, operation, resource), identified(resource))

    def _change(self, stored_type: StoredType, operation: BulkOperation[Any]) -> StoredResource | None:
        resource_id = str(operation.resource_id)
        conditions = stored_conditions(Conditions(guard.entity_tags(operation.version)))
        if operation.method == BulkOperation.Method.put:
            return self._handler.apply_replace(stored_type, resource_id, operation.data, conditions)
        if operation.method == BulkOperation.Method.patch:
            return self._handler.apply_patch(stored_type, resource_id, operation.data, conditions)
        self._handler.apply_delete(stored_type, resource_id, conditions)
        return None

    # -- Outcomes ---------------------------------------------------------

    def _succeeded(
        self, outcome: dict[str, Any], operation: BulkOperation[Any], resource: StoredResource | None
    ) -> dict[str, Any]:
        if resource is None:
            return {**outcome, "status": HTTPStatus.NO_CONTENT}
        created = operation.method == BulkOperation.Method.post
        endpoint = self._handler.store.types[resource.type_name].endpoint
        return {
            **outcome,
            "status": HTTPStatus.CREATED if created else HTTPStatus.OK,
            "location": f"{self._base_url}{endpoint}/{resource.id}",
            "version": entity_tag(resource.version),
        }

    def _fail(self, plan: BulkPlan, step: BulkStep, outcome: dict[str, Any], error: SCIMException) -> None:
        # Else the entry about it would be undone with those that are stored together, when one of them is refused.
        self._store_waiting(plan)
        failure = self._service.error_of(error)
        plan.record(step, {**outcome, "status": failure.status, "response": failure.model_dump()}, None)
        guarded, operation = self._handler.guarded, plan.operation(step)
        stored_type = type_at(guarded.store.types, operation.path)
        about = subject(guarded.store, stored_type, operation.resource_id, operation.data, failure.scim_type)
        entry = Entry(
            actor=actor_of(guarded.principal),
            operation=_OPERATIONS.get(operation.method, "bulk"),
            resource_type=about.resource_type,
            resource_id=about.resource_id,
            display=about.display,
            status=failure.status,
            scim_type=failure.scim_type,
            detail=failure.detail,
            request_id=guarded.request_id,
        )
        record(guarded.store.transaction, guarded.store.tenant, [entry])
