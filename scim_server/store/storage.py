"""The store as ``scim2-server`` sees a storage: resources in, resources out.

The server's own requests work on documents (:class:`~scim_server.store.resources.ResourceStore`); this is the same
store behind the library's contract, which its test suite checks.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from scim2_models import (
    PreconditionFailedException,
    Resource,
    ResourceType,
    ResponseParameters,
    SearchRequest,
)
from scim2_server.storage import ScimStorage, SearchPage

from scim_server.store.documents import render
from scim_server.store.loading import entity_tag, load_related
from scim_server.store.resources import ResourceStore, StoredResource, now_text
from scim_server.store.searching import search
from scim_server.store.sources import source_of


class SqlStorage(ScimStorage):
    """The resources of one tenant, in one transaction, as models."""

    supports_cursors = True

    def __init__(self, store: ResourceStore) -> None:
        """Store in a resource store."""
        self.store = store

    def get(
        self,
        resource_type: ResourceType,
        resource_id: str,
        *,
        response_parameters: ResponseParameters[Any] | None = None,
    ) -> Resource[Any]:
        """Return a resource."""
        return self._model(self.store.get(str(resource_type.name), resource_id))

    def search(
        self, resource_types: list[ResourceType], search_request: SearchRequest[Any], *, position: Any = None
    ) -> SearchPage:
        """Return one page of the matching resources, and their number."""
        sources = [source_of(self.store.types[str(each.name)]) for each in resource_types]
        page = search(
            self.store.transaction, self.store.tenant, sources, search_request, position, self._total(sources)
        )
        return SearchPage(page.total, [self._model(row) for row in page.rows], page.next, page.previous)

    def _total(self, sources: list[Any]) -> Any:
        return lambda: sum(self.store.total(source.resource_type) for source in sources)

    def create(self, resource_type: ResourceType, resource: Resource[Any]) -> Resource[Any]:
        """Store a new resource, and return it."""
        with self.operation():
            created = self.store.insert(str(resource_type.name), render(resource))
            self._set_members(created, resource)
        return self._model(created)

    def update(
        self, resource_type: ResourceType, resource: Resource[Any], *, expected_version: str | None = None
    ) -> Resource[Any]:
        """Replace a stored resource, and return it."""
        current = self._current(resource_type, str(resource.id), expected_version)
        with self.operation():
            updated = self.store.update(current, render(resource))
            self._set_members(updated, resource)
        return self._model(updated)

    def delete(self, resource_type: ResourceType, resource_id: str, *, expected_version: str | None = None) -> None:
        """Delete a resource."""
        self.store.delete(self._current(resource_type, resource_id, expected_version))

    @contextmanager
    def operation(self) -> Iterator[None]:
        """Enclose one operation in a savepoint, so that it fails alone."""
        with self.store.transaction.savepoint():
            yield

    def _current(self, resource_type: ResourceType, resource_id: str, expected: str | None) -> StoredResource:
        current = self.store.get(str(resource_type.name), resource_id, locked=True)
        if expected is not None and entity_tag(current.version) != expected:
            raise PreconditionFailedException
        return current

    def _set_members(self, stored: StoredResource, resource: Resource[Any]) -> None:
        if not self.store.types[stored.type_name].has_members:
            return
        wanted = [str(entry.value) for entry in getattr(resource, "members", None) or []]
        present = self.store.members.ids(stored.id)
        self.store.members.remove(stored.id, present.difference(wanted))
        self.store.members.add(stored.id, [each for each in wanted if each not in present], since=now_text())

    def _model(self, stored: StoredResource) -> Resource[Any]:
        return load_related(self.store.types[stored.type_name], stored, self.store.members)
