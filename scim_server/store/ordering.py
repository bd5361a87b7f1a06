"""The order of a search: by the value of ``sortBy``, missing values last, then by id (RFC 7644 §3.4.2.3).

Descending reverses all of it, so missing values come first then.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from scim2_models import InvalidCursorException, InvalidPathException, SearchRequest

from scim_server.store.documents import SORT_KEY
from scim_server.store.paths import keys_of
from scim_server.store.sources import Source
from scim_server.store.values import read_json

_RELATIONS = frozenset({"members", "groups"})


@dataclass(frozen=True, eq=False)
class Order:
    """The order of a search."""

    value: sa.ColumnElement[Any] | None
    """What is sorted by, or None to sort by id alone."""

    id: sa.ColumnElement[str]
    descending: bool

    def clauses(self, *, backwards: bool = False) -> list[sa.ColumnElement[Any]]:
        """Return the ORDER BY clauses, or those of the opposite order."""
        keys = [self.id] if self.value is None else [self.value.is_(None), self.value, self.id]
        return [key.desc() if self.descending != backwards else key.asc() for key in keys]

    def position(self, direction: str, row: Any) -> dict[str, Any]:
        """Return the place of a row, from which a page starts or before which it ends."""
        return {"d": direction, "k": row.sort_value if self.value is not None else None, "i": row.id}

    def beyond(self, anchor: dict[str, Any], *, backwards: bool = False) -> sa.ColumnElement[bool]:
        """Return whether a row comes after a place, or before it."""
        larger = self.descending == backwards
        by_id = self.id > anchor["i"] if larger else self.id < anchor["i"]
        if self.value is None:
            return by_id
        missing = self.value.is_(None)
        if anchor["k"] is None:
            return missing & by_id if larger else sa.not_(missing) | by_id
        further = self.value > anchor["k"] if larger else self.value < anchor["k"]
        tied = (self.value == anchor["k"]) & by_id
        return missing | further | tied if larger else sa.not_(missing) & (further | tied)


def order_of(search_request: SearchRequest[Any], sources: Sequence[Source]) -> Order:
    """Return the order that a search asks for.

    :raises InvalidPathException: When it asks to sort by members or groups.
    """
    descending = search_request.sort_by is not None and search_request.sort_order == SearchRequest.SortOrder.descending
    table = sources[0].table
    if search_request.sort_by is None:
        return Order(None, table.c.id, descending=False)
    values = [(source, _sort_value(search_request, source)) for source in sources]
    if len(values) == 1:
        return Order(values[0][1], table.c.id, descending=descending)
    chosen = sa.case(*[(source.type_condition, value) for source, value in values if source.type_condition is not None])
    return Order(chosen, table.c.id, descending=descending)


def _sort_value(search_request: SearchRequest[Any], source: Source) -> sa.ColumnElement[Any]:
    binding = search_request.sort_binding(source.model)
    if binding is None:
        return sa.null()
    if binding.field_name in _RELATIONS and (source.has_members or source.has_groups):
        raise InvalidPathException(
            detail=f"Results cannot be sorted by {binding.field_name!r}; sort by a single value."
        )
    keys = keys_of(binding)
    if (value := source.value(keys)) is not None:
        return value
    if keys[0] in ("meta", "schemas"):
        # Locations begin alike for all resources of a type, and end in their ids, as every order does.
        return sa.literal(str(source.model.__schema__).lower())
    if binding.is_multivalued:
        head = keys[:-1] if binding.sub_field_name else keys
        keys = (*head[:-1], SORT_KEY, head[-1], *keys[len(head) :])
    return read_json(binding, source.search, keys)


def read_position(position: Any) -> tuple[bool, dict[str, Any]]:
    """Return whether a position asks for the page before it, and its place.

    :raises InvalidCursorException: When it is no position that :meth:`Order.position` gave.
    """
    if not isinstance(position, dict) or position.get("d") not in ("next", "previous"):
        raise InvalidCursorException
    if not isinstance(position.get("i"), str) or not isinstance(position.get("k"), str | int | float | None):
        raise InvalidCursorException
    return position["d"] == "previous", position
