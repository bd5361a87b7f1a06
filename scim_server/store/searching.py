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
from scim_server.store.tables import resources, type_apart

__all__ = ["FoundPage", "search"]

_WALKED = (resources.c.unique_key, resources.c.external_id, resources.c.display_key)


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
    wanted = search_request.filter
    filter_ = None if wanted is None else compile_filter(wanted, sources, tenant)
    order = order_of(search_request, sources)
    narrow = wanted is not None and all(is_narrow(source, wanted.ast) for source in sources)
    scope = _scope(tenant, sources)
    if any(order.value is each for each in _WALKED) and len(sources) == 1 and not narrow:
        # Else a walk along the index would read the resources of every type.
        scope.append(type_apart == sources[0].resource_type)
    if visible is not None:
        scope.append(sources[0].table.c.id.in_(visible))
    query = Query(transaction, sources, scope, filter_, order, narrow, total_of)
    if search_request.cursor is not None:
        return page_by_cursor(query, search_request.count, position)
    return page_by_index(query, search_request.start_index_0 or 0, search_request.count)


def _scope(tenant: str, sources: Sequence[Source]) -> list[sa.ColumnElement[bool]]:
    of_tenant = sources[0].table.c.tenant == tenant
    if len(sources) == 1:
        return [each for each in (of_tenant, sources[0].type_condition) if each is not None]
    return [of_tenant, sources[0].table.c.resource_type.in_([source.resource_type for source in sources])]
