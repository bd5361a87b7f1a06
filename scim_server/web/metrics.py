"""Prometheus metrics, added up over all worker processes."""

import hmac
import os
from collections.abc import Iterator
from functools import cache

from flask import Blueprint, Response, abort, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest, multiprocess
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.exc import DBAPIError

from scim_server.db import Database
from scim_server.outbox.register import counts
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


class _Outbox(Collector):
    """Counts the mail in the outbox when it is asked, wherever the workers run that deliver it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def collect(self) -> Iterator[GaugeMetricFamily]:
        mails = GaugeMetricFamily("scim_outbox_mails", "Mails in the outbox", labels=("kind", "state"))
        try:
            for count in self._database.run(counts, writing=False):
                mails.add_metric((count.kind, count.state), count.total)
        except DBAPIError:
            # What the process itself has counted is worth reading above all when the database is away.
            return
        yield mails


def metrics_blueprint(settings: Settings, database: Database) -> Blueprint:
    """Return the blueprint of ``/metrics``, which answers 404 until a token for it is set."""
    blueprint = Blueprint("metrics", __name__)
    outbox = CollectorRegistry()
    outbox.register(_Outbox(database))

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
        return Response(generate_latest(registry) + generate_latest(outbox), content_type=CONTENT_TYPE_LATEST)

    return blueprint
