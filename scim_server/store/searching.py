"""Search: one page of what matches, found by narrow indexes first (RFC 7644 §3.4.2, RFC 9865)."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from scim2_models import SearchRequest

from scim_server.db import Transaction
from scim_server.store.filters import compile_filter
from scim_server.store.leads import is_narrow
from scim_server.store.ordering import order_of
from scim_server.store.paging import FoundPage, Query, Total, page_by_cursor, page_by_index
from scim_server.store.prepared_searches import search_prepared
from scim_server.store.sources import Source

__all__ = ["FoundPage", "search"]


def search(
    transaction: Transaction,
    tenant: str,
    sources: Sequence[Source],
    search_request: SearchRequest[Any],
    position: Any = None,
    total_of: Total | None = None,
    visible: "sa.Select[tuple[str]] | None" = None,
) -> FoundPage:
    """Return one page of the rows of a tenant that match.

    :param total_of: Returns how many rows there are without a filter, cheaper than counting them.
    :param visible: Selects the ids that may be found, when not all of the tenant's may.
    :raises InvalidFilterException: When the filter names what cannot be searched.
    :raises InvalidPathException: When the rows cannot be sorted as asked.
    :raises InvalidCursorException: When the position is none of this search.
    """
    everything = visible is None and len(sources) == 1
    if everything and (page := search_prepared(transaction, tenant, sources[0], search_request, total_of)):
        return page
    query = Query(
        transaction,
        sources,
        [*_scope(tenant, sources), *([] if visible is None else [sources[0].table.c.id.in_(visible)])],
        None if search_request.filter is None else compile_filter(search_request.filter, sources, tenant),
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
