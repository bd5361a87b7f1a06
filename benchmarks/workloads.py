"""What is measured, and what each measurement should reach as a share of the floor."""

import itertools
import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import orjson

from benchmarks.driver import Call, Target

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
BATCH = 200


@dataclass(frozen=True)
class Workload:
    """One thing that is measured."""

    name: str
    goal: float
    """The share of the floor's throughput to reach."""

    prepare: Callable[["School"], Callable[[], Call]]
    seconds: float = 1.0
    """How long a window is, as a share of the usual."""


@dataclass
class School:
    """The people and groups of one target, with what the workloads need to know of them."""

    target: Target
    ids: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    draw: random.Random = field(default_factory=lambda: random.Random(7))

    def fill(self, number: int) -> None:
        """Create people by bulk requests."""
        while len(self.ids) < number:
            people = [person() for _ in range(min(BATCH, number - len(self.ids)))]
            answer = self.target.ask("POST", "/Bulk", bulk(people))
            self.ids += [operation["location"].rpartition("/")[2] for operation in answer["Operations"]]
            self.names += [each["userName"] for each in people]

    def group(self, size: int) -> str:
        """Create a group with so many members, and return its id."""
        held = [{"value": each} for each in self.ids[:size]]
        body = {"schemas": [GROUP], "displayName": f"Group of {size}", "members": held}
        return str(self.target.ask("POST", "/Groups", body)["id"])


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


def bulk(people: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a bulk request that creates people."""
    operations = [
        {"method": "POST", "path": "/Users", "bulkId": str(number), "data": each} for number, each in enumerate(people)
    ]
    return {"schemas": [BULK], "Operations": operations}


def _patch(path: str, operation: dict[str, Any]) -> Call:
    body = orjson.dumps({"schemas": [PATCH], "Operations": [operation]})
    return Call("PATCH", path, body, (200, 204))


def _read(school: School) -> Callable[[], Call]:
    return lambda: Call("GET", f"/Users/{school.draw.choice(school.ids)}")


def _find(attribute: str) -> Callable[[School], Callable[[], Call]]:
    def prepare(school: School) -> Callable[[], Call]:
        def call() -> Call:
            name = school.draw.choice(school.names)
            value = name if attribute == "userName" else name.partition("@")[0]
            return Call("GET", "/Users?filter=" + quote(f'{attribute} eq "{value}"'))

        return call

    return prepare


def _page(school: School) -> Callable[[], Call]:
    last = max(1, len(school.ids) - 100)
    return lambda: Call("GET", f"/Users?startIndex={school.draw.randint(1, last)}&count=100")


def _first_page(_school: School) -> Callable[[], Call]:
    return lambda: Call("GET", "/Users?startIndex=1&count=100")


def _create(_school: School) -> Callable[[], Call]:
    return lambda: Call("POST", "/Users", orjson.dumps(person()), (201,))


def _change(school: School) -> Callable[[], Call]:
    def call() -> Call:
        operation = {"op": "replace", "path": "displayName", "value": uuid4().hex}
        return _patch(f"/Users/{school.draw.choice(school.ids)}", operation)

    return call


def membership(size: int) -> Callable[[School], Callable[[], Call]]:
    """Return the workload that adds a member to a group of some size and removes it again."""

    def prepare(school: School) -> Callable[[], Call]:
        path = f"/Groups/{school.group(size)}"
        lock, turns = threading.Lock(), _turns(school, size)

        def call() -> Call:
            with lock:
                operation = next(turns)
            return _patch(path, operation)

        return call

    return prepare


def _turns(school: School, size: int) -> Iterator[dict[str, Any]]:
    """Yield additions and removals, the removal of each only many turns after its addition."""
    outside = itertools.cycle(school.ids[size:])
    added: list[str] = []
    for turn in itertools.count():
        if turn % 2 and len(added) > 16:
            yield {"op": "remove", "path": f'members[value eq "{added.pop(0)}"]'}
        else:
            added.append(next(outside))
            yield {"op": "add", "path": "members", "value": [{"value": added[-1]}]}


def _read_group(school: School) -> Callable[[], Call]:
    path = f"/Groups/{school.group(min(1000, len(school.ids) - 50))}?excludedAttributes=members"
    return lambda: Call("GET", path)


def _bulk(_school: School) -> Callable[[], Call]:
    return lambda: Call("POST", "/Bulk", orjson.dumps(bulk([person() for _ in range(100)])))


WORKLOADS = (
    Workload("get a user", 0.6, _read),
    Workload("userName eq", 0.6, _find("userName")),
    Workload("externalId eq", 0.6, _find("externalId")),
    Workload("first page of 100", 0.4, _first_page),
    Workload("any page of 100", 0.4, _page),
    Workload("create a user", 0.45, _create),
    Workload("patch a user", 0.4, _change),
    Workload("member of a group of 10", 0.4, membership(10)),
    Workload("member of a group of 1,000", 0.4, membership(1000)),
    Workload("get a group without members", 0.5, _read_group),
    Workload("bulk of 100 creates", 0.25, _bulk, seconds=2.0),
)
