"""The resources of one tenant, as documents, in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
import sqlalchemy as sa
import uuid_utils
from scim2_models import InvalidValueException, NotFoundException, UniquenessException
from sqlalchemy.exc import IntegrityError

from scim_server.db import Transaction
from scim_server.line import Refusal
from scim_server.prepared import Prepared
from scim_server.store import counts
from scim_server.store.dialects import Insert
from scim_server.store.documents import Document, search_form, utc_text, values_at
from scim_server.store.members import GroupOf, Members
from scim_server.store.tables import indexed_values, resources, type_apart
from scim_server.store.types import StoredType, StoredTypes

_r, _i = resources.c, indexed_values.c
_KEY = (
    _r.tenant == sa.bindparam("tenant_"),
    _r.resource_type == sa.bindparam("type_"),
    _r.id == sa.bindparam("id_"),
)
_SELECTED = sa.select(_r.id, _r.version, _r.created, _r.last_modified, _r.document).where(*_KEY)
_GET = Prepared(_SELECTED)
_GET_LOCKED = Prepared(_SELECTED.with_for_update())
_HOLDER = sa.select(_r.id).where(
    _r.tenant == sa.bindparam("tenant"), _r.unique_key == sa.bindparam("key"), type_apart == sa.bindparam("type")
)
_INSERT = Insert(resources)
_CHANGED: dict[str, Any] = {
    name: sa.bindparam(name)
    for name in ("last_modified", "external_id", "unique_key", "display", "display_key", "active", "document", "search")
}
_UPDATE = Prepared(sa.update(resources).where(*_KEY).values(version=_r.version + 1, **_CHANGED))
_TOUCH = (
    sa.update(resources)
    .where(_r.tenant == sa.bindparam("tenant_"), _r.resource_type == sa.bindparam("type_"))
    .where(_r.id.in_(sa.bindparam("ids", expanding=True)))
    .values(version=_r.version + 1, last_modified=sa.bindparam("last_modified"))
)
_TOUCH_ONE = Prepared(
    sa.update(resources).where(*_KEY).values(version=_r.version + 1, last_modified=sa.bindparam("last_modified"))
)
_DELETE = Prepared(sa.delete(resources).where(*_KEY))
_FORGET_VALUES = Prepared(
    sa.delete(indexed_values).where(
        _i.tenant == sa.bindparam("tenant_"),
        _i.resource_type == sa.bindparam("type_"),
        _i.resource_id == sa.bindparam("id_"),
    )
)
_INDEX = Insert(indexed_values)

LONGEST_KEY = 1024
"""How many bytes of UTF-8 a value may have that is looked up by: PostgreSQL's indexes hold 2,700 in all."""


@dataclass(frozen=True, slots=True)
class StoredResource:
    """A resource as it is kept."""

    type_name: str
    id: str
    version: int
    created: str
    last_modified: str
    document: str
    may_derive: bool | None = None
    """Whether something besides its document may give it attributes that extensions derive; None: nobody has looked."""

    groups: Sequence[GroupOf] | None = None
    """Its groups, where they were read together with it."""

    @property
    def attributes(self) -> Document:
        """The document, parsed anew on each use."""
        parsed: Document = orjson.loads(self.document)
        return parsed


def now_text() -> str:
    """Return the time of a write."""
    return utc_text(datetime.now(UTC))


class ResourceStore:
    """The resources of one tenant. There is no query without the tenant."""

    def __init__(self, transaction: Transaction, tenant: str, types: StoredTypes) -> None:
        """Read and write the resources of a tenant in a transaction."""
        self.transaction = transaction
        self.tenant = tenant
        self.types = types
        self.members = Members(transaction, tenant)

    def home(self, type_name: str) -> str:
        """Return the tenant that keeps the resources of a type."""
        shared = self.types[type_name].shared
        return self.tenant if shared is None else shared.home

    def visible(self, type_name: str) -> "sa.Select[tuple[str]] | None":
        """Return the selection of the ids of the shared resources that the tenant sees, or None when it sees all."""
        shared = self.types[type_name].shared
        return None if shared is None or shared.home == self.tenant else shared.visible(self.tenant)

    def _key(self, type_name: str, resource_id: str) -> dict[str, str]:
        return {"tenant_": self.home(type_name), "type_": type_name, "id_": resource_id}

    def find(self, type_name: str, resource_id: str, *, locked: bool = False) -> StoredResource | None:
        """Return a resource, or None. A locked one stays as it is until the transaction ends."""
        key = self._key(type_name, resource_id)
        visible = self.visible(type_name)
        if visible is not None and not self._sees(visible, resource_id):
            return None
        row = (_GET_LOCKED if locked else _GET).first(self.transaction, key)
        return None if row is None else StoredResource(type_name, *tuple(row))

    def _sees(self, visible: "sa.Select[tuple[str]]", resource_id: str) -> bool:
        seen = visible.subquery()
        statement = sa.select(sa.literal(1)).where(seen.c[0] == resource_id).limit(1)
        return self.transaction.execute(statement).first() is not None

    def get(self, type_name: str, resource_id: str, *, locked: bool = False) -> StoredResource:
        """Return a resource.

        :raises NotFoundException: When the tenant has none of this type and id.
        """
        found = self.find(type_name, resource_id, locked=locked)
        if found is None:
            raise NotFoundException(detail=f"{type_name} {resource_id!r} does not exist, or was deleted.")
        return found

    def holder(self, type_name: str, value: str | None) -> StoredResource | None:
        """Return the resource that has a unique value, or None."""
        stored_type = self.types[type_name]
        if value is None or stored_type.unique is None or "\0" in value:
            return None
        key = search_form(stored_type.model, {stored_type.unique: value})[stored_type.unique.lower()]
        row = self.transaction.execute(_HOLDER, {"tenant": self.home(type_name), "type": type_name, "key": key}).first()
        return None if row is None else self.find(type_name, row.id)

    def insert(self, type_name: str, document: Document) -> StoredResource:
        """Store a new resource.

        :raises UniquenessException: When its unique value is taken.
        """
        return self.insert_many(type_name, [document])[0]

    def insert_many(self, type_name: str, documents: Sequence[Document]) -> list[StoredResource]:
        """Store new resources of one type, all or none.

        :raises UniquenessException: When a unique value is taken.
        """
        stored_type, home, now = self.types[type_name], self.home(type_name), now_text()
        rows, values = [], []
        for document in documents:
            row = self._row(stored_type, document)
            resource_id = str(uuid_utils.uuid7())
            values += self._value_rows(stored_type, resource_id, row.pop("form"))
            rows.append(
                {"tenant": home, "resource_type": type_name, "id": resource_id, "version": 1, "created": now}
                | row
                | {"last_modified": now}
            )
        _INSERT.run(self.transaction, rows, refusal=_taken(stored_type, documents[0]))
        _INDEX.run(self.transaction, values)
        counts.count(self.transaction, home, type_name, len(rows))
        # Nothing refers yet to who was just created.
        derives = False if stored_type.is_member else None
        return [StoredResource(type_name, str(row["id"]), 1, now, now, str(row["document"]), derives) for row in rows]

    def update(self, current: StoredResource, document: Document) -> StoredResource:
        """Replace the document of a locked resource, and return the resource as it is now.

        :raises UniquenessException: When its new unique value is taken.
        """
        stored_type, now = self.types[current.type_name], now_text()
        row = self._row(stored_type, document)
        form, key = row.pop("form"), self._key(current.type_name, current.id)
        changed = row | {"last_modified": now} | key
        _UPDATE.run(self.transaction, changed, refusal=_taken(stored_type, document))
        if _differs(stored_type, current.attributes, document):
            _FORGET_VALUES.run(self.transaction, key)
            _INDEX.run(self.transaction, self._value_rows(stored_type, current.id, form))
        return StoredResource(current.type_name, current.id, current.version + 1, current.created, now, row["document"])

    def touch(self, type_name: str, ids: Sequence[str]) -> str:
        """Give resources a new version without changing their documents; return the time."""
        now = now_text()
        if len(ids) == 1:
            _TOUCH_ONE.run(self.transaction, {**self._key(type_name, ids[0]), "last_modified": now})
            return now
        for start in range(0, len(ids), 500):
            self.transaction.execute(
                _TOUCH,
                {"tenant_": self.tenant, "type_": type_name, "ids": ids[start : start + 500], "last_modified": now},
            )
        return now

    def delete(self, current: StoredResource) -> None:
        """Delete a resource with its memberships; the groups that held it get a new version."""
        holding = self.members.groups_holding(current.id)
        if holding:
            self.touch("Group", holding)
        _DELETE.run(self.transaction, self._key(current.type_name, current.id))
        counts.count(self.transaction, self.home(current.type_name), current.type_name, -1)

    def total(self, type_name: str) -> int:
        """Return how many resources of a type the tenant has."""
        return counts.total(self.transaction, self.tenant, type_name)

    def _row(self, stored_type: StoredType, document: Document) -> dict[str, Any]:
        """Return the columns that follow from a document, and its search form."""
        form = search_form(stored_type.model, document)
        active = document.get("active")
        return {
            "external_id": _key_at(form, "externalId"),
            "unique_key": _key_at(form, stored_type.unique) if stored_type.unique else None,
            "display": document.get(stored_type.display),
            "display_key": _key_at(form, stored_type.display),
            "active": active if isinstance(active, bool) else None,
            "document": orjson.dumps(document).decode(),
            "search": orjson.dumps(form).decode(),
            "form": form,
        }

    def _value_rows(self, stored_type: StoredType, resource_id: str, form: dict[str, Any]) -> list[dict[str, str]]:
        return [
            {
                "tenant": self.home(stored_type.name),
                "resource_type": stored_type.name,
                "attribute": ".".join(path),
                "value": _bounded(".".join(path), value),
                "resource_id": resource_id,
            }
            for path in stored_type.indexed
            for value in dict.fromkeys(values_at(form, path))
        ]


def _key_at(form: dict[str, Any], attribute: str) -> Any:
    """Return what an attribute is looked up by."""
    value = form.get(attribute.lower())
    return value if value is None else _bounded(attribute, value)


def _bounded(attribute: str, value: Any) -> Any:
    """Return a value that an index can hold.

    :raises InvalidValueException: When it is longer.
    """
    if isinstance(value, str) and len(value) > LONGEST_KEY // 4 and len(value.encode()) > LONGEST_KEY:
        raise InvalidValueException(detail=f"{attribute} is looked up by, and may have {LONGEST_KEY} bytes at most.")
    return value


def _differs(stored_type: StoredType, before: Document, after: Document) -> bool:
    """Return whether an attribute has changed of which values are indexed."""
    indexed = {path[0] for path in stored_type.indexed}
    return any(before.get(name) != after.get(name) for name in {*before, *after} if name.lower() in indexed)


def _taken(stored_type: StoredType, document: Document) -> Refusal:
    """Return what explains that the unique value of a resource is used by another."""

    def explain(error: IntegrityError) -> UniquenessException | None:
        if stored_type.unique is None or "unique_key" not in str(error.orig):
            return None
        value = document.get(stored_type.unique)
        return UniquenessException(
            detail=f"{stored_type.unique} {value!r} is already used by another {stored_type.name} here. "
            f"Look it up by its {stored_type.unique}, and update it instead of creating it again."
        )

    return explain
