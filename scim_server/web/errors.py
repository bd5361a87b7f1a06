"""What an error looks like that no SCIM endpoint answered itself."""

import orjson
from flask import Flask, Response, current_app, g, request
from sqlalchemy.exc import InterfaceError, OperationalError
from werkzeug.exceptions import HTTPException

from scim_server.web.logs import fault, log

ERROR_PAGE = "error_page"
"""The name under which the application keeps what returns the page of a status, if it has pages."""


def explain_errors(app: Flask) -> None:
    """Answer every error in SCIM's form, or to a browser as a page.

    Nothing is told of the server's own mistakes but where to look for them.
    """

    @app.errorhandler(HTTPException)
    def refuse(error: HTTPException) -> Response:
        response = _error(error.code or 500, error.description or error.name)
        response.headers.extend((name, value) for name, value in error.get_headers() if name == "Allow")
        return response

    @app.errorhandler(OperationalError)
    @app.errorhandler(InterfaceError)
    def postpone(error: Exception) -> Response:
        log().error("fault", request_id=g.get("request_id"), **fault(error))
        response = _error(503, "The database cannot be reached. Try again in a moment.")
        response.headers["Retry-After"] = "10"
        return response

    @app.errorhandler(Exception)
    def fail(error: Exception) -> Response:
        log().error("fault", request_id=g.get("request_id"), **fault(error))
        return _error(500, "The server made a mistake. Its operator finds it by the X-Request-Id of this answer.")


def _error(status: int, detail: str) -> Response:
    """Return an error as a page to a browser, else in SCIM's form, which is as good as any other (RFC 7644 §3.12)."""
    page = current_app.extensions.get(ERROR_PAGE)
    if page is not None and "text/html" in request.headers.get("Accept", ""):
        shown: Response = page(status)
        return shown
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": str(status), "detail": detail}
    return Response(orjson.dumps(body), status, content_type="application/scim+json")
