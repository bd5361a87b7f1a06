"""SCIM over HTTP: bytes in, bytes out. The only place where SCIM meets Flask."""

from http import HTTPStatus
from typing import Any

import orjson
from flask import Blueprint, Request, Response, g, request
from scim2_models import Error, NotFoundException, PayloadTooLargeException, SCIMException
from scim2_server.requests import ScimRequest
from scim2_server.responses import ScimResponse
from scim2_server.service import ScimService
from werkzeug.exceptions import HTTPException

from scim_server.connections.auth import Authenticator
from scim_server.connections.flask_auth import authentication
from scim_server.connections.limits import RateLimiter
from scim_server.extension import Principal
from scim_server.protocol.errors import TooManyRequests
from scim_server.protocol.server import ScimServer, TenantRequest
from scim_server.web.responses import ReadyResponse

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
CONTENT_TYPE = "application/scim+json"
PREFIX = "/scim/v2"
_READ_HEADERS = {"Content-Type": "CONTENT_TYPE", "If-Match": "HTTP_IF_MATCH", "If-None-Match": "HTTP_IF_NONE_MATCH"}
"""The headers that the protocol reads, and where WSGI keeps them (PEP 3333)."""


def scim_blueprint(server: ScimServer, authenticator: Authenticator, limiter: RateLimiter) -> Blueprint:
    """Return the blueprint that serves every SCIM endpoint, below ``/scim/v2`` and ``/tenants/<tenant>/scim/v2``."""
    blueprint = Blueprint("scim", __name__)
    identify = authentication(authenticator)

    def serve(path: str = "", tenant: str | None = None) -> Response:
        principal = identify()
        # Themselves, not the proxies that look for them at every use.
        asked: Request = request._get_current_object()  # type: ignore[attr-defined]
        here = g._get_current_object()
        here.principal = principal
        whose = _tenant(authenticator, server, principal, tenant)
        limiter.check(principal)
        base = f"{server.settings.base_url}{PREFIX if tenant is None else f'/tenants/{whose}{PREFIX}'}"
        scim = ScimRequest(
            # HEAD is GET whose body is not sent (RFC 9110 §9.3.2).
            method="GET" if asked.method == "HEAD" else asked.method,
            base_url=base,
            path=f"/{path}",
            query=asked.args.to_dict() if asked.query_string else {},
            headers={name: asked.environ[key] for name, key in _READ_HEADERS.items() if key in asked.environ},
            body=_body(asked, server.settings.max_body_size),
            subject=principal,
        )
        return respond(server.serve(TenantRequest(scim, whose, principal, here.get("request_id"))))

    for prefix in (PREFIX, f"/tenants/<tenant>{PREFIX}"):
        for rule in (f"{prefix}/<path:path>", f"{prefix}/", prefix):
            blueprint.add_url_rule(rule, view_func=serve, methods=METHODS, strict_slashes=False)
    blueprint.register_error_handler(SCIMException, refuse)
    blueprint.register_error_handler(HTTPException, refuse_http)
    return blueprint


def _tenant(authenticator: Authenticator, server: ScimServer, principal: Principal, tenant: str | None) -> str:
    """Return the tenant of a request: the one in its path, else the one of its credentials, else the administrators'.

    :raises NotFoundException: When the principal may not see the tenant, exactly as when there is none.
    """
    if tenant is None and principal.tenant is not None:
        return principal.tenant
    if tenant is None:
        if server.administrators_tenant is not None:
            return authenticator.opened_tenant(*server.administrators_tenant)
        raise NotFoundException(
            detail="An administrator belongs to no tenant: use /tenants/<tenant>/scim/v2 instead of /scim/v2."
        )
    if principal.tenant == tenant or (principal.tenant is None and authenticator.tenant_exists(tenant)):
        return tenant
    if not server.reaches(principal, tenant):
        raise NotFoundException(detail=f"There is no tenant {tenant!r}, or these credentials do not reach it.")
    return tenant


def _body(asked: Request, limit: int) -> bytes:
    """Return the body of a request.

    :raises PayloadTooLargeException: When it is longer than the limit; no more than that is read.
    """
    if "CONTENT_LENGTH" not in asked.environ and "HTTP_TRANSFER_ENCODING" not in asked.environ:
        # A request without either has no body (RFC 9112 §6.3).
        return b""
    if (asked.content_length or 0) > limit:
        raise PayloadTooLargeException(detail=f"The request body may have {limit} bytes at most.")
    body = asked.stream.read(limit + 1)
    if len(body) > limit:
        raise PayloadTooLargeException(detail=f"The request body may have {limit} bytes at most.")
    return bytes(body)


def respond(answer: ScimResponse) -> Response:
    """Return the Flask response of an answer."""
    body: Any = answer.body
    if body is not None and not isinstance(body, bytes):
        body = orjson.dumps(body)
    if (allowed := answer.headers.get("Allow")) is not None and "GET" in allowed and "HEAD" not in allowed:
        answer.headers["Allow"] = f"{allowed}, HEAD"
    headers = answer.headers if body is None else {"Content-Type": CONTENT_TYPE, **answer.headers}
    return ReadyResponse(body, answer.status, headers)


def refuse(error: SCIMException) -> Response:
    """Answer a refusal that came before the protocol: no credentials, no tenant, too many requests."""
    answer = ScimResponse(HTTPStatus(error.status), ScimService.error_of(error).model_dump())
    if isinstance(error, TooManyRequests):
        answer.headers["Retry-After"] = str(error.retry_after)
    answer.headers.update(getattr(error, "headers", {}))
    return respond(answer)


def refuse_http(error: HTTPException) -> Response:
    """Answer what Werkzeug refuses, such as an unknown method, in SCIM's form."""
    status = error.code or 500
    answer = ScimResponse(HTTPStatus(status), Error(status=status, detail=error.description).model_dump())
    for name, value in error.get_headers():
        if name.lower() in ("allow", "retry-after"):
            answer.headers[name] = value
    return respond(answer)
