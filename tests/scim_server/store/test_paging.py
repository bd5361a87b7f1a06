"""Pages by index reach any offset; pages by cursor stay where they are while others write."""

from collections.abc import Iterator
from typing import Any

import pytest
from scim2_models import InvalidCursorException, InvalidPathException, SearchRequest

from scim_server.db import Database
from scim_server.store.models import User
from scim_server.store.paging import NEARBY
from scim_server.store.searching import FoundPage, search
from scim_server.store.sources import source_of
from tests.support.schools import SCHOOL, STORED_TYPES, School, school

USERS = 2 * NEARBY + 150


@pytest.fixture
def here(database: Database) -> Iterator[School]:
    """A school with so many users that pages are read in every way."""
    with school(database) as populated:
        populated.ids = [
            row.id for row in populated.storage.store.insert_many("User", [_user(n) for n in range(USERS)])
        ]
        yield populated


def _user(n: int) -> dict[str, Any]:
    # Some have no displayName, and many share one.
    document = {"schemas": [str(User.__schema__)], "userName": f"user{n:04}", "active": n % 3 == 0}
    return document if n % 50 == 7 else {**document, "displayName": f"Person {n % 10}"}


def _page(here: School, position: Any = None, *type_names: str, **parameters: Any) -> FoundPage:
    sources = [source_of(STORED_TYPES[name]) for name in type_names or ("User",)]
    store = here.storage.store
    counted: Any = lambda: sum(store.total(source.resource_type) for source in sources)  # noqa: E731
    return search(store.transaction, SCHOOL, sources, SearchRequest(**parameters), position, counted)


def _ids(page: FoundPage) -> list[str]:
    return [row.id for row in page.rows]


@pytest.mark.parametrize("start", [1, 51, NEARBY, NEARBY + 2, USERS // 2 + 1, USERS - 30, USERS, USERS + 1, USERS * 10])
def test_a_page_at_any_offset(here: School, start: int) -> None:
    """A page holds the rows after its start, in the order of creation, and the total, wherever it is."""
    page = _page(here, start_index=start, count=50)
    assert (_ids(page), page.total) == (here.ids[start - 1 : start + 49], USERS)


@pytest.mark.parametrize("direction", ["ascending", "descending"])
def test_a_sorted_page_at_any_offset(here: School, direction: str) -> None:
    """Sorted rows are counted off from either end; who has no displayName comes last, or first when descending."""
    order = {"sort_by": "displayName", "sort_order": direction}
    ranked = sorted(
        range(USERS),
        key=lambda n: (n % 50 == 7, "" if n % 50 == 7 else f"person {n % 10}", here.ids[n]),
        reverse=direction == "descending",
    )
    for start in (1, NEARBY + 20, USERS - 20):
        page = _page(here, start_index=start, count=15, **order)
        assert _ids(page) == [here.ids[n] for n in ranked[start - 1 : start + 14]]
        assert page.total == USERS


def test_a_filtered_page_far_from_the_start(here: School) -> None:
    """A filter that keeps many rows is paged as deeply."""
    active = here.ids[::3]
    page = _page(here, start_index=NEARBY + 4, count=5, filter="active eq true", sort_by="userName")
    assert (_ids(page), page.total) == (active[NEARBY + 3 : NEARBY + 8], len(active))


def test_no_rows_asked_for(here: School) -> None:
    """A count of 0 asks for the total alone (RFC 7644 §3.4.2.4)."""
    assert _page(here, count=0) == FoundPage([], USERS)
    assert _page(here, count=0, filter="active eq true") == FoundPage([], len(here.ids[::3]))
    assert _page(here, count=0, cursor="") == FoundPage([], USERS)


def test_a_page_of_equal_rows_beyond_the_count(here: School) -> None:
    """The look-up by one value pages as any search does."""
    same = [id_ for n, id_ in enumerate(here.ids) if n % 10 == 3]
    page = _page(here, start_index=2, count=4, filter='displayName eq "PERSON 3"')
    assert (_ids(page), page.total) == (same[1:5], len(same))


@pytest.mark.parametrize("order", [{}, {"sort_by": "userName"}, {"sort_by": "displayName", "sort_order": "descending"}])
def test_cursors_visit_every_row_once_while_others_write(here: School, order: dict[str, Any]) -> None:
    """What is created and deleted meanwhile moves nobody else from a page (RFC 9865)."""
    store, seen, position = here.storage.store, [], None
    for visit in range(100):
        page = _page(here, position, cursor="", count=60, **order)
        seen += _ids(page)
        position = page.next
        if position is None:
            break
        store.insert_many("User", [{**_user(0), "userName": f"a new one {visit}"}])
        store.delete(store.get("User", seen[0])) if visit == 1 else None
    assert len(seen) == len(set(seen))
    assert set(here.ids) <= set(seen)


def test_a_cursor_leads_back(here: School) -> None:
    """The previous page is the one that was seen before, and the first has none before it."""
    first = _page(here, cursor="", count=60)
    second = _page(here, first.next, cursor="", count=60)
    third = _page(here, second.next, cursor="", count=60)
    back = _page(here, third.previous, cursor="", count=60)
    assert _ids(back) == _ids(second)
    assert _ids(_page(here, back.previous, cursor="", count=60)) == _ids(first)
    assert (first.previous, _page(here, back.previous, cursor="", count=60).previous) == (None, None)
    assert _ids(_page(here, back.next, cursor="", count=60)) == _ids(third)


def test_the_total_is_given_with_a_cursor_only_where_it_is_cheap(here: School) -> None:
    """Counting what a filter keeps for each page would make pages slow; the total may be left out (RFC 9865)."""
    assert _page(here, cursor="", count=5).total == USERS
    assert _page(here, cursor="", count=5, filter="active eq true").total is None


def test_pages_of_several_resource_types(here: School) -> None:
    """The root lists every type in one order."""
    groups = [str(here.add("Group", {"displayName": f"Class {n}"}).id) for n in range(4)]
    everything = here.ids + groups
    types = ("User", "Group")
    assert _ids(_page(here, None, *types, start_index=len(everything) - 4, count=10)) == everything[-5:]
    assert _ids(_page(here, None, *types, start_index=3, count=4)) == everything[2:6]
    first = _page(here, None, *types, cursor="", count=len(here.ids))
    assert _ids(_page(here, first.next, *types, cursor="", count=10)) == groups
    by_name = _page(
        here, None, *types, filter='displayName sw "class" or userName eq "user0000"', sort_by="displayName"
    )
    assert _ids(by_name) == [*groups, here.ids[0]]


@pytest.mark.parametrize(
    "position", [{}, [], "next", {"d": "next"}, {"d": "over", "k": None, "i": "x"}, {"d": "next", "k": {}, "i": "x"}]
)
def test_a_position_of_no_search_is_refused(here: School, position: Any) -> None:
    """A cursor that opens to something else was not given by this store."""
    with pytest.raises(InvalidCursorException):
        _page(here, position, cursor="", count=5)


def test_members_give_no_order(here: School) -> None:
    """Sorting by a relation is refused in words."""
    with pytest.raises(InvalidPathException, match="single value"):
        _page(here, None, "Group", sort_by="members.value")
    with pytest.raises(InvalidPathException, match="single value"):
        _page(here, None, "Course", sort_by="room.labels")


def test_unlike_values_have_no_order(here: School) -> None:
    """An attribute that is a text here and a truth value there cannot order both."""
    with pytest.raises(InvalidPathException, match="one of them at a time"):
        _page(here, None, "User", "Course", sort_by="active")
