"""What is measured, and what each measurement should reach as a share of the floor."""

import random
import re
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from math import inf
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import orjson

from benchmarks.driver import Call, Target, answers, until

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
PAGE = 100
BATCH = 100
_NEXT_CURSOR = re.compile(rb'"nextCursor":"([^"]+)"')


@dataclass
class School:
    """The people and groups of one target, with what the workloads need to know of them."""

    target: Target
    ids: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    groups: dict[int, str] = field(default_factory=dict)
    draw: random.Random = field(default_factory=lambda: random.Random(7))

    def fill(self, number: int, seconds: float = inf) -> None:
        """Create people until there are so many, or the time is over."""
        calls = until(time.perf_counter() + seconds, self.missing(number))
        for answer in answers(self.target, calls, concurrency=4):
            self.note(answer)

    def missing(self, number: int) -> Iterator[Call]:
        """Yield the bulk requests that create people until there are so many."""
        for begun in range(len(self.ids), number, BATCH):
            yield _bulk([person() for _ in range(min(BATCH, number - begun))])

    def note(self, answer: bytes) -> None:
        """Note the people that a bulk request created."""
        for operation in orjson.loads(answer)["Operations"]:
            self.ids.append(operation["location"].rpartition("/")[2])
            self.names.append(operation["bulkId"])

    def group(self, size: int) -> str:
        """Return the id of the group with so many members, which is made when it is first asked for."""
        if size not in self.groups:
            held = [{"value": each} for each in self.ids[:size]]
            body = {"schemas": [GROUP], "displayName": f"Group of {size}", "members": held}
            answer = self.target.ask("POST", "/Groups?excludedAttributes=members", body)
            self.groups[size] = str(answer["id"])
        return self.groups[size]


@dataclass(frozen=True)
class Workload:
    """One thing that is measured."""

    name: str
    goal: float
    """The share of the floor's throughput to reach."""

    calls: Callable[[School], Iterator[Call]]
    """What to send: without end, since a window ends by its time."""


def person() -> dict[str, Any]:
    """Return a person to create."""
    name = uuid4().hex
    return {
        "schemas": [USER],
        "userName": f"{name}@school.example",
        "externalId": name,
        "name": {"givenName": "Given", "familyName": "Family", "formatted": "Given Family"},
        "displayName": "Given Family",
        "emails": [{"value": f"{name}@school.example", "type": "work", "primary": True}],
        "phoneNumbers": [{"value": "+441223000000", "type": "work"}],
        "active": True,
    }


def read_user(school: School) -> Iterator[Call]:
    """Read one user by id."""
    while True:
        wanted = school.draw.choice(school.ids)
        yield Call("GET", f"/Users/{wanted}", check=_has("id", wanted))


def find_user(attribute: str) -> Callable[[School], Iterator[Call]]:
    """Return the workload that finds one user by an attribute that identifies."""

    def calls(school: School) -> Iterator[Call]:
        while True:
            at = school.draw.randrange(len(school.ids))
            name = school.names[at]
            value = name if attribute == "userName" else name.partition("@")[0]
            query = quote(f'{attribute} eq "{value}"')
            yield Call("GET", f"/Users?filter={query}", check=_only(school.ids[at]))

    return calls


def _has(attribute: str, value: str) -> Callable[[Any], bool]:
    return lambda got: bool(got[attribute] == value)


def _only(wanted: str) -> Callable[[Any], bool]:
    return lambda got: got["totalResults"] == 1 and [each["id"] for each in got["Resources"]] == [wanted]


def _is_full_page(got: Any) -> bool:
    return len({each["id"] for each in got["Resources"]}) == PAGE


def any_page(school: School) -> Iterator[Call]:
    """Read a page that begins anywhere."""
    last = max(1, len(school.ids) - PAGE)
    while True:
        start = school.draw.randint(1, last)
        yield Call("GET", f"/Users?startIndex={start}&count={PAGE}", check=_is_full_page)


def next_page(school: School) -> Iterator[Call]:  # noqa: ARG001 - every workload has the same shape
    """Follow the cursors from the first page to the last, and begin again."""
    cursors: deque[str] = deque()

    def seen(body: bytes) -> None:
        found = _NEXT_CURSOR.search(body)
        cursors.append(found[1].decode() if found else "")

    while True:
        cursor = quote(cursors.popleft() if cursors else "")
        yield Call("GET", f"/Users?cursor={cursor}&count={PAGE}", check=lambda got: bool(got["Resources"]), seen=seen)


def create_user(_school: School) -> Iterator[Call]:
    """Create a user."""
    while True:
        body = person()
        yield Call("POST", "/Users", orjson.dumps(body), (201,), _has("userName", body["userName"]))


def patch_user(school: School) -> Iterator[Call]:
    """Change one attribute of a user."""
    for number in count():
        operation = {"op": "replace", "path": "displayName", "value": f"Renamed {number}"}
        yield _patch(f"/Users/{school.draw.choice(school.ids)}", operation)


def change_members(size: int) -> Callable[[School], Iterator[Call]]:
    """Return the workload that adds a member to a group of some size and removes one again, in turns.

    Its calls know who is in the group, so they are to be made once for a school. Only whose addition was answered is
    removed, and the other way round: a database may let a request that came first wait the longest.
    """

    def calls(school: School) -> Iterator[Call]:
        path = f"/Groups/{school.group(size)}"
        outside, inside = deque(school.ids[size:]), deque[str]()
        while True:
            if inside:
                member = inside.popleft()
                operation = {"op": "remove", "path": f'members[value eq "{member}"]'}
                yield _patch(path, operation, _moving(member, outside))
            else:
                member = outside.popleft()
                operation = {"op": "add", "path": "members", "value": [{"value": member}]}
                yield _patch(path, operation, _moving(member, inside))

    return calls


def _moving(member: str, into: deque[str]) -> Callable[[bytes], None]:
    return lambda _body: into.append(member)


def read_group(size: int) -> Callable[[School], Iterator[Call]]:
    """Return the workload that reads a group of some size without its members."""

    def calls(school: School) -> Iterator[Call]:
        path = f"/Groups/{school.group(size)}?excludedAttributes=members"
        while True:
            yield Call("GET", path, check=lambda got: "displayName" in got and "members" not in got)

    return calls


def create_many(_school: School) -> Iterator[Call]:
    """Create a hundred users with one request."""
    while True:
        yield _bulk([person() for _ in range(BATCH)])


def _patch(path: str, operation: dict[str, Any], seen: Callable[[bytes], None] | None = None) -> Call:
    body = orjson.dumps({"schemas": [PATCH], "Operations": [operation]})
    return Call("PATCH", path, body, (200, 204), seen=seen)


def _bulk(people: list[dict[str, Any]]) -> Call:
    operations = [{"method": "POST", "path": "/Users", "bulkId": each["userName"], "data": each} for each in people]
    body = orjson.dumps({"schemas": [BULK], "Operations": operations})
    return Call("POST", "/Bulk", body, check=lambda got: {each["status"] for each in got["Operations"]} == {"201"})


#: What house rules ask for, in the order in which it is measured: what makes people comes last.
WORKLOADS = (
    Workload("GET a user", 0.6, read_user),
    Workload("userName eq", 0.6, find_user("userName")),
    Workload("externalId eq", 0.6, find_user("externalId")),
    Workload("page of 100", 0.4, any_page),
    Workload("PATCH a user", 0.4, patch_user),
    Workload("change a member of 10", 0.4, change_members(10)),
    Workload("change a member of 1,000", 0.4, change_members(1_000)),
    Workload("GET a group without members", 0.5, read_group(1_000)),
    Workload("create a user", 0.45, create_user),
    Workload("bulk of 100 creates", 0.25, create_many),
)
