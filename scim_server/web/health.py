"""Whether the process lives, and whether it can serve."""

import threading
from collections.abc import Sequence

from flask import Blueprint, Response, jsonify
from sqlalchemy.exc import SQLAlchemyError

from scim_server.db import Database
from scim_server.extension import ServerExtension
from scim_server.migrations import is_behind, is_reachable

_UNREACHABLE = "The database cannot be reached."


def health_blueprint(database: Database, extensions: Sequence[ServerExtension]) -> Blueprint:
    """Return the blueprint of ``/healthz`` and ``/readyz``."""
    blueprint = Blueprint("health", __name__)
    # A schema never goes back while it is served, so its version is compared until it is current, and not again.
    current = threading.Event()

    def fault() -> str | None:
        try:
            if current.is_set():
                return None if is_reachable(database) else _UNREACHABLE
            if is_behind(database, extensions):
                return "The schema is behind: run 'scim-server db upgrade'."
        except SQLAlchemyError:
            return _UNREACHABLE
        current.set()
        return None

    @blueprint.get("/healthz")
    def healthz() -> Response:
        return jsonify(status="ok")

    @blueprint.get("/readyz")
    def readyz() -> tuple[Response, int]:
        if detail := fault():
            return jsonify(status="unavailable", detail=detail), 503
        return jsonify(status="ok"), 200

    return blueprint
