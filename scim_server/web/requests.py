"""Around every request: its id, its log line, its count, and the headers of its answer."""

import random
import re
import time

from flask import Flask, Response, g, request
from werkzeug.middleware.proxy_fix import ProxyFix

from scim_server.web.errors import explain_errors
from scim_server.web.logs import log
from scim_server.web.metrics import observe
from scim_server.web.responses import ReadyResponse

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
    explain_errors(app)

    @app.before_request
    def begin() -> None:
        sent = request.environ.get("HTTP_X_REQUEST_ID", "")
        here = g._get_current_object()
        here.began = time.perf_counter()
        here.request_id = sent if _SANE_ID.fullmatch(sent) else _new_id()

    @app.after_request
    def end(response: Response) -> Response:
        # Themselves, not the proxies that look for them at every use.
        here, asked = g._get_current_object(), request._get_current_object()  # type: ignore[attr-defined]
        seconds = time.perf_counter() - here.began
        endpoint = _endpoint(asked.path, endpoints)
        method = asked.method if asked.method in _METHODS else "other"
        observe(endpoint, method, response.status_code, seconds)
        _complete(response, here.request_id)
        principal = here.get("principal")
        log().info(
            "request",
            request_id=here.request_id,
            method=method,
            endpoint=endpoint,
            status=response.status_code,
            ms=round(seconds * 1000, 2),
            tenant=getattr(principal, "tenant", None),
            principal=getattr(principal, "id", None),
        )
        return response


def _new_id() -> str:
    """Return an id that no other request has. It guards nothing, so it is made without a call of the system."""
    return f"{random.getrandbits(128):032x}"


def _complete(response: Response, request_id: str) -> None:
    """Add the headers that every answer has, where it does not say something else itself."""
    if isinstance(response, ReadyResponse):
        response.standing = (*HEADERS, ("X-Request-Id", request_id))
        return
    present = {name for name, _ in response.headers}
    response.headers.extend([header for header in HEADERS if header[0] not in present])
    response.headers.add("X-Request-Id", request_id)


_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})


def _endpoint(path: str, known: frozenset[str]) -> str:
    """Return what kind of thing was asked for, without ids, filters and names."""
    for segment in path.split("/"):
        if segment in known:
            return segment
    return "other"
