"""Requests that race: one wins where one must, and nothing acknowledged is lost."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from tests.support.databases import fresh_url
from tests.support.people import created, group, members, user
from tests.support.server import Answer, Client, Server, running_server


@pytest.fixture(scope="module", params=["sqlite", "postgresql", "postgresql serializable"])
def raced(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return a server on each engine, and on PostgreSQL at its strictest isolation."""
    engine, _, isolation = request.param.partition(" ")
    folder = tmp_path_factory.mktemp("raced")
    with fresh_url(engine, request, folder) as url:
        if isolation:
            named = sa.make_url(url).update_query_dict({"options": f"-c default_transaction_isolation={isolation}"})
        else:
            named = sa.make_url(url)
        with running_server(named.render_as_string(hide_password=False), folder) as started:
            yield started


@pytest.fixture
def school(raced: Server, request: pytest.FixtureRequest) -> Client:
    """Return a client of a school that no other test has."""
    return raced.client(f"R{len(raced.tokens)}")


def test_of_identical_creations_exactly_one_succeeds(school: Client) -> None:
    person = user("asha@gb001.example")

    answers = _at_once(20, lambda _: school.post("/Users", person))

    assert Counter(answer.status for answer in answers) == {201: 1, 409: 19}
    assert school.get("/Users").json["totalResults"] == 1


def test_members_added_by_many_writers_are_all_there(school: Client) -> None:
    people = [created(school, user())["id"] for _ in range(16)]
    english = created(school, group())["id"]

    answers = _at_once(
        16,
        lambda n: school.patch(f"/Groups/{english}", {"op": "add", "path": "members", "value": [{"value": people[n]}]}),
    )

    assert {answer.status for answer in answers} == {200}
    assert members(school, english) == sorted(people)


def test_every_change_of_members_counts_the_version_up_and_no_tag_is_ahead_of_it(school: Client) -> None:
    people = [created(school, user())["id"] for _ in range(16)]
    english = created(school, group())

    answers = _at_once(16, lambda n: _join(school, english["id"], people[n]))

    newest = _version(school.get(f"/Groups/{english['id']}"))
    assert newest == 1 + 16
    assert max(_version(answer) for answer in answers) <= newest


def test_whoever_joins_a_group_that_is_being_deleted_is_told_so(school: Client) -> None:
    people = [created(school, user())["id"] for _ in range(8)]
    english = created(school, group())["id"]

    answers = _at_once(
        9, lambda n: school.delete(f"/Groups/{english}") if n == 4 else _join(school, english, people[n - (n > 4)])
    )

    assert {answer.status for answer in answers} <= {200, 204, 404}
    assert all("groups" not in school.get(f"/Users/{person}").json for person in people)


def test_somebody_who_is_being_deleted_joins_no_group(school: Client) -> None:
    person = created(school, user())["id"]
    groups = [created(school, group())["id"] for _ in range(8)]

    answers = _at_once(
        9, lambda n: school.delete(f"/Users/{person}") if n == 4 else _join(school, groups[n - (n > 4)], person)
    )

    assert {answer.status for answer in answers} <= {200, 204, 400}
    assert all(members(school, each) == [] for each in groups)


def test_patches_of_different_attributes_all_survive(school: Client) -> None:
    person = created(school, user())["id"]
    names = [
        "title",
        "nickName",
        "displayName",
        "userType",
        "locale",
        "timezone",
        "preferredLanguage",
        "name.givenName",
    ]

    answers = _at_once(
        8, lambda n: school.patch(f"/Users/{person}", {"op": "replace", "path": names[n], "value": f"new {n}"})
    )

    assert {answer.status for answer in answers} == {200}
    after = school.get(f"/Users/{person}").json
    assert [after[name] for name in names[:-1]] == [f"new {n}" for n in range(7)]
    assert after["name"] == {"givenName": "new 7"}


def test_of_conditional_patches_exactly_one_wins(school: Client) -> None:
    person = created(school, user())
    tag = person["meta"]["version"]

    answers = _at_once(
        8,
        lambda n: school.send(
            "PATCH",
            f"/Users/{person['id']}",
            {
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                "Operations": [{"op": "replace", "path": "title", "value": f"Title {n}"}],
            },
            {"If-Match": tag},
        ),
    )

    assert Counter(answer.status for answer in answers) == {200: 1, 412: 7}


def test_totals_stay_right_while_resources_come_and_go(school: Client) -> None:
    def come_and_go(number: int) -> Answer:
        person = created(school, user())
        return school.delete(f"/Users/{person['id']}") if number % 2 else school.get(f"/Users/{person['id']}")

    _at_once(24, come_and_go)

    listing = school.get("/Users?count=100").json
    assert listing["totalResults"] == len(listing["Resources"]) == 12


def _at_once(number: int, send: Callable[[int], Any]) -> list[Any]:
    with ThreadPoolExecutor(number) as threads:
        return list(threads.map(send, range(number)))


def _join(school: Client, group_id: str, person: str) -> Answer:
    return school.patch(f"/Groups/{group_id}", {"op": "add", "path": "members", "value": [{"value": person}]})


def _version(answer: Answer) -> int:
    return int(answer.headers["ETag"].strip('W/"').partition("-")[0])
