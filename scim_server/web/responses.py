"""Responses that are sent as they were made."""

import re
from typing import Any

from flask import Response
from werkzeug.datastructures import Headers

_URI = re.compile(r"[A-Za-z0-9:/._~-]*")
_ADDRESSES = frozenset({"Location", "Content-Location"})
_WITHOUT_BODY = frozenset({204, 304})


class ReadyResponse(Response):
    """A response whose headers need no change; Werkzeug would copy them all and write every address anew."""

    def get_wsgi_headers(self, environ: Any) -> Headers:
        """Return the headers with the length of the body; where they need a change, as Werkzeug makes them."""
        addresses = [value for name, value in self.headers if name in _ADDRESSES]
        if self.status_code in _WITHOUT_BODY or not all(_URI.fullmatch(address) for address in addresses):
            return super().get_wsgi_headers(environ)
        self.headers["Content-Length"] = str(self.calculate_content_length())
        return self.headers
