"""``If-Match`` and ``If-None-Match``, on a representation that is read or on a stored version that is written."""

import re

from scim2_server.conditions import Conditions
from scim2_server.requests import ScimRequest

from scim_server.protocol import guard

#: The part of an entity tag that stands for derived attributes; they are not what a write would overwrite.
_DERIVED = re.compile(r'(?<=\d)-[0-9a-f]{8}(?=["\s,]|$)')


def read_conditions(request: ScimRequest) -> Conditions:
    """Return the conditions of a request, with headers of a bounded length."""
    return Conditions(guard.entity_tags(request.header("If-Match")), guard.entity_tags(request.header("If-None-Match")))


def stored_conditions(conditions: Conditions) -> Conditions:
    """Return the conditions of a write, which compare the stored version, whatever was derived beside it."""
    return Conditions(_stored(conditions.if_match), _stored(conditions.if_none_match))


def _stored(header: str | None) -> str | None:
    return None if header is None else _DERIVED.sub("", header)
