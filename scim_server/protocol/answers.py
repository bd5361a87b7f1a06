"""Answers whose body is JSON text already: one resource, and a page of them."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, cast

import orjson
from scim2_server.responses import ScimResponse

from scim_server.protocol.presenting import Presented

_LIST_RESPONSE = b'{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"]'


def resource_response(presented: Presented, status: HTTPStatus = HTTPStatus.OK, **headers: str) -> ScimResponse:
    """Return a resource with its ETag and Content-Location (RFC 7643 §3.1)."""
    return _answer(status, presented.body, {"ETag": presented.etag, "Content-Location": presented.location, **headers})


def list_response(envelope: Mapping[str, Any], presented: Sequence[Presented]) -> ScimResponse:
    """Return a page of resources with what is said of the page (RFC 7644 §3.4.2)."""
    body = b"".join(
        [_LIST_RESPONSE, b",", orjson.dumps(envelope)[1:-1], b',"Resources":[',
         b",".join(each.body for each in presented), b"]}"]
    )  # fmt: skip
    return _answer(HTTPStatus.OK, body, {})


def _answer(status: HTTPStatus, body: bytes, headers: dict[str, str]) -> ScimResponse:
    """Return an answer whose body is JSON text already, where the library expects what it would turn into text."""
    return ScimResponse(status, cast(Any, body), headers)
