"""What a tenant holds already of the resources that a file describes, looked up for many lines at once."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from scim_server.store.documents import comparison_text, search_form
from scim_server.store.resources import ResourceStore, StoredResource
from scim_server.store.tables import memberships, resources
from scim_server.store.types import StoredType
from scim_server.transfer.records import Record

_CHUNK = 500
_r, _m = resources.c, memberships.c
_ROW = (_r.resource_type, _r.id, _r.version, _r.created, _r.last_modified, _r.document)


class Stored:
    """The stored resources of one type that records may mean."""

    def __init__(self, store: ResourceStore, stored_type: StoredType, records: Sequence[Record]) -> None:
        """Look up what has the id, the externalId or the name of any of the records."""
        self._type = stored_type
        key = _r.unique_key if stored_type.unique else _r.display_key
        external_ids = [form for record in records if (form := self._external_form(record))]
        self._by_id = _find(store, stored_type.name, _r.id, [record.id for record in records if record.id])
        self._by_external_id = _find(store, stored_type.name, _r.external_id, external_ids)
        self._by_name = _find(
            store, stored_type.name, key, [form for record in records if (form := self.name_form(record))]
        )

    def candidates(self, record: Record) -> list[StoredResource]:
        """Return what a record may mean, the surest first: by its id, its externalId, its name."""
        found = [
            *self._by_id.get(record.id or "", ()),
            *self._by_external_id.get(self._external_form(record) or "", ()),
            *self._by_name.get(self.name_form(record) or "", ()),
        ]
        return list({resource.id: resource for resource in found}.values())

    def name_form(self, record: Record) -> str | None:
        """Return the name of a record as names are compared."""
        return self._form(self._type.unique or self._type.display, record.name)

    def _external_form(self, record: Record) -> str | None:
        return self._form("externalId", record.external_id)

    def _form(self, attribute: str, value: str | None) -> str | None:
        form = search_form(self._type.model, {attribute: value}) if value else {}
        found = form.get(attribute.lower())
        return found if isinstance(found, str) else None


def _find(
    store: ResourceStore, type_name: str, column: sa.ColumnElement[str], values: Iterable[str]
) -> dict[str, list[StoredResource]]:
    """Return the resources that have one of the values in a column, the oldest first."""
    found: dict[str, list[StoredResource]] = defaultdict(list)
    distinct = [value for value in dict.fromkeys(values) if "\0" not in value]
    for start in range(0, len(distinct), _CHUNK):
        statement = sa.select(column, *_ROW).where(
            _r.tenant == store.tenant, _r.resource_type == type_name, column.in_(distinct[start : start + _CHUNK])
        )
        # Sorted here: asked to sort by id, SQLite would walk through the whole tenant in that order instead.
        rows: Sequence[Any] = store.transaction.execute(statement).all()
        pairs = [(value, StoredResource(*row)) for value, *row in rows]
        for value, resource in sorted(pairs, key=lambda pair: pair[1].id):
            found[value].append(resource)
    return found


def groups_named(store: ResourceStore, names: Iterable[str]) -> dict[str, list[StoredResource]]:
    """Return the groups of each name, by its comparison form."""
    return _find(store, "Group", _r.display_key, [comparison_text(name, case_exact=False) for name in names])


def ids_of_users(store: ResourceStore, user_names: Iterable[str]) -> dict[str, str]:
    """Return the ids of users, by the comparison form of their userNames."""
    forms = [comparison_text(name, case_exact=False) for name in user_names]
    return {form: found[0].id for form, found in _find(store, "User", _r.unique_key, forms).items()}


def known_ids(store: ResourceStore, ids: Iterable[str]) -> set[str]:
    """Return which ids are those of users and groups."""
    known: set[str] = set()
    distinct = [each for each in dict.fromkeys(ids) if "\0" not in each]
    for start in range(0, len(distinct), _CHUNK):
        statement = sa.select(_r.id).where(
            _r.tenant == store.tenant,
            _r.resource_type.in_(["User", "Group"]),
            _r.id.in_(distinct[start : start + _CHUNK]),
        )
        known.update(store.transaction.execute(statement).scalars())
    return known


def direct_memberships(store: ResourceStore, member_ids: Sequence[str]) -> set[tuple[str, str]]:
    """Return which members belong to which groups directly, as pairs of a group's and a member's id."""
    pairs: set[tuple[str, str]] = set()
    for start in range(0, len(member_ids), _CHUNK):
        statement = sa.select(_m.group_id, _m.member_id).where(
            _m.tenant == store.tenant, _m.member_id.in_(member_ids[start : start + _CHUNK])
        )
        pairs.update((row.group_id, row.member_id) for row in store.transaction.execute(statement))
    return pairs
