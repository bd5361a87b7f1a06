"""Filters whose meaning is easily missed, each on both engines, with what they must find spelled out."""

from typing import Any

import pytest
from scim2_models import InvalidFilterException, ScimFilter, SearchRequest
from scim2_server.utils import parametrize

from scim_server.db import Database
from scim_server.store.models import EnterpriseUser
from tests.support.schools import RESOURCE_TYPES, STORED_TYPES, School, school

ENTERPRISE = str(EnterpriseUser.__schema__)


def found(here: School, type_name: str, filter_text: str) -> list[Any]:
    """Return what a filter finds, in the order of creation."""
    bound = parametrize(ScimFilter, STORED_TYPES[type_name].model)(filter_text)
    return here.storage.search([RESOURCE_TYPES[type_name]], SearchRequest(filter=bound)).resources


def names(here: School, filter_text: str) -> list[str]:
    """Return the userNames of the users that a filter finds."""
    return [user.user_name for user in found(here, "User", filter_text)]


@pytest.mark.parametrize(
    ("filter_text", "expected"),
    [
        ("roles pr", ["ann"]),  # an entry whose only value is "" is not there
        ('roles eq ""', ["ben"]),
        ("not (roles pr)", ["ben", "cleo", "dan"]),
        ("title eq null", ["ben", "dan"]),
        ("title ne null", ["ann", "cleo"]),
        ('title ne "Head"', ["ben", "cleo", "dan"]),
        ('not (title eq "Head")', ["ben", "cleo", "dan"]),
        ('title co "%"', ["cleo"]),
        ('title sw "_"', []),
        ('title ew "100%"', ["cleo"]),
        ('emails ne "a@b.example"', ["ben", "cleo", "dan"]),
        ('emails[type eq "work" and not (value co "@c")]', ["ann", "cleo"]),
        ('emails[type eq "work"].value eq "ben@c.example"', ["ben"]),
        ('emails[type eq "home" and value eq "ben@c.example"]', []),
        ('emails.value eq "BEN@C.EXAMPLE"', ["ben"]),
        ("emails eq null", ["dan"]),
        ("addresses eq null", ["ben", "cleo", "dan"]),
        ("addresses ne null", ["ann"]),
        ("active eq false", ["ben"]),
        ("not (active eq true)", ["ben", "cleo", "dan"]),
        (f'{ENTERPRISE}:department eq "maths"', ["cleo"]),
        (f'schemas eq "{ENTERPRISE}"', ["cleo"]),
        (f'schemas[value eq "{ENTERPRISE.upper()}"]', ["cleo"]),
        ("name.familyName pr and not (name.givenName pr)", ["cleo"]),
        ('meta.created co "20"', []),  # a date is no text
        ('meta.created gt "0001-01-01T00:00:00Z"', ["ann", "ben", "cleo", "dan"]),
        ('meta.created lt "0999-01-01T00:00:00Z"', []),
        ('meta.created gt "2020-01-01T00:00:00"', ["ann", "ben", "cleo", "dan"]),  # without an offset: UTC
        ('meta.created gt "0001-01-01T00:00:00+14:00"', ["ann", "ben", "cleo", "dan"]),
        ('meta.resourceType eq "User"', ["ann", "ben", "cleo", "dan"]),
        ('meta.resourceType eq "user"', []),
        ('meta.version eq "W/\\"1\\""', ["ann", "ben", "cleo", "dan"]),
        ("meta pr and meta.location pr", ["ann", "ben", "cleo", "dan"]),
        ("shoeSize eq 44", []),
        ('not (shoeSize eq 44) and userName sw "a"', ["ann"]),
        ('displayName eq "zoë"', ["dan"]),  # decomposed here, composed there
        ('externalId eq "X1"', ["ann"]),
        ('externalId eq "x1"', []),  # caseExact
        ('userName eq "ann" or emails eq "ben@c.example" or externalId eq "nobody"', ["ann", "ben"]),
    ],
)
def test_finds(database: Database, filter_text: str, expected: list[str]) -> None:
    """A filter keeps these users."""
    with school(database) as here:
        here.add(
            "User",
            {
                "userName": "ann", "title": "Head", "active": True, "externalId": "X1", "roles": [{"value": "teacher"}],
                "emails": [{"value": "A@b.example", "type": "work"}], "addresses": [{"locality": "Leeds"}],
            },
        )  # fmt: skip
        here.add(
            "User",
            {
                "userName": "ben", "active": False, "roles": [{"value": ""}],
                "emails": [{"value": "ben@c.example", "type": "work"}, {"value": "b@home.example", "type": "home"}],
            },
        )  # fmt: skip
        here.add(
            "User",
            {
                "userName": "cleo", "title": "100%", "name": {"familyName": "Diaz"},
                ENTERPRISE: {"department": "Maths"}, "emails": [{"value": "cleo@d.example", "type": "work"}],
            },
        )  # fmt: skip
        here.add("User", {"userName": "dan", "displayName": "Zoe\u0308"})
        assert names(here, filter_text) == expected


def test_finds_groups_through_groups(database: Database) -> None:
    """A user is in the groups that contain their group, indirectly."""
    with school(database) as here:
        ann, ben = (here.add("User", {"userName": name}) for name in ("ann", "ben"))
        english = here.add("Group", {"displayName": "English", "members": [{"value": ann.id}]})
        staff = here.add("Group", {"displayName": "Staff", "members": [{"value": english.id}, {"value": ben.id}]})
        assert names(here, f'groups.value eq "{staff.id}"') == ["ann", "ben"]
        assert names(here, f'groups[value eq "{staff.id}" and type eq "indirect"]') == ["ann"]
        assert names(here, 'groups[display eq "staff" and type eq "direct"]') == ["ben"]
        assert names(here, f'groups eq "{staff.id}" and groups eq "{english.id}"') == ["ann"]
        assert names(here, f'groups ne "{english.id}"') == ["ben"]
        assert [group.display_name for group in found(here, "Group", f'members eq "{english.id}"')] == ["Staff"]
        assert [group.display_name for group in found(here, "Group", 'members[type eq "User"]')] == ["English", "Staff"]
        assert [group.display_name for group in found(here, "Group", 'members.type eq "Group"')] == ["Staff"]


@pytest.mark.parametrize(
    ("type_name", "filter_text", "expected"),
    [
        ("User", 'meta.location eq "https://x.example/Users/1"', "use 'id'"),
        ("Group", 'members.$ref eq "https://x.example/Users/1"', "use 'value'"),
        ("User", 'groups[$ref eq "https://x.example/Groups/1"]', "use 'value'"),
        ("User", 'userName eq "a\\u0000"', "NUL"),
        ("User", 'emails[value eq "\\ud800"]', "surrogate"),
        ("User", 'title co "\\u0000"', "NUL"),
    ],
)
def test_refuses(database: Database, type_name: str, filter_text: str, expected: str) -> None:
    """A filter on what no index or column can answer is refused in words that say what to do instead."""
    with school(database) as here, pytest.raises(InvalidFilterException) as refused:
        found(here, type_name, filter_text)
    assert expected in str(refused.value.detail)


@pytest.mark.parametrize("filter_text", ["places eq 99999999999999999999", "places lt 1" + "0" * 400, "fee gt 1e300"])
def test_numbers_beyond_any_column(database: Database, filter_text: str) -> None:
    """Numbers that no database can hold are compared all the same."""
    with school(database) as here:
        here.add("Course", {"title": "Chess", "places": 12, "fee": 2.5})
        matches = found(here, "Course", filter_text)
        assert [course.title for course in matches] == (["Chess"] if " lt " in filter_text else [])


def test_the_largest_filter_that_is_let_in(database: Database) -> None:
    """A hundred terms, and parentheses twenty deep, fit into the limits of both engines."""
    terms = [f'emails[type eq "work" and value eq "{n}@b.example"]' for n in range(49)] + ['userName eq "ann"']
    deep = "not (" * 20 + 'userName eq "ann"' + ")" * 20
    with school(database) as here:
        here.add("User", {"userName": "ann"})
        assert names(here, " or ".join(terms)) == ["ann"]
        assert names(here, " and ".join(f"not ({term})" for term in terms)) == []
        assert names(here, deep) == ["ann"]


def test_nothing_of_another_tenant_is_found(database: Database) -> None:
    """What the school beside has is in no answer, whatever leads the search."""
    with school(database) as here:
        for filter_text in (
            'userName eq "a"', 'emails.value eq "a@b.example"', 'emails[value eq "a@b.example"]', "userName pr",
            'userName eq "a" or emails eq "a@b.example"', 'groups.display eq "a"', 'not (title eq "x")',
        ):  # fmt: skip
            assert names(here, filter_text) == []
        assert found(here, "Group", "members pr") == []
        assert found(here, "Course", 'subjects eq "a"') == []
