"""Search over HTTP: pages, cursors, orders and the shapes that identity providers send."""

from urllib.parse import quote

import pytest

from tests.support.people import created, group, user
from tests.support.server import Client


@pytest.fixture
def staff(client: Client) -> Client:
    """Return a client of a school with five people."""
    for number, name in enumerate(("dave", "Alice", "carol", "Bob", "erin")):
        created(
            client,
            user(f"{name}@gb001.example", title=None if name == "erin" else f"T{number % 2}", externalId=f"ext-{name}",
                 emails=[{"value": f"{name}@gb001.example", "type": "work"}]),
        )  # fmt: skip
    return client


def test_pages_by_index_cover_everybody_once(staff: Client) -> None:
    pages = [staff.get(f"/Users?startIndex={start}&count=2").json for start in (1, 3, 5)]

    assert [page["totalResults"] for page in pages] == [5, 5, 5]
    assert [page["itemsPerPage"] for page in pages] == [2, 2, 1]
    assert len({each["id"] for page in pages for each in page["Resources"]}) == 5


def test_a_page_beyond_the_end_is_empty_and_still_knows_the_total(staff: Client) -> None:
    page = staff.get("/Users?startIndex=100").json

    assert (page["totalResults"], page["Resources"]) == (5, [])


def test_a_count_of_zero_asks_for_the_total_alone(staff: Client) -> None:
    page = staff.get("/Users?count=0").json

    assert (page["totalResults"], page["itemsPerPage"]) == (5, 0)


def test_a_count_above_the_announced_maximum_is_bounded(staff: Client) -> None:
    maximum = staff.get("/ServiceProviderConfig").json["filter"]["maxResults"]

    assert staff.get(f"/Users?count={maximum + 1}").json["itemsPerPage"] == 5


def test_cursors_return_everybody_once_while_others_come_and_go(staff: Client) -> None:
    first = staff.get("/Users?cursor=&count=2").json
    gone = first["Resources"][1]["id"]
    staff.delete(f"/Users/{gone}")
    created(staff, user("late@gb001.example"))
    seen = [each["id"] for each in first["Resources"]]
    cursor = first["nextCursor"]
    while cursor:
        page = staff.get(f"/Users?cursor={cursor}&count=2").json
        seen += [each["id"] for each in page["Resources"]]
        cursor = page.get("nextCursor")

    present = {each["id"] for each in staff.get("/Users?count=100").json["Resources"]}
    assert len(seen) == len(set(seen))
    assert present <= set(seen)


def test_a_previous_cursor_leads_back(staff: Client) -> None:
    first = staff.get("/Users?cursor=&count=2&sortBy=userName").json
    second = staff.get(f"/Users?cursor={first['nextCursor']}&count=2&sortBy=userName").json

    back = staff.get(f"/Users?cursor={second['previousCursor']}&count=2&sortBy=userName").json

    assert [each["id"] for each in back["Resources"]] == [each["id"] for each in first["Resources"]]
    assert "previousCursor" not in back


def test_sorting_ignores_case_and_puts_missing_values_last(staff: Client) -> None:
    by_name = staff.get("/Users?sortBy=userName").json["Resources"]
    by_title = staff.get("/Users?sortBy=title").json["Resources"]
    downwards = staff.get("/Users?sortBy=title&sortOrder=descending").json["Resources"]

    assert [each["userName"][0].lower() for each in by_name] == ["a", "b", "c", "d", "e"]
    assert by_title[-1]["userName"] == downwards[0]["userName"] == "erin@gb001.example"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('userName eq "ALICE@gb001.example"', ["Alice"]),
        ('externalId eq "ext-Bob"', ["Bob"]),
        ('externalId eq "EXT-BOB"', []),
        ('emails[type eq "work" and value eq "carol@gb001.example"]', ["carol"]),
        ('emails[value eq "carol@gb001.example"]', ["carol"]),
        ('emails.value eq "carol@gb001.example"', ["carol"]),
        ('emails[type eq "work"].value eq "carol@gb001.example"', ["carol"]),
        ('urn:ietf:params:scim:schemas:core:2.0:User:userName sw "a"', ["Alice"]),
        ('title pr and not (title eq "T0")', ["Alice", "Bob"]),
        ('userName sw "a" or userName sw "b" and title eq "T0"', ["Alice"]),
        ('(userName sw "a" or userName sw "b") and title eq "T1"', ["Alice", "Bob"]),
        ("title eq null", ["erin"]),
        ("active eq false", []),
        ('meta.created gt "2001-01-01T00:00:00Z" and userName co "aro"', ["carol"]),
        ('meta.lastModified lt "2001-01-01T00:00:00Z"', []),
        ("groups pr", []),
    ],
)
def test_filters_find_exactly_whom_they_describe(staff: Client, text: str, found: list[str]) -> None:
    page = staff.get(f"/Users?filter={quote(text)}").json

    assert sorted(each["userName"].partition("@")[0] for each in page["Resources"]) == found
    assert page["totalResults"] == len(found)


def test_a_search_that_finds_nobody_is_no_error(staff: Client) -> None:
    text = quote('userName eq "nobody@gb001.example"')
    answer = staff.get(f"/Users?filter={text}")

    assert (answer.status, answer.json["totalResults"], answer.json["Resources"]) == (200, 0, [])


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ('name eq "Alice"', "name.formatted"),
        ('active eq true and not (addresses co "London")', "addresses.formatted"),
    ],
)
def test_comparing_what_has_parts_alone_names_a_part(staff: Client, text: str, part: str) -> None:
    answer = staff.get(f"/Users?filter={quote(text)}")
    assert (answer.status, answer.json["scimType"]) == (400, "invalidFilter")
    assert answer.json["detail"].endswith(f"{part}.")


def test_comparing_a_reference_means_its_value(client: Client) -> None:
    """As providers ask whether somebody's manager is the one that they know; the name alone is enough."""
    manager, other = created(client, user()), created(client, user())
    urn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
    person = created(
        client,
        user(
            schemas=["urn:ietf:params:scim:schemas:core:2.0:User", urn], **{urn: {"manager": {"value": manager["id"]}}}
        ),
    )

    def found(value: str) -> list[str]:
        by_name, by_urn = (
            client.get(f"/Users?filter={quote(text)}&attributes=id").json["Resources"]
            for text in (f'id eq "{person["id"]}" and {name} eq "{value}"' for name in ("manager", f"{urn}:manager"))
        )
        assert by_name == by_urn
        return [each["id"] for each in by_urn]

    assert (found(manager["id"]), found(other["id"])) == ([person["id"]], [])
    refused = client.get(f"/Users?filter={quote(f'{urn}:manager eq 5')}")
    assert (refused.status, refused.json["scimType"]) == (400, "invalidFilter")
    assert refused.json["detail"] == f"filter: value 5 is not valid for attribute '{urn}:manager.value'"


def test_what_cannot_be_searched_says_so_whatever_it_is_compared_with(client: Client) -> None:
    text = quote('request eq "x"')
    answer = client.get(f"/Changes?filter={text}")
    assert (answer.status, answer.json["scimType"]) == (400, "invalidFilter")
    assert answer.json["detail"] == "request cannot be searched: it is there to be read."


def test_an_attribute_that_no_schema_has_is_named(staff: Client) -> None:
    text = quote('nickName eq "Al" or nonsense pr')
    answer = staff.get(f"/Users?filter={text}")
    assert (answer.status, answer.json["scimType"]) == (400, "invalidFilter")
    assert answer.json["detail"] == "filter: there is no attribute 'nonsense' here; see /Schemas."


def test_the_root_searches_every_type_and_post_searches_alike(staff: Client) -> None:
    english = created(staff, group("Alice's group"))
    search = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
        "filter": 'userName sw "alice" or displayName sw "alice"',
        "attributes": ["meta.resourceType"],
    }

    by_post = staff.post("/.search", search).json
    by_get = staff.get(f"/?filter={quote(search['filter'])}").json

    assert by_post["totalResults"] == by_get["totalResults"] == 2
    assert {each["meta"]["resourceType"] for each in by_post["Resources"]} == {"User", "Group"}
    assert english["id"] in {each["id"] for each in by_get["Resources"]}


def test_a_membership_is_checked_without_reading_the_members(staff: Client) -> None:
    person = staff.get("/Users?count=1").json["Resources"][0]["id"]
    english = created(staff, group("English Dept", person))["id"]

    def is_member(user_id: str) -> bool:
        text = quote(f'id eq "{english}" and members eq "{user_id}"')
        page = staff.get(f"/Groups?filter={text}&excludedAttributes=members").json
        assert all("members" not in each for each in page["Resources"])
        return bool(page["totalResults"])

    assert is_member(person)
    assert not is_member("somebody-else")
