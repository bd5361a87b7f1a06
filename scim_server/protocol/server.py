"""Serves SCIM requests: one transaction each, and a journal entry for every refusal; no HTTP library is known here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from scim2_models import Error, SCIMException
from scim2_server.requests import ScimRequest
from scim2_server.responses import ScimResponse
from scim2_server.routing import Target, match

from scim_server.db import Database, Transaction
from scim_server.extension import Principal, RequestRefused, ServerExtension
from scim_server.journal.record import Entry, record
from scim_server.protocol.guarded import GuardedStore, actor_of
from scim_server.protocol.handler import Handler
from scim_server.protocol.masking import Masking
from scim_server.protocol.names import as_named_here, as_the_client_calls
from scim_server.protocol.profiles import PROFILES
from scim_server.protocol.provider import build_provider, stored_types
from scim_server.protocol.refusals import sent_resource, subject, type_at
from scim_server.protocol.searcher import Searcher
from scim_server.protocol.service import Authorizer, Service
from scim_server.protocol.trial import Foreseen, is_trial
from scim_server.settings import Settings
from scim_server.store.resources import ResourceStore
from scim_server.store.storage import SqlStorage

_UNRECORDED = frozenset({401, 429})
"""Statuses that never reach a tenant's journal: nobody was identified, or the entries themselves would be the flood."""


@dataclass(frozen=True, slots=True)
class TenantRequest:
    """A request for one tenant, by an authenticated principal."""

    scim: ScimRequest
    tenant: str
    principal: Principal
    request_id: str | None = None


class ScimServer:
    """The SCIM service over one database."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        authorizer: Authorizer,
        extensions: Sequence[ServerExtension] = (),
    ) -> None:
        """Describe the service once for each client profile."""
        self.settings = settings
        self.database = database
        self.extensions = tuple(extensions)
        self.types = stored_types(self.extensions)
        self._masking = Masking.of(each.model for each in self.types.values())
        homes = (extension.administrators_tenant() for extension in self.extensions)
        self.administrators_tenant = next((home for home in homes if home is not None), None)
        """The id and name of the tenant that administrators mean when they name none."""
        added = {name: value for extension in self.extensions for name, value in extension.configuration().items()}
        self.services: Mapping[str, Service] = {
            name: Service(
                build_provider(self.types, profile, settings, added),
                self.types,
                profile,
                settings.signing_secret,
                authorizer,
            )
            for name, profile in PROFILES.items()
        }

    def service_for(self, principal: Principal) -> Service:
        """Return the service as the principal's client profile has it."""
        return self.services.get(principal.profile) or self.services["default"]

    def guarded(
        self, transaction: Transaction, tenant: str, principal: Principal, request_id: str | None = None
    ) -> GuardedStore:
        """Return the door through which a principal changes a tenant's resources in a transaction."""
        store = ResourceStore(transaction, tenant, self.types)
        return GuardedStore(store, principal, self.extensions, request_id)

    def handler(self, transaction: Transaction, request: TenantRequest) -> Handler:
        """Return a handler for one request in a transaction."""
        guarded = self.guarded(transaction, request.tenant, request.principal, request.request_id)
        if request.principal.kind == "connection":
            guarded.described = lambda: self._masking.change(request.scim)
        return Handler(
            self.service_for(request.principal), SqlStorage(guarded.store), guarded, Searcher(guarded.store),
            self.settings, self.extensions,
        )  # fmt: skip

    def reaches(self, principal: Principal, tenant: str) -> bool:
        """Tell whether a principal acts for a tenant that is not its own: a person may, by an extension."""
        if principal.kind != "person" or "\0" in tenant:
            return False
        return self.database.run(
            lambda reading: any(extension.reaches(principal, tenant, reading) for extension in self.extensions),
            writing=False,
        )

    def serve(self, request: TenantRequest) -> ScimResponse:
        """Answer a request; a refusal is answered too, and journalled.

        :raises Exception: Only for what is wrong with the server itself.
        """
        try:
            profile = self.service_for(request.principal).profile
            scim = as_named_here(request.scim, profile)
            answer = self.database.run(
                lambda transaction: self.handler(transaction, request).handle(scim), writing=writes(scim)
            )
            return as_the_client_calls(answer, profile)
        except Foreseen as foreseen:
            return ScimResponse(HTTPStatus.OK, foreseen.message())
        except RequestRefused as refused:
            return self._refuse(request, refused)
        except SCIMException as error:
            response = self.service_for(request.principal).error_response(error)
            response.headers.update(getattr(error, "headers", {}))
            self._journal_refusal(request, error, int(response.status))
            return response

    def _refuse(self, request: TenantRequest, refused: RequestRefused) -> ScimResponse:
        """Answer a request that an extension refused as a whole, and do what it wants to keep of it."""
        afterwards = refused.afterwards
        if afterwards is not None:
            self.database.run(
                lambda transaction: afterwards(ResourceStore(transaction, request.tenant, self.types)), writing=True
            )
        error = Error(status=refused.status, detail=refused.detail)
        return ScimResponse(HTTPStatus(refused.status), error.model_dump(), dict(refused.headers))

    def _journal_refusal(self, request: TenantRequest, error: SCIMException, status: int) -> None:
        writing = writes(request.scim)
        is_only_tried = writing and is_trial(request.scim)
        if status in _UNRECORDED or (status == 404 and not writing) or is_only_tried:
            return
        target = _target(request.scim)
        shown = self.service_for(request.principal).error_of(error)
        stored_type = type_at(self.types, target.endpoint if target else None)
        resource_id = target.resource_id if target else None

        def write(transaction: Transaction) -> None:
            store = ResourceStore(transaction, request.tenant, self.types)
            about = subject(store, stored_type, resource_id, sent_resource(request.scim.body), shown.scim_type)
            entry = Entry(
                actor=actor_of(request.principal),
                operation=target.operation.value if target else request.scim.method.lower(),
                resource_type=about.resource_type,
                resource_id=about.resource_id,
                display=about.display,
                status=status,
                scim_type=shown.scim_type,
                detail=shown.detail,
                request_id=request.request_id,
                request=self._masking.request(request.scim),
            )
            record(transaction, request.tenant, [entry])

        self.database.run(write, writing=True)


def writes(request: ScimRequest) -> bool:
    """Tell whether a request may change something."""
    return request.method != "GET" and not request.path.rstrip("/").endswith(".search")


def _target(request: ScimRequest) -> Target | None:
    try:
        return match(request.method, request.path)
    except SCIMException:
        return None
