"""Schemas under the names that a client looks for them by."""

from dataclasses import replace
from typing import Any, cast

import orjson
from scim2_server.requests import ScimRequest
from scim2_server.responses import ScimResponse

from scim_server.protocol.profiles import ClientProfile


def as_named_here(request: ScimRequest, profile: ClientProfile) -> ScimRequest:
    """Return a request with the names of schemas in its path as they are named here."""
    path = request.path
    for urn, name in profile.calls.items():
        path = path.replace(name, urn)
    return request if path == request.path else replace(request, path=path)


def as_the_client_calls(response: ScimResponse, profile: ClientProfile) -> ScimResponse:
    """Return an answer with the names of schemas as its client calls them."""
    if not profile.calls or response.body is None:
        return response
    body: Any = response.body
    text = body if isinstance(body, bytes) else orjson.dumps(body)
    for urn, name in profile.calls.items():
        # To the end of the text that names it: others begin with the same letters.
        text = text.replace(f'{urn}"'.encode(), f'{name}"'.encode())
    response.body = cast(Any, text)
    return response
