"""Stored documents as clients see them, with their identity, references and everything read by join.

Nothing here builds a model. A whole document is spliced into the response as text; only a projection, or an attribute
that an extension derives, makes it a dictionary first.
"""

import zlib
from collections.abc import Sequence
from typing import Any

import orjson
from scim2_models import ResponseParameters

from scim_server.extension import ServerExtension
from scim_server.protocol.projection import Projection, projection, wants_of
from scim_server.store.loading import entity_tag
from scim_server.store.members import Member
from scim_server.store.resources import ResourceStore, StoredResource
from scim_server.store.types import StoredType
from scim_server.store.whole import with_groups


class Presented:
    """A resource ready to be sent."""

    __slots__ = ("body", "etag", "location")

    def __init__(self, body: bytes, etag: str, location: str) -> None:
        """Hold the JSON text, the entity tag and the address of a resource."""
        self.body = body
        self.etag = etag
        self.location = location


class Presenter:
    """Presents the resources of one store under one base URL."""

    def __init__(self, store: ResourceStore, base_url: str, extensions: Sequence[ServerExtension] = ()) -> None:
        """Present what a store holds; every reference begins with the base URL."""
        self._store = store
        self._base_url = base_url
        self._extensions = extensions

    def location(self, type_name: str, resource_id: str) -> str:
        """Return the address of a resource."""
        return f"{self._base_url}{self._store.types[type_name].endpoint}/{resource_id}"

    def one(self, resource: StoredResource, parameters: ResponseParameters[Any] | None = None) -> Presented:
        """Present one resource."""
        return self._of_type(self._store.types[resource.type_name], [resource], parameters)[resource.id]

    def new(self, resource: StoredResource, parameters: ResponseParameters[Any] | None = None) -> Presented:
        """Present a resource that was created in this transaction: no group can hold it yet."""
        stored_type = self._store.types[resource.type_name]
        if not stored_type.is_member:
            return self.one(resource, parameters)
        wanted = projection(stored_type.model, parameters)
        derived = self._derived(stored_type, [resource], wanted)
        return self._present(stored_type, resource, ("", {}), derived.get(resource.id), wanted)

    def unless_long(self, group: StoredResource, most: int) -> Presented | None:
        """Present a group, or return None when it has more direct members than a number."""
        members = self._store.members.few(group.id, most)
        if members is None:
            return None
        stored_type = self._store.types[group.type_name]
        derived = self._derived(stored_type, [group], None)
        joined = "members", {group.id: [self._member(each) for each in members]}
        return self._present(stored_type, group, joined, derived.get(group.id), None)

    def many(
        self, found: Sequence[StoredResource], parameters: ResponseParameters[Any] | None = None
    ) -> list[Presented]:
        """Present resources of any types in their order, reading what is joined once for each type."""
        of_type: dict[str, list[StoredResource]] = {}
        for resource in found:
            of_type.setdefault(resource.type_name, []).append(resource)
        presented: dict[str, Presented] = {}
        for type_name, resources in of_type.items():
            presented |= self._of_type(self._store.types[type_name], resources, parameters)
        return [presented[resource.id] for resource in found]

    def _of_type(
        self, stored_type: StoredType, resources: list[StoredResource], parameters: ResponseParameters[Any] | None
    ) -> dict[str, Presented]:
        wanted = projection(stored_type.model, parameters)
        if wanted is None and len(resources) == 1:
            resources = [with_groups(self._store, resources[0])]
        joined = self._joined(stored_type, resources, wanted)
        derived = self._derived(stored_type, resources, wanted)
        return {
            resource.id: self._present(stored_type, resource, joined, derived.get(resource.id), wanted)
            for resource in resources
        }

    def _joined(
        self, stored_type: StoredType, resources: list[StoredResource], wanted: Projection | None
    ) -> tuple[str, dict[str, list[dict[str, Any]]]]:
        """Return the attribute that is read from memberships, and its values for each resource."""
        ids = [resource.id for resource in resources]
        if stored_type.has_members and (wanted is None or wanted.wants("members")):
            members = self._store.members.of_groups(ids)
            return "members", {group: [self._member(each) for each in found] for group, found in members.items()}
        if stored_type.is_member and (wanted is None or wanted.wants("groups")):
            known = {each.id: each.groups for each in resources if each.groups is not None}
            groups = known or self._store.members.groups_of(ids)
            return "groups", {
                member: [self._reference("Group", g.id, g.display, "direct" if g.direct else "indirect") for g in found]
                for member, found in groups.items()
            }
        return "", {}

    def _member(self, member: Member) -> dict[str, Any]:
        return self._reference(member.type, member.id, member.display, member.type)

    def _reference(self, type_name: str, resource_id: str, display: str | None, kind: str) -> dict[str, Any]:
        entry = {"value": resource_id, "$ref": self.location(type_name, resource_id)}
        if display is not None:
            entry["display"] = display
        return entry | {"type": kind}

    def _derived(
        self, stored_type: StoredType, resources: Sequence[StoredResource], wanted: Projection | None
    ) -> dict[str, dict[str, dict[str, Any]]]:
        derived: dict[str, dict[str, dict[str, Any]]] = {}
        if not stored_type.derived:
            return derived
        wants = wants_of(stored_type.model, wanted)
        for extension in self._extensions:
            if stored_type.name in extension.derives():
                found = extension.derive(self._store, resources, wants, self._base_url)
                for resource_id, schemas in found.items():
                    held = derived.setdefault(resource_id, {})
                    for urn, attributes in schemas.items():
                        held.setdefault(urn, {}).update(attributes)
        return derived

    def _present(
        self,
        stored_type: StoredType,
        resource: StoredResource,
        joined: tuple[str, dict[str, list[dict[str, Any]]]],
        derived: dict[str, dict[str, Any]] | None,
        wanted: Projection | None,
    ) -> Presented:
        name, values = joined
        own = values.get(resource.id)
        relations = orjson.dumps(own).decode() if own else ""
        digested = relations + (orjson.dumps(derived).decode() if derived else "")
        etag = (
            f'W/"{resource.version}-{zlib.crc32(digested.encode()):08x}"' if digested else entity_tag(resource.version)
        )
        location = self.location(stored_type.name, resource.id)
        if wanted is None and derived is None:
            text = _spliced(resource, etag, location, name, relations)
            return Presented(text.encode(), etag, location)
        document = _whole(resource, etag, location, derived)
        if own:
            document[name] = own
        body = document if wanted is None else wanted.apply(document)
        return Presented(orjson.dumps(body), etag, location)


def _spliced(resource: StoredResource, etag: str, location: str, name: str, relations: str) -> str:
    """Return the document with its identity around it, as text."""
    tag = etag.replace('"', '\\"')
    joined = f',"{name}":{relations}' if relations else ""
    return (
        f'{{"id":"{resource.id}",{resource.document[1:-1]}{joined},"meta":{{"resourceType":"{resource.type_name}",'
        f'"created":"{resource.created}","lastModified":"{resource.last_modified}","location":"{location}","version":"{tag}"}}}}'
    )


def _whole(
    resource: StoredResource, etag: str, location: str, derived: dict[str, dict[str, Any]] | None
) -> dict[str, Any]:
    document = {"id": resource.id, **resource.attributes}
    for urn, attributes in (derived or {}).items():
        if urn == document["schemas"][0]:
            document.update(attributes)
            continue
        document[urn] = {**document.get(urn, {}), **attributes}
        if urn not in document["schemas"]:
            document["schemas"].append(urn)
    document["meta"] = {
        "resourceType": resource.type_name,
        "created": resource.created,
        "lastModified": resource.last_modified,
        "location": location,
        "version": etag,
    }
    return document
