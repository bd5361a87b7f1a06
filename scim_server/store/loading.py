"""Stored documents as models, for the steps of the protocol that need one."""

from typing import Any

from scim2_models import Meta, Resource

from scim_server.store.members import Members
from scim_server.store.resources import StoredResource
from scim_server.store.types import StoredType


def entity_tag(version: int) -> str:
    """Return the entity tag of a stored version (RFC 7644 §3.14)."""
    return f'W/"{version}"'


def load(stored_type: StoredType, stored: StoredResource) -> Resource[Any]:
    """Return the model of a stored resource, without what is read by join."""
    model = stored_type.model.model_validate(stored.attributes)
    model.id = stored.id
    model.meta = Meta.model_validate(
        {
            "resourceType": stored.type_name,
            "created": stored.created,
            "lastModified": stored.last_modified,
            "version": entity_tag(stored.version),
        }
    )
    return model


def load_related(stored_type: StoredType, stored: StoredResource, members: Members) -> Resource[Any]:
    """Return the model of a stored resource with its members or groups."""
    model: Any = load(stored_type, stored)
    if stored_type.has_members and (held := members.of_groups([stored.id]).get(stored.id)):
        model.members = [{"value": each.id, "type": each.type, "display": each.display} for each in held]
    if stored_type.is_member and (groups := members.groups_of([stored.id]).get(stored.id)):
        model.groups = [
            {"value": each.id, "display": each.display, "type": "direct" if each.direct else "indirect"}
            for each in groups
        ]
    loaded: Resource[Any] = model
    return loaded
