"""Finds what a request reads: resources of the tenant, or entries of its journal."""

from typing import Any

from scim2_models import NotFoundException, ResourceType, SearchRequest

from scim_server.journal.read import JOURNAL_SOURCE, find_entry
from scim_server.protocol.listed import find_listed, search_listed
from scim_server.protocol.provider import JOURNAL_TYPE
from scim_server.store.resources import ResourceStore, StoredResource
from scim_server.store.searching import FoundPage, search
from scim_server.store.sources import source_of
from scim_server.store.whole import get_whole


class Searcher:
    """Reads for one tenant, in one transaction."""

    def __init__(self, store: ResourceStore) -> None:
        """Search where a store reads."""
        self._store = store

    def get(self, type_name: str, resource_id: str, *, whole: bool = False) -> StoredResource:
        """Return one resource or journal entry; a whole one with its groups, if it has any.

        :raises NotFoundException: When the tenant has none of this type and id.
        """
        if (listed := self._store.types[type_name].listed) is not None:
            return find_listed(self._store.types[type_name], listed(self._store), resource_id)
        if type_name != JOURNAL_TYPE:
            return get_whole(self._store, type_name, resource_id) if whole else self._store.get(type_name, resource_id)
        entry = find_entry(self._store.transaction, self._store.tenant, resource_id)
        if entry is None:
            raise NotFoundException(detail=f"{type_name} {resource_id!r} does not exist.")
        return entry

    def page(self, resource_types: list[ResourceType], search_request: SearchRequest[Any], position: Any) -> FoundPage:
        """Return one page of what matches a search, and how much there is."""
        names = [str(resource_type.name) for resource_type in resource_types]
        if names == [JOURNAL_TYPE]:
            return search(self._store.transaction, self._store.tenant, [JOURNAL_SOURCE], search_request, position, None)
        first = self._store.types[names[0]]
        if first.listed is not None:
            return search_listed(resource_types[0], first, first.listed(self._store), search_request, position)
        sources = [source_of(self._store.types[name]) for name in names]
        visible = self._store.visible(first.name)
        return search(
            self._store.transaction,
            self._store.home(first.name),
            sources,
            search_request,
            position,
            None if visible is not None else lambda: sum(self._store.total(name) for name in names),
            visible,
        )
