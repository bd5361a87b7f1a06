"""The order of a search: by the value of ``sortBy``, missing values last, then by id (RFC 7644 §3.4.2.3).

Descending reverses all of it, so missing values come first then.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from scim2_models import InvalidCursorException, InvalidPathException, SearchRequest

from scim_server.store.documents import SORT_KEY
from scim_server.store.paths import keys_of
from scim_server.store.planning import unindexed
from scim_server.store.sources import Source
from scim_server.store.values import read_json

_RELATIONS = frozenset({"members", "groups"})


@dataclass(frozen=True, eq=False)
class Order:
    """The order of a search."""

    value: sa.ColumnElement[Any] | None
    """What is sorted by, or None to sort by id alone."""

    id: sa.ColumnElement[str]
    descending: bool = False
    never_missing: bool = False
    """Whether every row has a value."""

    def clauses(self, *, backwards: bool = False, by_index: bool = True) -> list[sa.ColumnElement[Any]]:
        """Return the ORDER BY clauses, or those of the opposite order.

        :param by_index: Whether an index may give the rows in order, instead of finding few of them to sort.
        """
        keys = [self.id] if self.value is None else [self.value, self.id]
        larger = self.descending == backwards
        ordered: list[sa.ColumnElement[Any]] = [
            _towards(key if by_index else unindexed(key), larger=larger) for key in keys
        ]
        if self.value is not None and not self.never_missing:
            # NULL above every value is how PostgreSQL's indexes are ordered too; SQLite walks its own in two parts.
            ordered[0] = ordered[0].nulls_last() if larger else ordered[0].nulls_first()
        return ordered

    def position(self, direction: str, row: Any) -> dict[str, Any]:
        """Return the place of a row, from which a page starts or before which it ends, as JSON can hold it."""
        value = row.sort_value if self.value is not None else None
        if isinstance(value, Decimal):
            value = int(value) if value == value.to_integral_value() else float(value)
        return {"d": direction, "k": value, "i": row.id}

    def beyond(self, anchor: dict[str, Any], *, backwards: bool = False) -> sa.ColumnElement[bool]:
        """Return whether a row comes after a place, or before it."""
        larger = self.descending == backwards
        by_id = self.id > anchor["i"] if larger else self.id < anchor["i"]
        if self.value is None:
            return by_id  # type: ignore[no-any-return]
        missing = self.value.is_(None)
        if anchor["k"] is None:
            return missing & by_id if larger else sa.not_(missing) | by_id  # type: ignore[no-any-return]
        # A comparison of rows is a range of an index.
        row = sa.tuple_(self.value, self.id)
        place = sa.tuple_(sa.literal(anchor["k"], self.value.type), sa.literal(anchor["i"], self.id.type))
        further = row > place if larger else row < place
        return further | missing if larger and not self.never_missing else further


def _towards(key: sa.ColumnElement[Any], *, larger: bool) -> sa.UnaryExpression[Any]:
    return key.asc() if larger else key.desc()


def order_of(search_request: SearchRequest[Any], sources: Sequence[Source]) -> Order:
    """Return the order that a search asks for.

    :raises InvalidPathException: When it asks to sort by members or groups, by a list, or by unlike values.
    """
    table = sources[0].table
    if search_request.sort_by is None:
        return Order(None, table.c.id)
    descending = search_request.sort_order == SearchRequest.SortOrder.descending
    values = [(source, *_sort_value(search_request, source)) for source in sources]
    if len(values) == 1:
        _, value, never_missing = values[0]
        return Order(value, table.c.id, descending, never_missing)
    kinds = {_kind(value) for _, value, _ in values if not isinstance(value, sa.Null)}
    if len(kinds) > 1:
        raise InvalidPathException(
            detail=f"{search_request.sort_by} is of another type in each resource type; search one of them at a time."
        )
    chosen = sa.case(
        *[(source.type_condition, value) for source, value, _ in values if source.type_condition is not None]
    )
    return Order(chosen, table.c.id, descending)


def _kind(value: sa.ColumnElement[Any]) -> str:
    """Return what kind of values an expression has; values of different kinds have no order."""
    if isinstance(value.type, sa.String):
        return "text"
    return "truth" if isinstance(value.type, sa.Boolean) else "number"


def _sort_value(search_request: SearchRequest[Any], source: Source) -> tuple[sa.ColumnElement[Any], bool]:
    """Return what a resource type is sorted by, and whether each of its resources has it."""
    binding = search_request.sort_binding(source.model)
    if binding is None:
        return sa.null(), False
    keys = keys_of(binding)
    related = (binding.field_name in _RELATIONS and (source.has_members or source.has_groups)) or (
        keys[:2] in source.relations or not source.unsearchable.isdisjoint((keys[:1], keys[:2]))
    )
    if related or (binding.target_is_multivalued and not (binding.is_multivalued and binding.sub_field_name is None)):
        raise InvalidPathException(
            detail=f"Results cannot be sorted by {search_request.sort_by}; sort by an attribute with a single value."
        )
    if (value := source.value(keys)) is not None:
        return value, keys in source.never_missing
    if keys[0] in ("meta", "schemas"):
        # Locations begin alike for all resources of a type, and end in their ids, as every order does.
        return sa.literal(str(source.model.__schema__).lower()), True
    if binding.is_multivalued:
        head = keys[:-1] if binding.sub_field_name else keys
        keys = (*head[:-1], SORT_KEY, head[-1], *keys[len(head) :])
    return read_json(binding, source.search, keys), False


def read_position(position: Any) -> tuple[bool, dict[str, Any]]:
    """Return whether a position asks for the page before it, and its place.

    :raises InvalidCursorException: When it is no position that :meth:`Order.position` gave.
    """
    if not isinstance(position, dict) or position.get("d") not in ("next", "previous"):
        raise InvalidCursorException
    if not isinstance(position.get("i"), str) or not isinstance(position.get("k"), str | int | float | None):
        raise InvalidCursorException
    return position["d"] == "previous", position
