"""Pages of lists, as the API gives them."""

from collections.abc import Iterable
from dataclasses import dataclass

from flask import request

from scim_server.pages.acting import Acting, Json

PAGE_SIZE = 25
_LAST_PAGE = 10_000


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of a list."""

    resources: list[Json]
    total: int
    page: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // PAGE_SIZE))


def asked(name: str, longest: int = 200) -> str:
    """Return what the address of a page asks for, without spaces around it."""
    return request.args.get(name, "").replace("\0", "").strip()[:longest]


def quoted(text: str) -> str:
    """Return a text as a value of a filter (RFC 7644 §3.4.2.2: a JSON string)."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def all_of(conditions: Iterable[str]) -> dict[str, str]:
    """Return the query that keeps what meets every condition."""
    joined = " and ".join(f"({each})" for each in conditions if each)
    return {"filter": joined} if joined else {}


def page_of(acting: Acting, endpoint: str, **query: str) -> Listed:
    """Return the page of a list that the address of a page asks for."""
    number = asked("page", 6)
    page = min(max(int(number), 1), _LAST_PAGE) if number.isdecimal() else 1
    start = str((page - 1) * PAGE_SIZE + 1)
    found = acting.list(endpoint, **query, startIndex=start, count=str(PAGE_SIZE))
    if page > 1 and not found["Resources"]:
        page, found = 1, acting.list(endpoint, **query, startIndex="1", count=str(PAGE_SIZE))
    return Listed(found["Resources"], int(found["totalResults"]), page)
