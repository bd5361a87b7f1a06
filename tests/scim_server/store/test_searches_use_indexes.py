"""The searches of identity providers read a handful of rows, however many users a school has."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from scim2_models import SearchRequest

from scim_server.db import Database, Transaction
from scim_server.store.documents import Document
from scim_server.store.members import Members
from scim_server.store.models import User
from scim_server.store.searching import FoundPage, search
from scim_server.store.sources import source_of
from tests.support.schools import SCHOOL, STORED_TYPES, School, school

USERS = 600
FEW = 12
"""How many rows of a table a search for one resource may read."""

_ANY_ROW = re.compile(
    r"SCAN (?:resources|memberships|indexed_values)|\(tenant=\? AND resource_type=\?\)$|\(tenant=\?\)$"
)
_READ = sa.text(
    "SELECT coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0) FROM pg_stat_xact_user_tables "
    "WHERE relname IN ('resources', 'memberships', 'indexed_values')"
)


@pytest.fixture
def populated(database: Database) -> Iterator[School]:
    """A school with several hundred users and some groups, whose tables the planner has looked at."""
    with school(database) as here:
        store = here.storage.store
        here.ids = [row.id for row in store.insert_many("User", [_user(n) for n in range(USERS)])]
        for n in range(20):
            group = here.add("Group", {"displayName": f"Class {n}"})
            members = here.ids[n * 20 : n * 20 + 20]
            Members(store.transaction, SCHOOL).add(str(group.id), members, since="2026-09-01T08:00:00.000000Z")
        if not database.is_sqlite:
            store.transaction.execute(sa.text("ANALYZE"))
        yield here


def _user(n: int) -> Document:
    return {
        "schemas": [str(User.__schema__)],
        "userName": f"user{n}@school.example",
        "externalId": f"x{n}",
        "displayName": f"Person {n}",
        "active": True,
        "emails": [
            {"value": f"user{n}@school.example", "type": "work"},
            {"value": f"u{n}@home.example", "type": "home"},
        ],
    }


@pytest.mark.parametrize(
    ("type_name", "filter_text"),
    [
        ("User", 'userName eq "user7@school.example"'),
        ("User", 'externalId eq "x7"'),
        ("User", 'externalId eq "nobody"'),
        ("User", 'displayName eq "person 7"'),
        ("User", 'id eq "{user}"'),
        ("User", 'userName eq "user7@school.example" and active eq true'),
        ("User", 'userName sw "user7@"'),
        ("User", 'emails.value eq "user7@school.example"'),
        ("User", 'emails eq "user7@school.example"'),
        ("User", 'emails[value eq "user7@school.example"]'),
        ("User", 'emails[type eq "work" and value eq "user7@school.example"]'),
        ("User", 'emails[type eq "work"].value eq "user7@school.example"'),
        ("User", 'userName eq "user7@school.example" or emails.value eq "user7@school.example"'),
        ("User", '(userName eq "user7@school.example" or externalId eq "x8") and active eq true'),
        ("Group", 'displayName eq "class 3"'),
        ("Group", 'members eq "{user}"'),
        ("Group", 'members.value eq "{user}"'),
        ("Group", 'members[value eq "{user}"]'),
        ("Group", 'id eq "{group}" and members eq "{user}"'),
        ("Group", 'members eq "{user}" or displayName eq "class 4"'),
    ],
)
def test_a_look_up_reads_few_rows(populated: School, type_name: str, filter_text: str) -> None:
    """An equality is answered by an index, alone, in a conjunction or a disjunction, paged or sorted in any way."""
    group = populated.resources[0].id
    text = filter_text.replace("{user}", populated.ids[7]).replace("{group}", str(group))
    for more in ({}, {"cursor": "", "count": 10}, {"sort_by": "displayName", "count": 10}):
        request = SearchRequest[STORED_TYPES[type_name].model](filter=text, **more)
        page = _reading_few_rows(populated, type_name, request)
        assert len(page.rows) == (0 if "nobody" in text else 2 if "x8" in text or "class 4" in text else 1)


@pytest.mark.parametrize(
    "more",
    [
        {"count": 5},
        {"count": 5, "cursor": ""},
        {"count": 5, "sort_by": "userName"},
        {"count": 5, "sort_by": "userName", "sort_order": "descending"},
        {"count": 5, "sort_by": "displayName", "cursor": ""},
        {"count": 5, "filter": "active eq true", "cursor": ""},
    ],
)
def test_a_page_reads_its_rows(populated: School, more: dict[str, Any]) -> None:
    """A page walks an index in the order asked for, and stops."""
    request = SearchRequest[STORED_TYPES["User"].model](**more)
    assert len(_reading_few_rows(populated, "User", request).rows) == 5


def test_the_next_page_of_a_cursor_starts_in_the_index(populated: School) -> None:
    """Rows before a cursor are not walked, by id and by userName."""
    for order in ({}, {"sort_by": "userName"}):
        request = SearchRequest[STORED_TYPES["User"].model](count=400, cursor="", **order)
        position = _search(populated, "User", request, None).next
        after = SearchRequest[STORED_TYPES["User"].model](count=5, cursor="", **order)
        assert len(_reading_few_rows(populated, "User", after, position).rows) == 5


def test_a_member_is_removed_without_a_look_at_the_others(database: Database) -> None:
    """In tables that are young, too, of which the planner knows nothing."""
    with school(database) as here:
        store = here.storage.store
        people = [row.id for row in store.insert_many("User", [_user(n) for n in range(300)])]
        group = str(here.add("Group", {"displayName": "Everybody"}).id)
        members = Members(store.transaction, SCHOOL)
        members.add(group, people, since="2026-09-01T08:00:00.000000Z")
        if database.is_sqlite:
            (step,) = _plans(store.transaction, lambda: members.remove(group, people[7:8]))
            assert step.endswith("(tenant=? AND group_id=? AND member_id=?)"), step
            return
        before = store.transaction.execute(_READ).scalar_one()
        assert members.remove(group, people[7:8]) == people[7:8]
        assert store.transaction.execute(_READ).scalar_one() - before <= FEW


def test_a_walk_over_all_users_is_noticed(populated: School) -> None:
    """What these tests look at does tell a look-up from a walk."""
    with pytest.raises(AssertionError):
        _reading_few_rows(populated, "User", SearchRequest[STORED_TYPES["User"].model](filter='title eq "Head"'))


def _reading_few_rows(here: School, type_name: str, request: Any, position: Any = None) -> FoundPage:
    transaction = here.storage.store.transaction
    if transaction.database.is_sqlite:
        return _following_its_plans(here, transaction, type_name, request, position)
    before = transaction.execute(_READ).scalar_one()
    page = _search(here, type_name, request, position)
    assert transaction.execute(_READ).scalar_one() - before <= FEW
    return page


def _following_its_plans(
    here: School, transaction: Transaction, type_name: str, request: Any, position: Any
) -> FoundPage:
    """Search, and look at the plan of each statement for a step that walks all rows of the tenant without an order."""
    connection: Any = transaction.connection.connection.dbapi_connection
    pages: list[FoundPage] = []
    for statement in _statements(connection, lambda: pages.append(_search(here, type_name, request, position))):
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")]
        walks = [step for step in plan if _ANY_ROW.search(step) and "resource_counts" not in step]
        sorts = [step for step in plan if "FOR ORDER BY" in step]
        # Without sorting, a walk along an index stops at the end of the page.
        assert not walks or (not sorts and " LIMIT " in statement and request.count), "\n".join([statement, *plan])
    return pages[0]


def _plans(transaction: Transaction, work: Callable[[], Any]) -> list[str]:
    """Do some work, and return every step of the plans of its statements on SQLite."""
    connection: Any = transaction.connection.connection.dbapi_connection
    statements = _statements(connection, work)
    return [row[3] for each in statements for row in connection.execute(f"EXPLAIN QUERY PLAN {each}")]


def _statements(connection: Any, work: Callable[[], Any]) -> list[str]:
    statements: list[str] = []
    connection.set_trace_callback(statements.append)
    try:
        work()
    finally:
        connection.set_trace_callback(None)
    return statements


def _search(here: School, type_name: str, request: Any, position: Any) -> FoundPage:
    store = here.storage.store
    return search(
        store.transaction,
        SCHOOL,
        [source_of(STORED_TYPES[type_name])],
        request,
        position,
        lambda: store.total(type_name),
    )
