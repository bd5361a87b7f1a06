"""Nothing a client sends gives a 500, takes long, or is half done."""

import socket
import time
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from tests.support.people import created, group, user
from tests.support.server import BULK, PATCH_OP, USER, Client

SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"

DEEP = b'{"schemas":["%s"],"userName":"x","a":%s}' % (USER.encode(), b"[" * 5000 + b"]" * 5000)


@pytest.mark.parametrize(
    ("body", "status", "scim_type"),
    [
        (b"", 400, "invalidSyntax"),
        (b"{", 400, "invalidSyntax"),
        (b"null", 400, "invalidSyntax"),
        (b"[]", 400, "invalidSyntax"),
        (b'"text"', 400, "invalidSyntax"),
        (b'{"userName": NaN}', 400, "invalidSyntax"),
        (b'{"userName": "\xff\xfe"}', 400, "invalidSyntax"),
        (b'{"userName": "\\ud800"}', 400, "invalidSyntax"),
        (DEEP, 400, "invalidSyntax"),
        (b'{"userName": "a", "userName": "b"}', 400, "invalidSyntax"),
        (b'{"userName": "a", "USERNAME": "b"}', 400, "invalidSyntax"),
        (b'{"userName": "a", "name": {"givenName": "x", "givenname": "y"}}', 400, "invalidSyntax"),
        (b'{"userName": 5}', 400, "invalidValue"),
        (b'{"userName": ["a"]}', 400, "invalidValue"),
        (b'{"userName": "a", "emails": "a@b.example"}', 400, "invalidValue"),
        (b'{"userName": "a", "emails": [[["x"]]]}', 400, "invalidValue"),
        (b'{"userName": "a", "active": {}}', 400, "invalidValue"),
        (b'{"userName": "a\\u0000b"}', 400, "invalidValue"),
        (b'{"userName": "a", "title": "x\\u202ey"}', 400, "invalidValue"),
        (b'{"userName": "   "}', 400, "invalidValue"),
        (b'{"userName": " a"}', 400, "invalidValue"),
        ('{"userName": "as\u200bha"}'.encode(), 400, "invalidValue"),
        ('{"userName": "\uff41sha"}'.encode(), 400, "invalidValue"),
        (b'{"userName": "a", "displayName": "  "}', 400, "invalidValue"),
        (b'{"userName": "%s"}' % (b"x" * 300_000), 400, "invalidValue"),
        (b'{"userName": "a", "title": "%s"}' % (b"x" * 5_000_000), 400, "invalidValue"),
        (b'{"userName": "a", "title": "%s"}' % (b"x" * 9_000_000), 413, None),
        (
            b'{"userName": "a", "emails": [%s]}' % b",".join(b'{"value":"a%d@b.example"}' % n for n in range(60_000)),
            400,
            "tooMany",
        ),
    ],
)
def test_a_bad_user_is_refused_with_its_reason(client: Client, body: bytes, status: int, scim_type: str | None) -> None:
    began = time.monotonic()
    answer = client.send("POST", "/Users", body)

    assert (answer.status, answer.json.get("scimType")) == (status, scim_type), answer.body[:300]
    assert answer.json["detail"]
    assert not any(word in answer.body for word in (b"pydantic", b"Traceback", b"User[", b"SELECT"))
    assert client.get("/Users").json["totalResults"] == 0
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    "name", ["Jürgen Müller", "O'Brien", "محمد", "李小龍", "Siobhán Ní Bhriain", "nguyễn.thị@gb001.example", "Zoë"]
)
def test_peoples_real_names_are_accepted(client: Client, name: str) -> None:
    person = created(client, user(name, displayName=name))

    assert person["userName"] == name
    by_name = quote(f'userName eq "{name.upper()}"')
    assert client.get(f"/Users?filter={by_name}").json["totalResults"] == 1


@pytest.mark.parametrize(
    "text",
    [
        "(" * 100_000 + "active pr" + ")" * 100_000,
        " or ".join(["title pr"] * 50_000)[:60_000],
        " or ".join(["title pr"] * 101),
        "(" * 21 + "active pr" + ")" * 21,
        'password eq "secret"',
        "password pr",
        f'{USER}:password sw "s"',
        'not (PassWord eq "x")',
        "userName",
        "userName eq",
        'userName eq "a',
        'userName zz "a"',
        'emails[type eq "work"',
        'emails[type eq "work"]]',
        'active gt "x"',
        'nosuch eq "x"',
        'userName eq "x" and',
        "members[",
        'userName eq "\x00"',
        "\N{SNOWMAN}",
    ],
)
def test_a_filter_that_cannot_be_answered_is_refused_at_once(client: Client, text: str) -> None:
    search = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": text}
    began = time.monotonic()

    answer = client.post("/Users/.search", search)

    assert answer.status in (200, 400), answer.body
    assert answer.status == 400 or answer.json["totalResults"] == 0
    if answer.status == 400:
        assert answer.json["scimType"] in ("invalidFilter", "invalidValue")
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("wildcard", ["%", "_", "\\", "'", '\\"', "*", "[a-z]"])
def test_wildcards_of_sql_are_letters_like_any_other(client: Client, wildcard: str) -> None:
    created(client, user("plain@gb001.example", title="plain"))

    for operator in ("co", "sw", "ew", "eq"):
        text = quote(f'title {operator} "{wildcard if wildcard != chr(92) else chr(92) * 2}"')
        assert client.get(f"/Users?filter={text}").json["totalResults"] == 0


@pytest.mark.parametrize(
    "query",
    [
        "startIndex=-5",
        "startIndex=" + "9" * 400,
        "count=" + "9" * 5000,
        "count=-1",
        "sortBy=emails&sortOrder=descending",
        "attributes=nosuch",
        "cursor=&count=0",
    ],
)
def test_strange_but_readable_paging_is_answered(client: Client, query: str) -> None:
    created(client, user())

    assert client.get(f"/Users?{query}").status == 200


@pytest.mark.parametrize(
    "query",
    [
        "startIndex=x",
        "count=1.5",
        "cursor=forged",
        "cursor=" + "A" * 9000,
        "cursor=%ff",
        "sortBy=name",
        "sortBy=members",
        "sortBy=nosuch",
        "attributes=userName&excludedAttributes=title",
        "attributes=" + ",".join(["title"] * 200),
        "attributes=emails%5Btype%20eq%20%22work%22%5D",
        "sortBy=userName&sortOrder=sideways",
    ],
)
def test_unreadable_paging_is_refused(client: Client, query: str) -> None:
    answer = client.get(f"/Users?{query}")

    assert 400 <= answer.status < 500, answer.body
    assert answer.json["detail"]


@pytest.mark.parametrize(
    "path",
    [
        "/Users/..", "/Users/../Groups", "/Users/%2e%2e%2fGroups", "/Users/a%00b", "/Users/%ff", "/Users/" + "a" * 3000,
        "/Users/'; DROP TABLE resources;--", "/Nothing", "/Users/x/y", "/Bulk/x", "/Schemas/nosuch",
    ],
)  # fmt: skip
def test_tricks_in_paths_find_nothing(client: Client, path: str) -> None:
    answer = client.get(quote(path, safe="/%;'"))

    assert answer.status in (400, 404, 405), answer.body
    assert answer.headers["Content-Type"] == "application/scim+json"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"])
def test_a_method_that_an_endpoint_lacks_is_answered_in_scim_with_allow(client: Client, method: str) -> None:
    answer = client.send(method, "/Users", {} if method in ("PUT", "PATCH") else None)

    assert answer.status == 405
    assert answer.json["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert "GET" in answer.headers["Allow"]


def test_a_patch_with_thousands_of_operations_is_refused_at_once(client: Client) -> None:
    person = created(client, user(emails=[{"value": f"a{n}@b.example"} for n in range(100)]))
    operation = {"op": "replace", "path": 'emails[value eq "a1@b.example"].display', "value": "x"}
    began = time.monotonic()

    refused = client.patch(f"/Users/{person['id']}", *[operation] * 5000)

    assert (refused.status, refused.json["scimType"]) == (400, "tooMany")
    assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    "body", [{}, {"Operations": []}, {"Operations": "x"}, {"Operations": [5]}, {"Operations": [{}]}, []]
)
def test_a_malformed_patch_is_refused(client: Client, body: Any) -> None:
    person = created(client, user())
    payload = {"schemas": [PATCH_OP], **body} if isinstance(body, dict) else body

    assert client.send("PATCH", f"/Users/{person['id']}", payload).status == 400


@pytest.mark.parametrize(
    "value", [5, "x", [5], [{}], [{"value": 5}], [{"value": None}], [{"value": ""}], [{"value": {"x": 1}}], {"a": 1}]
)
def test_malformed_members_are_refused(client: Client, value: object) -> None:
    english = created(client, group())["id"]

    answer = client.patch(f"/Groups/{english}", {"op": "add", "path": "members", "value": value})

    assert (answer.status, answer.json["scimType"]) == (400, "invalidValue")


def test_entity_tags_with_runs_of_spaces_are_read_at_once(client: Client) -> None:
    person = created(client, user())
    began = time.monotonic()

    for header in ('"a"' + " " * 900 + "x", " " * 7000 + "x"):
        answer = client.send("GET", f"/Users/{person['id']}", None, {"If-None-Match": header})
        assert answer.status in (200, 400)
    assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    "operations",
    [
        [{"method": "POST", "path": "/Users", "data": {}}],
        [{"method": "POST", "path": "/Users", "bulkId": "a"}],
        [{"method": "ZAP", "path": "/Users/x"}],
        [{"method": "DELETE", "path": "/Users"}],
        [{"method": "GET", "path": "/Users"}],
        [{"path": 5}],
        [{"method": "POST", "path": "/Bulk", "bulkId": "x", "data": {}}],
        [{"method": "POST", "path": "/Changes", "bulkId": "x", "data": {}}],
        [{"method": "PUT", "path": "/Users/bulkId:nobody", "data": {}}],
        [
            {
                "method": "POST",
                "path": "/Groups",
                "bulkId": "g",
                "data": {"displayName": "x", "members": [{"value": "bulkId:g"}]},
            }
        ],
    ],
)
def test_a_bad_operation_of_a_bulk_fails_alone(client: Client, operations: list[Any]) -> None:
    good = {"method": "POST", "path": "/Users", "bulkId": "good", "data": user()}

    answer = client.post("/Bulk", {"schemas": [BULK], "Operations": [*operations, good]})

    assert answer.status == 200, answer.body
    *failed, done = answer.json["Operations"]
    assert done["status"] == "201"
    assert all(400 <= int(each["status"]) < 500 and each["response"]["detail"] for each in failed)


def test_a_bulk_beyond_the_announced_bounds_is_too_large(client: Client) -> None:
    bounds = client.get("/ServiceProviderConfig").json["bulk"]
    operation = {"method": "DELETE", "path": "/Users/x"}

    too_many = client.post("/Bulk", {"schemas": [BULK], "Operations": [operation] * (bounds["maxOperations"] + 1)})
    too_long = client.send("POST", "/Bulk", b" " * (bounds["maxPayloadSize"] + 1))

    assert too_many.status == too_long.status == 413


def test_a_forged_host_never_reaches_an_answer(client: Client) -> None:
    answer = client.send("POST", "/Users", user(), {"Host": "evil.example"})

    assert b"evil.example" not in answer.body
    assert "evil.example" not in answer.headers["Location"]


def test_a_body_that_ends_early_is_no_request(client: Client) -> None:
    address = urlsplit(client.base)
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=10) as half:
        half.sendall(
            f"POST {address.path}/Users HTTP/1.1\r\nHost: x\r\nAuthorization: {client.authorization}\r\n"
            'Content-Type: application/json\r\nContent-Length: 500\r\n\r\n{"userName": "half'.encode()
        )
    assert client.get("/Users").json["totalResults"] == 0


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "multipart/form-data; boundary=x"])
def test_another_media_type_is_refused(client: Client, content_type: str) -> None:
    assert client.send("POST", "/Users", user(), {"Content-Type": content_type}).status == 415


@pytest.mark.parametrize("content_type", ["application/json", "application/scim+json; charset=utf-8"])
def test_both_media_types_of_scim_are_read(client: Client, content_type: str) -> None:
    assert client.send("POST", "/Users", user(), {"Content-Type": content_type}).status == 201


@pytest.mark.parametrize(
    "body",
    [
        {"active": {"value": "False"}},
        {"user": {"Active": "false"}},
        {"x": '{"active": false}'},
        {"aktiv": {"active": 0}},
    ],
)
def test_a_deactivation_in_an_unknown_form_fails_loudly(client: Client, body: dict[str, Any]) -> None:
    person = created(client, user())

    patched = client.patch(f"/Users/{person['id']}", {"op": "replace", "value": body})
    replaced = client.put(f"/Users/{person['id']}", {**user(person["userName"]), **body})

    for answer in (patched, replaced):
        assert answer.status == 400 or not client.get(f"/Users/{person['id']}").json["active"]


@pytest.mark.parametrize("attribute", ["externalId", "displayName", "emails"])
def test_what_is_looked_up_by_is_no_longer_than_an_index_holds(client: Client, attribute: str) -> None:
    # What no database can make shorter by packing it.
    long = "".join(f"{number * 7919 % 104729:x}" for number in range(250, 600))[:1020] + "\u00e9" * 3
    value = [{"value": f"{long}@school.example"}] if attribute == "emails" else long

    refused = client.post("/Users", user() | {attribute: value})

    assert (refused.status, refused.json["scimType"]) == (400, "invalidValue"), refused.body
    assert "1024 bytes" in refused.json["detail"]
    just = client.post("/Users", user() | {"externalId": long[:1020]})
    assert just.status == 201


@pytest.mark.parametrize("text", ["a[" * 4000 + "].b eq", "a" * 8000 + '"].', 'a["' * 2600 + "].b eq 1"])
def test_a_filter_that_looks_like_many_others_is_refused_at_once(client: Client, text: str) -> None:
    began = time.monotonic()
    answer = client.post("/Users/.search", {"schemas": [SEARCH], "filter": text})
    assert (answer.status, answer.json["scimType"]) == (400, "invalidFilter")
    assert time.monotonic() - began < 3
