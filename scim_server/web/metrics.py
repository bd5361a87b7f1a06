"""Prometheus metrics, added up over all worker processes."""

import hmac
import os
from functools import cache

from flask import Blueprint, Response, abort, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest, multiprocess

from scim_server.settings import Settings

_REGISTRY = CollectorRegistry()
_REQUESTS = Counter("scim_requests", "Requests answered", ("endpoint", "method", "status"), registry=_REGISTRY)
_SECONDS = Histogram(
    "scim_request_seconds",
    "Time to answer a request",
    ("endpoint", "method"),
    registry=_REGISTRY,
    buckets=(0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)


@cache
def _meters(endpoint: str, method: str, status: int) -> tuple[Counter, Histogram]:
    return _REQUESTS.labels(endpoint, method, status), _SECONDS.labels(endpoint, method)


def observe(endpoint: str, method: str, status: int, seconds: float) -> None:
    """Count one answered request."""
    count, time = _meters(endpoint, method, status)
    count.inc()
    time.observe(seconds)


def metrics_blueprint(settings: Settings) -> Blueprint:
    """Return the blueprint of ``/metrics``, which answers 404 until a token for it is set."""
    blueprint = Blueprint("metrics", __name__)

    @blueprint.get("/metrics")
    def metrics() -> Response:
        expected = settings.metrics_token
        sent = request.headers.get("Authorization", "")
        if expected is None or not hmac.compare_digest(sent.encode(), f"Bearer {expected.get_secret_value()}".encode()):
            abort(404)
        registry = _REGISTRY
        if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
            registry = CollectorRegistry()
            multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    return blueprint
