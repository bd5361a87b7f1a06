"""What browsers let a page do: nothing but what comes from this site as a file, and nothing inline."""

from collections.abc import Callable

from flask import Response

from scim_server.settings import Settings

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_YEAR = 365 * 24 * 3600


def page_headers(settings: Settings) -> Callable[[Response], Response]:
    """Return what adds the headers of a page to an answer."""
    headers = {
        "Content-Security-Policy": _POLICY,
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "Referrer-Policy": "same-origin",
        "X-Frame-Options": "DENY",
    }
    if settings.base_url.startswith("https:"):
        headers["Strict-Transport-Security"] = f"max-age={_YEAR}"

    def add(response: Response) -> Response:
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        return response

    return add
