"""How many resources a tenant has, kept beside them: counting 100,000 rows for every page would not be flat."""

import os
import threading
from itertools import count as counting

import sqlalchemy as sa

from scim_server.db import Transaction
from scim_server.prepared import Prepared
from scim_server.store.conflicts import insert
from scim_server.store.tables import resource_counts

SLOTS = 16
_THREADS = 4
"""How many threads of a process write at once, as a rule."""

_c = resource_counts.c
_new = insert(resource_counts).values(
    tenant=sa.bindparam("tenant"),
    resource_type=sa.bindparam("type"),
    slot=sa.bindparam("slot"),
    total=sa.bindparam("by"),
)
_COUNT = Prepared(
    _new.on_conflict_do_update(
        index_elements=["tenant", "resource_type", "slot"], set_={"total": _c.total + _new.excluded.total}
    )
)
_TOTAL = Prepared(
    sa.select(sa.func.coalesce(sa.func.sum(_c.total), 0)).where(
        _c.tenant == sa.bindparam("tenant"), _c.resource_type == sa.bindparam("type")
    )
)


class _Seat(threading.local):
    """The number of a thread, counted from the first of its process that asks."""

    _numbers = counting()

    def __init__(self) -> None:
        self.number = next(self._numbers)


_seat = _Seat()


def _slot() -> int:
    """Return the slot of this thread of this process, so that writers do not wait for each other in one row.

    Processes that serve together have been started one after the other, so their numbers follow each other.
    """
    return (os.getpid() * _THREADS + _seat.number) % SLOTS


def count(transaction: Transaction, tenant: str, resource_type: str, by: int) -> None:
    """Add to the number of resources of a type."""
    slot = 0 if transaction.database.is_sqlite else _slot()
    _COUNT.run(transaction, {"tenant": tenant, "type": resource_type, "slot": slot, "by": by})


def total(transaction: Transaction, tenant: str, resource_type: str) -> int:
    """Return the number of resources of a type."""
    (counted,) = _TOTAL.all(transaction, {"tenant": tenant, "type": resource_type})
    return int(counted[0])
