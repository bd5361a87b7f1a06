"""How many requests a connection may send, over all processes and machines together.

Each connection has one token bucket, a row in the database. A process does not ask it for every request: it leases a
part of the bucket for two seconds and counts in memory, in a lease that the bucket remembers. What is leased and what
is left are never more than the burst, so no moment's choice of processes lets more than ``burst + rate * seconds``
requests pass. What a process did not use it returns with its next lease.
"""

import json
import math
import os
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from scim_server.connections.tables import rate_buckets
from scim_server.db import Database, Transaction
from scim_server.extension import Principal
from scim_server.protocol.errors import TooManyRequests
from scim_server.settings import RateLimit, Settings
from scim_server.store.conflicts import insert

#: How long a process may use a lease.
LEASE_SECONDS = 2.0
#: How much longer the bucket remembers it, since clocks differ between machines.
GRACE_SECONDS = 1.0
#: A lease takes at most this share of what is left, so that there is something left for other processes.
SHARE_OF_REST = 8
SHARE_OF_BURST = 10
#: A refused connection is refused from memory for so long at least.
HOLD_SECONDS = 0.5

_b = rate_buckets.c
_OF_CONNECTION = sa.and_(_b.tenant == sa.bindparam("of_tenant"), _b.connection_id == sa.bindparam("of_connection"))
_READ = sa.select(_b.tokens, _b.updated, _b.leases).where(_OF_CONNECTION).with_for_update()
_WRITE = sa.update(rate_buckets).where(_OF_CONNECTION)


@dataclass(slots=True)
class Bucket:
    """What is left of a connection's burst at a moment, and what each process has leased of it until when."""

    tokens: float
    updated: float
    leases: dict[str, tuple[float, float]] = field(default_factory=dict)

    def lease(self, rate: RateLimit, holder: str, *, returned: float, now: float) -> tuple[int, float]:
        """Return how many requests a process may let pass, or 0 and after how many seconds to ask again."""
        now = max(now, self.updated)
        # What was forgotten has been refilled. What is not returned may have passed at this very moment, so it counts
        # against the burst of it.
        leased, _ = self.leases.pop(holder, (0.0, now))
        returned = min(returned, leased)
        passed = leased - returned
        self.leases = {each: held for each, held in self.leases.items() if held[1] > now}
        room = rate.burst - passed - sum(held for held, _ in self.leases.values())
        refilled = self.tokens + returned + (now - self.updated) * rate.per_second
        self.tokens, self.updated = min(room, refilled), now
        if self.tokens < 1:
            return 0, self._wait(rate, room)
        largest = max(1, int(min(rate.burst / SHARE_OF_BURST, rate.per_second)))
        granted = min(largest, max(1, int(self.tokens / SHARE_OF_REST)))
        self.tokens -= granted
        if granted > 1:
            # The first is used at once.
            self.leases[holder] = (granted - 1, now + LEASE_SECONDS + GRACE_SECONDS)
        return granted, 0.0

    def _wait(self, rate: RateLimit, room: float) -> float:
        wait = (1 - self.tokens) / rate.per_second
        if room < 1:
            wait = max(wait, min(expires for _, expires in self.leases.values()) - self.updated)
        return wait


class _Lease:
    """What this process holds of one connection's bucket."""

    __slots__ = ("expires", "lock", "refused_until", "tokens")

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.tokens = 0
        self.expires = 0.0
        self.refused_until = 0.0


class RateLimiter:
    """Lets a connection's requests pass, or refuses them, at one rate for each connection."""

    def __init__(self, database: Database, settings: Settings, *, clock: Callable[[], float] = time.time) -> None:
        """Limit to the rate of the settings."""
        self._database = database
        self._rate = settings.rate
        self._clock = clock
        self._start()

    def _start(self) -> None:
        self._pid = os.getpid()
        self._holder = uuid.uuid4().hex
        self._leases: dict[tuple[str, str], _Lease] = {}

    def check(self, principal: Principal) -> None:
        """Count a request of a connection or of a person; other principals are not limited.

        :raises TooManyRequests: When the connection has sent too many.
        """
        rate = self._rate
        if rate is None or principal.kind not in ("connection", "person") or principal.tenant is None:
            return
        if self._pid != os.getpid():
            # A forked process must not use the leases of its parent a second time.
            self._start()
        key = (principal.tenant, principal.id)
        lease = self._leases.get(key) or self._leases.setdefault(key, _Lease())
        with lease.lock:
            now = self._clock()
            if lease.refused_until > now:
                raise _refusal(principal, lease.refused_until - now)
            if lease.tokens < 1 or lease.expires <= now:
                self._renew(key, lease, rate, now)
            if lease.tokens < 1:
                raise _refusal(principal, lease.refused_until - now)
            lease.tokens -= 1

    def _renew(self, key: tuple[str, str], lease: _Lease, rate: RateLimit, now: float) -> None:
        returned = lease.tokens
        try:
            granted, wait = self._database.run(
                lambda transaction: self._lease(transaction, key, rate, returned=returned, now=now), writing=True
            )
        except IntegrityError:
            # The connection was deleted a moment ago. Its request finds nothing, and the next is not authenticated.
            granted, wait = 1, 0.0
        lease.tokens, lease.expires = granted, now + LEASE_SECONDS
        lease.refused_until = 0.0 if granted else now + max(wait, HOLD_SECONDS)

    def _lease(
        self, transaction: Transaction, key: tuple[str, str], rate: RateLimit, *, returned: float, now: float
    ) -> tuple[int, float]:
        """Return what the bucket of a connection grants this process, as :meth:`Bucket.lease` does."""
        of = {"of_tenant": key[0], "of_connection": key[1]}
        row = transaction.execute(_READ, of).first()
        if row is None:
            full = {"tenant": key[0], "connection_id": key[1], "tokens": rate.burst, "updated": now, "leases": "{}"}
            transaction.execute(insert(rate_buckets).values(full).on_conflict_do_nothing())
            row = transaction.execute(_READ, of).one()
        bucket = Bucket(row.tokens, row.updated, json.loads(row.leases))
        answer = bucket.lease(rate, self._holder, returned=returned, now=now)
        kept = {"tokens": bucket.tokens, "updated": bucket.updated, "leases": json.dumps(bucket.leases)}
        transaction.execute(_WRITE.values(kept), of)
        return answer


def _refusal(principal: Principal, wait: float) -> TooManyRequests:
    seconds = max(1, math.ceil(wait))
    unit = "second" if seconds == 1 else "seconds"
    return TooManyRequests(
        detail=f"{principal.name} sends requests faster than its rate limit allows; try again in {seconds} {unit}.",
        retry_after=seconds,
    )
