"""``If-Match`` on a stored version, whatever was derived into the representation a client saw."""

import re

from scim2_server.conditions import Conditions

from scim_server.protocol import guard

#: The part of an entity tag that stands for derived attributes; they are not what a write would overwrite.
_DERIVED = re.compile(r'(?<=\d)-[0-9a-f]{8}(?=["\s,]|$)')


def stored_conditions(if_match: str | None, if_none_match: str | None) -> Conditions:
    """Return the conditions of a write, which compare the stored version only."""
    return Conditions(_stored(guard.entity_tags(if_match)), _stored(guard.entity_tags(if_none_match)))


def _stored(header: str | None) -> str | None:
    return None if header is None else _DERIVED.sub("", header)
