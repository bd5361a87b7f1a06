"""Responses that are sent as they were made."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from flask import Response

_URI = re.compile(r"[A-Za-z0-9:/._~-]*")
_ADDRESSES = frozenset({"Location", "Content-Location"})
_WITHOUT_BODY = frozenset({204, 304})


class ReadyResponse(Response):
    """A response whose headers need no change; Werkzeug would copy them all and write every address anew."""

    standing: Sequence[tuple[str, str]] = ()
    """Headers that every answer has, which none of its own repeats: none is looked at once more."""

    def get_wsgi_response(self, environ: Any) -> tuple[Iterable[bytes], str, list[tuple[str, str]]]:
        """Return the body, the status, and the headers with its length; where these need a change, as by Werkzeug."""
        addresses = [value for name, value in self.headers if name in _ADDRESSES]
        if self.status_code in _WITHOUT_BODY or not all(_URI.fullmatch(address) for address in addresses):
            body, status, headers = super().get_wsgi_response(environ)
            return body, status, [*headers, *self.standing]
        length = ("Content-Length", str(self.calculate_content_length()))
        return self.get_app_iter(environ), self.status, [*self.headers, length, *self.standing]
