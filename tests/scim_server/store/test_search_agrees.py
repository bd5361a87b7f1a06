"""SQL finds and orders exactly what the library's own storage in memory does, whatever the resources and the search."""

import json
import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from scim2_models import InvalidFilterException, ScimFilter, SearchRequest
from scim2_server.storage import ScimStorage
from scim2_server.utils import parametrize

from scim_server.db import Database
from tests.support.schools import RESOURCE_TYPES, STORED_TYPES, School, ids, school
from tests.support.scim_strategies import filters, payloads, sort_paths

_PLACE = re.compile(r"\{id:(\d+)\}")
user_payloads = st.lists(payloads(STORED_TYPES["User"].model), min_size=1, max_size=4)
course_payloads = st.lists(payloads(STORED_TYPES["Course"].model), min_size=1, max_size=5)
group_names = st.lists(st.sampled_from(["", "a", "A", "b", "É"]), min_size=1, max_size=3)
memberships = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 6)), max_size=6)


@given(course_payloads, st.lists(filters(STORED_TYPES["Course"].model), min_size=1, max_size=8))
def test_filters_of_every_kind_of_attribute(database: Database, courses: list[Any], texts: list[str]) -> None:
    """An extension's resource type with every attribute type finds what the library finds."""
    with school(database) as here:
        for payload in courses:
            here.add("Course", payload)
        for text in texts:
            _agree(here, "Course", text)


@given(user_payloads, st.lists(filters(STORED_TYPES["User"].model), min_size=1, max_size=8), group_names, memberships)
def test_filters_of_users(
    database: Database, users: list[Any], texts: list[str], names: list[str], members: list[tuple[int, int]]
) -> None:
    """Users with every attribute of RFC 7643, and the groups they are in directly and through others."""
    with school(database) as here:
        _fill(here, users, names, members)
        for text in texts:
            _agree(here, "User", text)


@given(st.lists(filters(STORED_TYPES["Group"].model), min_size=1, max_size=8), group_names, memberships)
def test_filters_of_groups(
    database: Database, texts: list[str], names: list[str], members: list[tuple[int, int]]
) -> None:
    """Groups and their members, which are rows of another table."""
    with school(database) as here:
        _fill(here, [{"displayName": "A"}, {}], names, members)
        for text in texts:
            _agree(here, "Group", text)


@given(
    user_payloads,
    group_names,
    memberships,
    st.lists(filters(STORED_TYPES["User"].model) | filters(STORED_TYPES["Group"].model), min_size=1, max_size=4),
)
def test_filters_at_the_root(
    database: Database, users: list[Any], names: list[str], members: list[tuple[int, int]], texts: list[str]
) -> None:
    """A filter on several resource types at once, some of which know nothing of its attributes."""
    with school(database) as here:
        _fill(here, users, names, members)
        for text in texts:
            _agree_at_root(here, text)


@given(
    course_payloads,
    st.lists(st.tuples(sort_paths(STORED_TYPES["Course"].model), st.booleans()), min_size=1, max_size=5),
    st.integers(1, 4),
)
def test_orders_and_pages(database: Database, courses: list[Any], orders: list[tuple[str, bool]], count: int) -> None:
    """Every page of every order, by index and by cursor, forwards and backwards."""
    with school(database) as here:
        for payload in courses:
            here.add("Course", payload)
        for path, descending in orders:
            order = {"sort_by": path, "sort_order": "descending" if descending else "ascending"}
            expected = _pages(here.in_memory(), "Course", count, order)
            assert _pages(here.storage, "Course", count, order) == expected, path


@given(
    user_payloads,
    st.lists(st.tuples(sort_paths(STORED_TYPES["User"].model), st.booleans()), min_size=1, max_size=5),
    st.none() | filters(STORED_TYPES["User"].model),
)
def test_orders_of_filtered_users(
    database: Database, users: list[Any], orders: list[tuple[str, bool]], text: str | None
) -> None:
    """What a filter keeps, in every order."""
    with school(database) as here:
        _fill(here, users, [], [])
        for path, descending in orders:
            order = {"sort_by": path, "sort_order": "descending" if descending else "ascending"}
            _agree(here, "User", text or "userName pr", **order)


def _pages(storage: ScimStorage, type_name: str, count: int, order: dict[str, Any]) -> list[list[str]]:
    """Return the ids of every page: by index, by cursor forwards, and by cursor back from the last page."""
    resource_types = [RESOURCE_TYPES[type_name]]
    pages = [
        ids(storage.search(resource_types, SearchRequest(start_index=start, count=count, **order)).resources)
        for start in (1, 2, 1 + count)
    ]
    request = SearchRequest(cursor="", count=count, **order)
    page = storage.search(resource_types, request)
    pages.append(ids(page.resources))
    while page.next is not None:
        page = storage.search(resource_types, request, position=json.loads(json.dumps(page.next)))
        pages.append(ids(page.resources))
    while page.previous is not None:
        page = storage.search(resource_types, request, position=json.loads(json.dumps(page.previous)))
        pages.append(ids(page.resources))
    return pages


def _fill(here: School, users: list[Any], names: list[str], members: list[tuple[int, int]]) -> None:
    for index, payload in enumerate(users):
        here.add("User", {**payload, "userName": f"{'USér' if index == 2 else 'user'}{index}"})
    groups: list[Any] = []
    for index, name in enumerate(names):
        # Only earlier resources become members: groups in a circle are refused.
        chosen = {here.resources[m].id for g, m in members if g == index and m < len(here.resources)}
        groups.append(here.add("Group", {"displayName": name, "members": [{"value": each} for each in sorted(chosen)]}))


def _agree(here: School, type_name: str, text: str, **more: Any) -> None:
    filter_text = _PLACE.sub(lambda place: str(here.resources[int(place[1]) % len(here.resources)].id), text)
    model = STORED_TYPES[type_name].model
    try:
        bound = parametrize(ScimFilter, model)(filter_text)  # type: ignore[call-arg]
    except InvalidFilterException:
        return
    request = SearchRequest(filter=bound, **more)
    expected = here.in_memory().search([RESOURCE_TYPES[type_name]], request)
    found = here.storage.search([RESOURCE_TYPES[type_name]], request)
    assert ids(found.resources) == ids(expected.resources), filter_text
    assert found.total == expected.total


def _agree_at_root(here: School, text: str) -> None:
    filter_text = _PLACE.sub(lambda place: str(here.resources[int(place[1]) % len(here.resources)].id), text)
    kinds = [RESOURCE_TYPES["User"], RESOURCE_TYPES["Group"]]
    try:
        for kind in ("User", "Group"):
            parametrize(ScimFilter, STORED_TYPES[kind].model)(filter_text)  # type: ignore[call-arg]
    except InvalidFilterException:
        return
    request = SearchRequest(filter=ScimFilter(filter_text))
    expected, found = here.in_memory().search(kinds, request), here.storage.search(kinds, request)
    assert ids(found.resources) == ids(expected.resources), filter_text
    assert found.total == expected.total
