"""Around every request: its id, its log line, its count, the headers of its answer, and what a fault looks like."""

import re
import time
from secrets import token_hex

import orjson
from flask import Flask, Response, g, request
from sqlalchemy.exc import InterfaceError, OperationalError
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from scim_server.web.logs import fault, log
from scim_server.web.metrics import observe

_SANE_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
HEADERS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Referrer-Policy", "no-referrer"),
)


def watch_requests(app: Flask, *, trusted_proxies: int, endpoints: frozenset[str]) -> None:
    """Give every request an id, and log and count its answer.

    :param endpoints: The endpoint names that may appear in logs and metrics; any other path is ``other`` there.
    """
    if trusted_proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=trusted_proxies, x_proto=0, x_host=0, x_port=0, x_prefix=0
        )
    # A redirect to the same path with fewer slashes would be built from the Host header, which anybody can forge.
    app.url_map.merge_slashes = False

    @app.before_request
    def begin() -> None:
        g.began = time.perf_counter()
        sent = request.headers.get("X-Request-Id", "")
        g.request_id = sent if _SANE_ID.fullmatch(sent) else token_hex(16)

    @app.after_request
    def end(response: Response) -> Response:
        seconds = time.perf_counter() - g.began
        endpoint = _endpoint(endpoints)
        observe(endpoint, request.method if request.method in _METHODS else "other", response.status_code, seconds)
        response.headers.extend(header for header in HEADERS if header[0] not in response.headers)
        response.headers["X-Request-Id"] = g.request_id
        principal = g.get("principal")
        log().info(
            "request",
            request_id=g.request_id,
            method=request.method,
            endpoint=endpoint,
            status=response.status_code,
            ms=round(seconds * 1000, 2),
            tenant=getattr(principal, "tenant", None),
            principal=getattr(principal, "id", None),
        )
        return response

    @app.errorhandler(HTTPException)
    def refuse(error: HTTPException) -> Response:
        response = _error(error.code or 500, error.description or error.name)
        response.headers.extend((name, value) for name, value in error.get_headers() if name == "Allow")
        return response

    @app.errorhandler(Exception)
    def fail(error: Exception) -> Response:
        unavailable = isinstance(error, OperationalError | InterfaceError)
        log().error("fault", request_id=g.get("request_id"), **fault(error))
        status = 503 if unavailable else 500
        detail = (
            "The database cannot be reached. Try again in a moment."
            if unavailable
            else "The server made a mistake. Its operator finds it by the X-Request-Id of this answer."
        )
        response = _error(status, detail)
        if unavailable:
            response.headers["Retry-After"] = "10"
        return response


def _error(status: int, detail: str) -> Response:
    """Return an error in SCIM's form, which is as good as any other outside its endpoints (RFC 7644 §3.12)."""
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": str(status), "detail": detail}
    return Response(orjson.dumps(body), status, content_type="application/scim+json")


_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})


def _endpoint(known: frozenset[str]) -> str:
    """Return what kind of thing was asked for, without ids, filters and names."""
    for segment in request.path.split("/"):
        if segment in known:
            return segment
    return "other"
