"""Resource types with a handful of resources that are kept nowhere, such as a catalogue: searched by the library."""

from collections.abc import Sequence
from typing import Any

from scim2_models import NotFoundException, ResourceType, SearchRequest
from scim2_server.memory import InMemoryStorage

from scim_server.store.loading import load
from scim_server.store.paging import FoundPage
from scim_server.store.resources import StoredResource
from scim_server.store.types import StoredType


def find_listed(stored_type: StoredType, listed: Sequence[StoredResource], resource_id: str) -> StoredResource:
    """Return the resource of an id.

    :raises NotFoundException: When there is none.
    """
    for resource in listed:
        if resource.id == resource_id:
            return resource
    raise NotFoundException(detail=f"{stored_type.name} {resource_id!r} does not exist.")


def search_listed(
    resource_type: ResourceType,
    stored_type: StoredType,
    listed: Sequence[StoredResource],
    search_request: SearchRequest[Any],
    position: Any,
) -> FoundPage:
    """Return one page of what matches a search."""
    held = InMemoryStorage()
    held.resources = [load(stored_type, resource) for resource in listed]
    page = held.search([resource_type], search_request, position=position)
    by_id = {resource.id: resource for resource in listed}
    return FoundPage([by_id[str(each.id)] for each in page.resources], page.total, page.next, page.previous)
