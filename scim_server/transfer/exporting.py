"""Write a whole tenant as JSON lines, as it was at one moment."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import orjson
import sqlalchemy as sa

from scim_server.db import Database, Transaction
from scim_server.store import counts
from scim_server.store.resources import StoredResource
from scim_server.store.tables import memberships, resources
from scim_server.store.types import StoredType, StoredTypes

_PAGE = 500
_r, _m = resources.c, memberships.c


class _Snapshot(Transaction):
    """A reading transaction all of whose statements see the same moment."""

    def _open(self) -> sa.Connection:
        connection = self.database.engine.connect()
        alike = "" if self.database.is_sqlite else " ISOLATION LEVEL REPEATABLE READ READ ONLY"
        connection.exec_driver_sql(f"BEGIN{alike}")
        return connection

    def close(self) -> None:
        """Let go of the moment."""
        if self._wire is not None:
            connection, self._wire = self._wire.connection, None
            connection.exec_driver_sql("ROLLBACK")
            connection.close()


class Export:
    """The resources of a tenant at one moment."""

    def __init__(self, transaction: Transaction, tenant: str, types: StoredTypes) -> None:
        """Read in a transaction."""
        self._transaction = transaction
        self._tenant = tenant
        exported = [stored_type for stored_type in types.values() if stored_type.provisioned]
        # Whoever reads the file from its beginning knows each member before the group.
        self._types = sorted(exported, key=lambda stored_type: (stored_type.has_members, not stored_type.is_member))

    @property
    def total(self) -> int:
        """How many resources there are."""
        return sum(counts.total(self._transaction, self._tenant, each.name) for each in self._types)

    def lines(self) -> Iterator[bytes]:
        """Yield the text of the file in parts; each resource ends with a line feed."""
        for stored_type in self._types:
            for resource in self._resources(stored_type):
                yield self._head(resource)
                if stored_type.has_members:
                    yield b',"members":['
                    yield from self._members(resource.id)
                    yield b"]"
                yield b"}\n"

    def _resources(self, stored_type: StoredType) -> Iterator[StoredResource]:
        statement = (
            sa.select(_r.resource_type, _r.id, _r.version, _r.created, _r.last_modified, _r.document)
            .where(_r.tenant == self._tenant, _r.resource_type == stored_type.name, _r.id > sa.bindparam("after"))
            .order_by(_r.id)
            .limit(_PAGE)
        )
        after = ""
        while rows := self._rows(statement, after):
            for row in rows:
                yield StoredResource(*row)
            after = rows[-1].id

    def _rows(self, statement: sa.Executable, after: str) -> Sequence[Any]:
        return self._transaction.execute(statement, {"after": after}).all()

    @staticmethod
    def _head(resource: StoredResource) -> bytes:
        """Return a resource without the brace that ends it."""
        meta = {"resourceType": resource.type_name, "created": resource.created, "lastModified": resource.last_modified}
        return b'{"id":%b,%b,"meta":%b' % (
            orjson.dumps(resource.id), resource.document[1:-1].encode(), orjson.dumps(meta),
        )  # fmt: skip

    def _members(self, group_id: str) -> Iterator[bytes]:
        """Yield the members of a group, each with the name that it has in any tenant."""
        statement = (
            sa.select(_m.member_id, _m.member_type, _r.document)
            .join(resources, (_r.tenant == _m.tenant) & (_r.resource_type == _m.member_type) & (_r.id == _m.member_id))
            .where(_m.tenant == self._tenant, _m.group_id == group_id, _m.member_id > sa.bindparam("after"))
            .order_by(_m.member_id)
            .limit(_PAGE)
        )
        after, separator = "", b""
        while rows := self._rows(statement, after):
            for member_id, member_type, document in rows:
                name = "userName" if member_type == "User" else "displayName"
                entry = {"value": member_id, "type": member_type, name: orjson.loads(document).get(name)}
                yield separator + orjson.dumps(entry)
                separator = b","
            after = rows[-1].member_id


@contextmanager
def opened_export(database: Database, tenant: str, types: StoredTypes) -> Iterator[Export]:
    """Yield the export of a tenant; all that is read of it was true at one moment."""
    snapshot = _Snapshot(database, writing=False)
    try:
        yield Export(snapshot, tenant, types)
    finally:
        snapshot.close()
