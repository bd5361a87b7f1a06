"""``python benchmarks/roles.py``: a school's first synchronisation, and what reading effective roles costs.

Reads are compared in turns with the same reads without roles, on one server in one run: what counts is the ratio. A
large Associate is ``--people 20000 --groups 500``.
"""

import argparse
import statistics
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.driver import Target
from benchmarks.servers import ENGINES, Installation, both

USER, GROUP = (f"urn:ietf:params:scim:schemas:core:2.0:{name}" for name in ("User", "Group"))
MAPPING = "urn:ietf:params:scim:schemas:mycambridge:2.0:RoleMapping"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
CENTRE_USER = "urn:ietf:params:scim:schemas:extension:mycambridge:2.0:User"
NUMBER, TEACHER = "GB001", "submit-for-assessment.teacher"
MAPPED_SHARE = 3
"""One group of so many is mapped to a role."""


def synchronise(school: Target, people: int, groups: int) -> tuple[list[str], list[str]]:
    """Create people and groups as a directory does at first, in bulk requests of 100, and return their ids."""
    users = _created(school, "/Users", [_person(number) for number in range(people)])
    filled = [
        {
            "schemas": [GROUP],
            "displayName": f"Group {number}",
            # The last one manages, and nobody maps a group of their own.
            "members": [{"value": user} for user in users[:-1][number::groups]],
        }
        for number in range(groups)
    ]
    return users, _created(school, "/Groups", filled)


def _person(number: int) -> dict[str, Any]:
    name = f"person{number}@gb001.example"
    return {
        "schemas": [USER], "userName": name, "externalId": str(number), "displayName": f"Person {number}",
        "emails": [{"value": name, "type": "work"}], "active": True,
    }  # fmt: skip


def _manager(installation: Installation, name: str) -> dict[str, str]:
    """Return the credentials of somebody who manages the users of the centre."""
    installation.command("role", "grant", "--centre", NUMBER, "--user", name, "--role", "user-management")
    token = installation.command("token", "create", "--tenant", NUMBER, "--name", "manager", "--user", name)
    return {"Authorization": f"Bearer {token.strip()}"}


def _created(school: Target, path: str, resources: list[dict[str, Any]]) -> list[str]:
    ids: list[str] = []
    for start in range(0, len(resources), 100):
        operations = [
            {"method": "POST", "path": path, "bulkId": str(number), "data": resource}
            for number, resource in enumerate(resources[start : start + 100])
        ]
        done = school.ask("POST", "/Bulk", {"schemas": [BULK], "Operations": operations})["Operations"]
        ids += [outcome["location"].rpartition("/")[2] for outcome in done]
    return ids


def compared(school: Target, path: str, other: str, rounds: int) -> tuple[float, float]:
    """Return the median milliseconds of two reads that are taken in turns."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for place, each in enumerate((path, other)):
            begun = time.perf_counter()
            school.ask("GET", each)
            times[place].append((time.perf_counter() - begun) * 1000)
    return statistics.median(times[0]), statistics.median(times[1])


def measure(engine: str, people: int, groups: int, rounds: int) -> None:
    """Print the figures of one engine."""
    with both(engine) as (_, installation):
        installation.command("centre", "create", NUMBER, "--name", "School", "--country", "GB")
        installation.command("entries", "add", NUMBER, "--series", "2026-06", "--syllabus", "0500")
        token = installation.command("token", "create", "--tenant", NUMBER, "--name", "directory").strip()
        school = Target("ours", installation.port, "/scim/v2", {"Authorization": f"Bearer {token}"})
        begun = time.perf_counter()
        users, made = synchronise(school, people, groups)
        print(f"{engine}: {people} people and {groups} groups in {time.perf_counter() - begun:.1f} s")
        manager = _manager(installation, f"person{people - 1}@gb001.example")
        mappings = [
            {"schemas": [MAPPING], "group": {"value": group}, "role": TEACHER} for group in made[::MAPPED_SHARE]
        ]
        _created(Target("ours", installation.port, "/scim/v2", manager), "/RoleMappings", mappings)
        from_roles = ("effectiveRoles", "services", "requestedRoles", "conflicts")
        without = f"&excludedAttributes={','.join(f'{CENTRE_USER}:{each}' for each in from_roles)}"
        reads = {
            "page of 100": "/Users?count=100",
            "one person": f"/Users/{users[0]}?count=1",
        }
        for name, path in reads.items():
            with_roles, bare = compared(school, path, path + without, rounds)
            print(f"{engine}: {name}: {with_roles / bare:.2f} times the time of one without roles")
        role = quote(f'{CENTRE_USER}:effectiveRoles[value eq "{TEACHER}" and centre eq "{NUMBER}"]')
        found, page = compared(school, f"/Users?filter={role}&count=100", "/Users?count=100", rounds)
        print(f"{engine}: the first 100 who have a role: {found / page:.2f} times the time of a page")


def main() -> None:
    """Measure both engines."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=400, help="people of the organisation (400)")
    parser.add_argument("--groups", type=int, default=60, help="groups of its directory (60)")
    parser.add_argument("--rounds", type=int, default=60, help="how often each read is repeated (60)")
    options = parser.parse_args()
    for engine in ENGINES:
        measure(engine, options.people, options.groups, options.rounds)


if __name__ == "__main__":
    main()
