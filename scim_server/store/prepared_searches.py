"""The two searches on the path of every provider, with statements that are compiled once.

They are the look-up by one value before each write, and the plain pages of a whole resource type.
"""

from functools import cache, lru_cache
from typing import Any

import sqlalchemy as sa
from scim2_models import SearchRequest
from scim2_models.path import AttributeBinding, AttrPath, CompareOperator, Comparison

from scim_server.db import Transaction
from scim_server.prepared import Prepared
from scim_server.store.leads import is_narrow_column
from scim_server.store.paging import NEARBY, FoundPage, Total, labelled
from scim_server.store.paths import Keys, keys_of, resolve
from scim_server.store.planning import unindexed
from scim_server.store.resources import StoredResource
from scim_server.store.sources import Source
from scim_server.store.values import comparison_form
from scim_server.store.whole import Whole

_UNBOUNDED = 2**31 - 1


def search_prepared(
    transaction: Transaction, tenant: str, source: Source, search_request: SearchRequest[Any], total_of: Total | None
) -> FoundPage | None:
    """Return what a search finds, or None when it is not one of these."""
    if search_request.sort_by is not None or search_request.cursor is not None:
        return None
    start, count = search_request.start_index_0 or 0, search_request.count
    if search_request.filter is None:
        return _plain_page(transaction, tenant, source, start, count, total_of) if total_of and count else None
    equality = _equality(search_request.filter, source)
    if equality is None:
        return None
    is_whole = search_request.attributes is None and search_request.excluded_attributes is None
    return _equal(transaction, tenant, source, *equality, start, count, source.whole if is_whole else None)


# -- One equality -------------------------------------------------------------


def _equality(scim_filter: Any, source: Source) -> tuple[Keys, str] | None:
    """Return the place and the value of a filter that asks for one value of an indexed column, and no more."""
    node = scim_filter.ast
    if not (isinstance(node, Comparison) and node.op == CompareOperator.eq and isinstance(node.value, str)):
        return None
    place = _place_of(source, node.attr_path) if scim_filter.model is not None else None
    return None if place is None else (place[1], comparison_form(place[0], node.value))


@lru_cache(maxsize=512)
def _place_of(source: Source, path: AttrPath) -> tuple[AttributeBinding, Keys] | None:
    """Return an attribute whose single value has an indexed column, and its place; clients choose the paths."""
    binding = resolve(source.model, path, for_comparison=True)
    if binding is None or binding.is_multivalued or binding.target_type is not str:
        return None
    keys = keys_of(binding)
    return (binding, keys) if is_narrow_column(source, keys) else None


def _equal(
    transaction: Transaction,
    tenant: str,
    source: Source,
    keys: Keys,
    value: str,
    start: int,
    count: int | None,
    whole: Whole | None,
) -> FoundPage:
    limit = _UNBOUNDED if count is None else start + count + 1
    parameters = {"tenant": tenant, "value": value}
    if whole is None:
        rows = _rows_equal(source, keys).all(transaction, {**parameters, "limit": limit})
        found = [StoredResource(*row) for row in rows]
    else:
        found = whole.by(source.columns[keys], transaction, tenant, value, limit)
    total = len(found) if len(found) < limit else _count_equal(source, keys).all(transaction, parameters)[0][0]
    return FoundPage(found[start:] if count is None else found[start : start + count], total)


@cache
def _rows_equal(source: Source, keys: Keys) -> Prepared:
    return Prepared(
        sa.select(*labelled(source))
        .where(*_scope(source), source.columns[keys] == sa.bindparam("value"))
        .order_by(unindexed(source.table.c.id))
        .limit(sa.bindparam("limit"))
    )


@cache
def _count_equal(source: Source, keys: Keys) -> Prepared:
    counted = sa.select(sa.func.count()).select_from(source.table)
    return Prepared(counted.where(*_scope(source), source.columns[keys] == sa.bindparam("value")))


# -- Plain pages --------------------------------------------------------------


def _plain_page(
    transaction: Transaction, tenant: str, source: Source, start: int, count: int, total_of: Total
) -> FoundPage:
    if start <= NEARBY:
        rows = _near(source).all(transaction, {"tenant": tenant, "limit": count, "offset": start})
        known = len(rows) < count and (rows or start == 0)
        return FoundPage([StoredResource(*row) for row in rows], start + len(rows) if known else total_of())
    total = total_of()
    size = min(count, max(0, total - start))
    if size == 0:
        return FoundPage([], total)
    # Its first id is counted off in the index from the nearer end, before any document is read.
    from_end = start > total / 2
    first = _place(source, from_end=from_end).first(
        transaction, {"tenant": tenant, "offset": total - start - 1 if from_end else start}
    )
    if first is None:
        return FoundPage([], total)
    rows = _from_place(source).all(transaction, {"tenant": tenant, "first": first[0], "limit": size})
    return FoundPage([StoredResource(*row) for row in rows], total)


@cache
def _near(source: Source) -> Prepared:
    page = sa.select(*labelled(source)).where(*_scope(source)).order_by(source.table.c.id)
    return Prepared(page.limit(sa.bindparam("limit")).offset(sa.bindparam("offset")))


@cache
def _place(source: Source, *, from_end: bool) -> Prepared:
    row_id = source.table.c.id
    ids = sa.select(row_id).where(*_scope(source)).order_by(row_id.desc() if from_end else row_id)
    return Prepared(ids.limit(1).offset(sa.bindparam("offset")))


@cache
def _from_place(source: Source) -> Prepared:
    # A statement of its own: within one, PostgreSQL may walk all rows for each id while a table has no statistics.
    row_id = source.table.c.id
    page = sa.select(*labelled(source)).where(*_scope(source), row_id >= sa.bindparam("first")).order_by(row_id)
    return Prepared(page.limit(sa.bindparam("limit")))


def _scope(source: Source) -> list[sa.ColumnElement[bool]]:
    of_type = [] if source.type_condition is None else [source.type_condition]
    return [source.table.c.tenant == sa.bindparam("tenant"), *of_type]
