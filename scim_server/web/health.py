"""Whether the process lives, and whether it can serve."""

from collections.abc import Sequence

from flask import Blueprint, Response, jsonify
from sqlalchemy.exc import SQLAlchemyError

from scim_server.db import Database
from scim_server.extension import ServerExtension
from scim_server.migrations import is_behind


def health_blueprint(database: Database, extensions: Sequence[ServerExtension]) -> Blueprint:
    """Return the blueprint of ``/healthz`` and ``/readyz``."""
    blueprint = Blueprint("health", __name__)

    @blueprint.get("/healthz")
    def healthz() -> Response:
        return jsonify(status="ok")

    @blueprint.get("/readyz")
    def readyz() -> tuple[Response, int]:
        try:
            behind = is_behind(database, extensions)
        except SQLAlchemyError:
            return jsonify(status="unavailable", detail="The database cannot be reached."), 503
        if behind:
            return jsonify(status="unavailable", detail="The schema is behind: run 'scim-server db upgrade'."), 503
        return jsonify(status="ok"), 200

    return blueprint
