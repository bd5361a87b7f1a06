"""How the server's cost grows with the people of a tenant and the members of a group.

A small tenant and a large one live in one database, and are measured in turns over one connection.
"""

import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmarks.driver import Call, Target
from benchmarks.ratios import Pace, in_turns
from benchmarks.workloads import (
    School,
    any_page,
    change_members,
    create_user,
    find_user,
    next_page,
    patch_user,
    read_group,
    read_user,
)

SMALL_GROUP, LARGE_GROUP = 10, 50_000
#: How many people stay outside the large group, to come and go.
_OUTSIDE = 100
#: How many times slower each may be in the large tenant.
_BY_USERS: tuple[tuple[str, float, Callable[[School], Iterator[Call]]], ...] = (
    ("GET a user", 1.5, read_user),
    ("userName eq", 1.5, find_user("userName")),
    ("externalId eq", 1.5, find_user("externalId")),
    ("page of 100 by cursor", 1.5, next_page),
    ("page of 100 by index", 3.0, any_page),
    ("PATCH a user", 1.5, patch_user),
    ("create a user", 1.5, create_user),
)
#: How many times slower each may be with the large group.
_BY_MEMBERS: tuple[tuple[str, float, Callable[[int], Callable[[School], Iterator[Call]]]], ...] = (
    ("change a member", 1.3, change_members),
    ("GET a group without members", 1.5, read_group),
)


@dataclass(frozen=True)
class Lane:
    """One size of something, and the calls that meet it."""

    size: str
    target: Target
    calls: Iterator[Call]


@dataclass(frozen=True)
class Growth:
    """How much slower something is where there is more of it."""

    engine: str
    workload: str
    limit: float
    few: str
    few_ms: float
    many: str
    many_ms: float
    times: float
    """The median of the rounds' ratios."""

    @property
    def is_met(self) -> bool:
        """Whether the limit is kept, as the figures are printed."""
        return round(self.times, 2) <= self.limit

    def __str__(self) -> str:
        """Return a line of the table."""
        return (
            f"{self.engine:<11} c1  {self.workload:<28}{self.few:>8}{self.few_ms:9.2f} ms{self.many:>9}"
            f"{self.many_ms:9.2f} ms{self.times:8.2f}{self.limit:7.2f}  {'met' if self.is_met else 'NOT MET'}"
        )


HEADING = f"{'engine':<15} {'work':<28}{'few':>8}{'mean':>9}   {'many':>9}{'mean':>9}   {'times':>8}{'limit':>7}"


def grow(engine: str, small: School, large: School, pace: Pace) -> Iterator[Growth]:
    """Yield how much slower each work is in the large tenant, and with a large group of it.

    :raises WrongAnswerError: When the server does not answer rightly.
    """
    for name, limit, few, many in _pairs(small, large):
        lanes = [(lane.target, lane.calls) for lane in (few, many)]
        quick, slow = in_turns(lanes, pace, concurrency=1)
        times = statistics.median(a.rate / b.rate for a, b in zip(quick.windows, slow.windows, strict=True))
        yield Growth(engine, name, limit, few.size, 1000 / quick.rate, many.size, 1000 / slow.rate, times)


def _pairs(small: School, large: School) -> Iterator[tuple[str, float, Lane, Lane]]:
    for name, limit, calls in _BY_USERS:
        few, many = (Lane(f"{len(school.ids):,}", school.target, calls(school)) for school in (small, large))
        yield name, limit, few, many
    sizes = (SMALL_GROUP, min(LARGE_GROUP, len(large.ids) - _OUTSIDE))
    for name, limit, of in _BY_MEMBERS:
        few, many = (Lane(f"{size:,}", large.target, of(size)(large)) for size in sizes)
        yield name, limit, few, many
