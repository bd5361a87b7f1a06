"""What a person reads when a page cannot be shown, or what they asked for is refused."""

from flask import Flask, Response, g, make_response, render_template
from flask_wtf.csrf import CSRFError

from scim_server.accounts.errors import AccountError, TooManyAttempts
from scim_server.pages.acting import Refused
from scim_server.pages.headers import page_headers
from scim_server.pages.language import _, words
from scim_server.settings import Settings
from scim_server.web.errors import ERROR_PAGE


def explain_refusals(app: Flask, settings: Settings) -> None:
    """Show refusals of the SCIM service, and of accounts, as pages."""
    add_headers = page_headers(settings)

    app.extensions[ERROR_PAGE] = lambda status: add_headers(page_of(status))

    @app.errorhandler(CSRFError)
    def stale(_error: CSRFError) -> Response:
        detail = _("This page was open for too long, or cookies are switched off. Go back, reload the page, try again.")
        return add_headers(refusal_page(400, detail))

    @app.errorhandler(Refused)
    def refused(error: Refused) -> Response:
        return add_headers(refusal_page(error.status, error.detail))

    @app.errorhandler(AccountError)
    def unfit(error: AccountError) -> Response:
        return add_headers(refusal_page(429 if isinstance(error, TooManyAttempts) else 400, words(error)))


def refusal_page(status: int, detail: str) -> Response:
    """Return the page that explains a refusal."""
    shown = {"title": _title(status), "detail": detail, "status": status, "request_id": g.get("request_id")}
    return make_response(render_template("refusal.html", **shown), status)


def _title(status: int) -> str:
    titles = {
        403: _("You cannot do this"),
        404: _("Page not found"),
        405: _("Page not found"),
        413: _("This is too large"),
        429: _("Wait a moment"),
        503: _("Sorry, the service is not available"),
    }
    other = _("This cannot be done") if status < 500 else _("Sorry, there is a problem with the service")
    return titles.get(status, other)


def page_of(status: int) -> Response:
    """Return the page of an error that no page answered itself."""
    details = {
        404: _("Check the address, or begin at the home page."),
        405: _("This address cannot be opened like that. Begin at the home page."),
        413: _("What you sent is too large."),
    }
    fallback = _("Try again later. If it happens again, tell the exam board the reference below.")
    return refusal_page(status, details.get(status, fallback))
