"""Search: one page of what matches, found by narrow indexes first (RFC 7644 §3.4.2, RFC 9865)."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from scim2_models import ScimFilter, SearchRequest
from scim2_models.path import CompareOperator, Comparison
from scim2_server.utils import parametrize

from scim_server.db import Transaction
from scim_server.prepared import Prepared
from scim_server.store.filters import compile_filter
from scim_server.store.leads import is_narrow, is_narrow_column
from scim_server.store.ordering import order_of
from scim_server.store.paging import FoundPage, Query, Total, labelled, page_by_cursor, page_by_index
from scim_server.store.paths import Keys, keys_of
from scim_server.store.resources import StoredResource
from scim_server.store.sources import Source
from scim_server.store.values import comparison_form

__all__ = ["FoundPage", "search"]

_UNBOUNDED = 2**31 - 1


def search(
    transaction: Transaction,
    tenant: str,
    sources: Sequence[Source],
    search_request: SearchRequest[Any],
    position: Any = None,
    total_of: Total | None = None,
) -> FoundPage:
    """Return one page of the rows of a tenant that match.

    :param total_of: Returns how many rows there are without a filter, cheaper than counting them.
    :raises InvalidFilterException: When the filter names what cannot be searched.
    :raises InvalidPathException: When the rows cannot be sorted as asked.
    :raises InvalidCursorException: When the position is none of this search.
    """
    if (hot := _single_equality(search_request, sources)) is not None:
        return _equal(transaction, tenant, sources[0], search_request, *hot)
    query = Query(
        transaction,
        sources,
        _scope(tenant, sources),
        _filter(tenant, sources, search_request.filter),
        order_of(search_request, sources),
        search_request.filter is not None and all(is_narrow(source, search_request.filter.ast) for source in sources),
        total_of,
    )
    if search_request.cursor is not None:
        return page_by_cursor(query, search_request.count, position)
    return page_by_index(query, search_request.start_index_0 or 0, search_request.count)


def _scope(tenant: str, sources: Sequence[Source]) -> list[sa.ColumnElement[bool]]:
    of_tenant = sources[0].table.c.tenant == tenant
    if len(sources) == 1:
        return [each for each in (of_tenant, sources[0].type_condition) if each is not None]
    return [of_tenant, sources[0].table.c.resource_type.in_([source.resource_type for source in sources])]


def _filter(
    tenant: str, sources: Sequence[Source], scim_filter: ScimFilter[Any] | None
) -> sa.ColumnElement[bool] | None:
    """Return the condition of a filter, which means something else for each resource type."""
    if scim_filter is None or len(sources) == 1:
        return compile_filter(scim_filter, sources[0], tenant)
    return sa.or_(*[_filter_of_type(tenant, source, scim_filter) for source in sources])


def _filter_of_type(tenant: str, source: Source, scim_filter: ScimFilter[Any]) -> sa.ColumnElement[bool]:
    bound = parametrize(ScimFilter, source.model)(str(scim_filter))
    parts = [source.type_condition, compile_filter(bound, source, tenant)]
    return sa.and_(*[part for part in parts if part is not None])


# -- One equality: what identity providers ask before every write -------------


def _single_equality(search_request: SearchRequest[Any], sources: Sequence[Source]) -> tuple[Keys, str] | None:
    """Return the place and value of a search for one value of a column, if it is no more than that."""
    node = search_request.filter.ast if search_request.filter is not None else None
    plain = search_request.sort_by is None and search_request.cursor is None and len(sources) == 1
    if not (plain and isinstance(node, Comparison) and node.op == CompareOperator.eq and isinstance(node.value, str)):
        return None
    scim_filter: Any = search_request.filter
    binding = scim_filter.resolve_comparison(node.attr_path, strict=False) if scim_filter.model is not None else None
    if binding is None or binding.is_multivalued or binding.target_type is not str:
        return None
    keys = keys_of(binding)
    return (keys, comparison_form(binding, node.value)) if is_narrow_column(sources[0], keys) else None


@cache
def _equality(source: Source, keys: Keys) -> Prepared:
    of_type = [] if source.type_condition is None else [source.type_condition]
    return Prepared(
        sa.select(*labelled(source))
        .where(source.table.c.tenant == sa.bindparam("tenant"), *of_type)
        .where(source.columns[keys] == sa.bindparam("value"))
        # SQLite would rather walk all of a tenant's rows by id than sort the one row that the equality finds.
        .order_by(sa.func.coalesce(source.table.c.id, sa.null()))
        .limit(sa.bindparam("limit"))
    )


@cache
def _equality_count(source: Source, keys: Keys) -> sa.Select[Any]:
    of_type = [] if source.type_condition is None else [source.type_condition]
    return (
        sa.select(sa.func.count())
        .select_from(source.table)
        .where(source.table.c.tenant == sa.bindparam("tenant"), *of_type)
        .where(source.columns[keys] == sa.bindparam("value"))
    )


def _equal(
    transaction: Transaction, tenant: str, source: Source, search_request: SearchRequest[Any], keys: Keys, value: str
) -> FoundPage:
    start, count = search_request.start_index_0 or 0, search_request.count
    limit = _UNBOUNDED if count is None else start + count + 1
    parameters = {"tenant": tenant, "value": value}
    found = _equality(source, keys).all(transaction, {**parameters, "limit": limit})
    rows = found[start:] if count is None else found[start : start + count]
    complete = len(found) < limit
    total = len(found) if complete else transaction.execute(_equality_count(source, keys), parameters).scalar_one()
    return FoundPage([StoredResource(*row) for row in rows], total)
