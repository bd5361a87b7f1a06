"""Schools to search in: resources of every kind, in a transaction that is undone, and the library's own search."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import Base64Bytes
from scim2_models import URN, CaseExact, ComplexAttribute, Extension, External, Reference, Resource, ResourceType
from scim2_server.memory import InMemoryStorage

from scim_server.db import Database, Transaction
from scim_server.store.models import EnterpriseUser, Group, User
from scim_server.store.resources import ResourceStore
from scim_server.store.storage import SqlStorage
from scim_server.store.tables import tenants
from scim_server.store.types import StoredType, by_name

SCHOOL = "GB001"
NEIGHBOUR = "GB002"


class Room(ComplexAttribute):
    """Where a course is held: a complex attribute with one value, some of whose sub-attributes have several."""

    name: str | None = None
    seats: int | None = None
    labels: list[str] | None = None
    codes: Annotated[list[int] | None, CaseExact.true] = None


class Session(ComplexAttribute):
    """When a course is held: entries that have no ``value``."""

    starts: datetime | None = None
    hours: float | None = None
    online: bool | None = None


class Mark(ComplexAttribute):
    """What a course was given: entries whose ``value`` is a number."""

    value: int | None = None
    primary: bool | None = None


class Course(Resource[Any]):
    """A resource type of an extension, with an attribute of every type that SCIM has."""

    __schema__ = URN("urn:example:params:scim:schemas:2.0:Course")

    code: Annotated[str | None, CaseExact.true] = None
    title: str | None = None
    places: int | None = None
    fee: float | None = None
    open: bool | None = None
    active: str | None = None
    begins: datetime | None = None
    badge: Base64Bytes | None = None
    page: Reference[External] | None = None
    room: Room | None = None
    sessions: list[Session] | None = None
    marks: list[Mark] | None = None
    subjects: list[str] | None = None
    languages: Annotated[list[str] | None, CaseExact.true] = None
    weeks: list[int] | None = None
    holidays: list[datetime] | None = None
    flags: list[bool] | None = None


class Exam(Extension):
    """What another extension adds to a course."""

    __schema__ = URN("urn:example:params:scim:schemas:extension:2.0:Exam")

    paper: str | None = None
    boards: list[str] | None = None
    length: int | None = None
    examiners: list[Mark] | None = None


STORED_TYPES = by_name(
    [
        StoredType("User", "/Users", User[EnterpriseUser], unique="userName", indexed=(("emails", "value"),)),
        StoredType("Group", "/Groups", Group),
        StoredType("Course", "/Courses", Course[Exam], display="title", indexed=(("subjects",),)),
    ]
)
RESOURCE_TYPES = {name: ResourceType(id=name, name=name) for name in STORED_TYPES}


@dataclass
class School:
    """One tenant's resources, as the store keeps them and as the library holds them in memory."""

    storage: SqlStorage
    resources: list[Resource[Any]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    """The ids of users that were stored many at a time."""

    def add(self, type_name: str, payload: dict[str, Any]) -> Resource[Any]:
        """Store a resource, and return it."""
        model = STORED_TYPES[type_name].model
        created = self.storage.create(RESOURCE_TYPES[type_name], model.model_validate(payload))
        self.resources.append(created)
        return created

    def in_memory(self) -> InMemoryStorage:
        """Return the library's storage with the same resources."""
        storage = InMemoryStorage()
        storage.resources = [
            self.storage.get(RESOURCE_TYPES[str(each.meta and each.meta.resource_type)], str(each.id))
            for each in self.resources
        ]
        return storage


@contextmanager
def school(database: Database) -> Iterator[School]:
    """Yield an empty school beside another that has a user, a group and a course; everything is undone afterwards."""
    with undone(database) as transaction:
        rows = [{"id": name, "name": name, "created": "2026-09-01T08:00:00.000000Z"} for name in (SCHOOL, NEIGHBOUR)]
        transaction.execute(sa.insert(tenants), rows)
        neighbour = School(SqlStorage(ResourceStore(transaction, NEIGHBOUR, STORED_TYPES)))
        person = neighbour.add("User", {"userName": "a", "displayName": "a", "emails": [{"value": "a@b.example"}]})
        neighbour.add("Group", {"displayName": "a", "members": [{"value": person.id}]})
        neighbour.add("Course", {"title": "a", "subjects": ["a"]})
        yield School(SqlStorage(ResourceStore(transaction, SCHOOL, STORED_TYPES)))


class _UndoneError(Exception):
    """Rolls a test's transaction back."""


@contextmanager
def undone(database: Database) -> Iterator[Transaction]:
    """Yield a transaction that is rolled back."""
    with suppress(_UndoneError), database.write() as transaction:
        yield transaction
        raise _UndoneError


def ids(resources: Sequence[Any]) -> list[str]:
    """Return the ids of resources."""
    return [str(each.id) for each in resources]
