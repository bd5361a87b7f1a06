"""Connections of a centre's directories: who opens, renews and ends them, how far they have come, what went wrong."""

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import quote

import pytest
from mycambridge.connections import changes
from mycambridge.connections.advice import CASES, advice
from mycambridge.connections.last_refusals import last_refusals
from mycambridge.connections.progress import progress_of
from mycambridge.refusals import NotPermitted

from scim_server.extension import InvalidChange, Principal
from scim_server.installed import load_extensions
from scim_server.protocol.guarded import GuardedStore
from scim_server.protocol.profiles import PROFILES
from scim_server.protocol.provider import stored_types
from scim_server.store.resources import ResourceStore
from tests.support.centres import Board, School, grant
from tests.support.people import created, group, user
from tests.support.server import Client

T = TypeVar("T")
_EXTENSIONS = load_extensions()
_TYPES = stored_types(_EXTENSIONS)
BOARD = Principal("administrator", "board", "Board")


def officer(school: School) -> Principal:
    """Return somebody with user management for a school, as a principal."""
    person, _ = school.manager()
    return Principal("person", person["id"], person["userName"], school.number, user_id=person["id"])


def acting(school: School, principal: Principal, work: Callable[[GuardedStore], T]) -> T:
    """Do something at a school in one transaction."""
    return school.server.database.run(
        lambda transaction: work(
            GuardedStore(ResourceStore(transaction, school.number, _TYPES), principal, _EXTENSIONS, "request-1")
        ),
        writing=True,
    )


def opened(school: School, principal: Principal = BOARD, name: str = "Entra ID") -> tuple[str, Client]:
    """Open a connection, and return the id of its token and a client with it."""
    issued = acting(school, principal, lambda guarded: changes.open_directory(guarded, name, "entra"))
    return issued.id, Client(school.directory.base, f"Bearer {issued.text}")


def told(school: School, operation: str) -> list[dict[str, Any]]:
    """Return the journal's entries about something that was done."""
    wanted = quote(f'operation eq "{operation}"')
    entries: list[dict[str, Any]] = school.board.get(f"/Changes?filter={wanted}&sortBy=at").json["Resources"]
    return entries


def test_people_with_user_management_connect_a_directory_and_are_named(school: School) -> None:
    someone = officer(school)
    token_id, directory = opened(school, someone)

    assert directory.get("/Users").status == 200
    assert acting(school, someone, lambda guarded: changes.connection_of(guarded, token_id)).profile == "entra"
    (entry,) = told(school, "token-created")
    assert (entry["actor"]["value"], entry["target"]) == (someone.id, {"display": "Entra ID", "type": "Connection"})
    assert entry["requestId"] == "request-1"


def test_two_connections_of_a_centre_have_two_names(school: School) -> None:
    opened(school)

    with pytest.raises(InvalidChange, match="Entra ID"):
        opened(school)
    assert len(told(school, "token-created")) == 1


@pytest.mark.parametrize("who", ["of another centre", "without user management", "directory"])
def test_nobody_else_touches_the_connections_of_a_centre(board: Board, school: School, who: str) -> None:
    token_id, directory = opened(school)
    person = school.person()
    principal = {
        "of another centre": officer(board.school()),
        "without user management": Principal("person", person["id"], "Teacher", school.number, user_id=person["id"]),
        "directory": Principal("connection", "c1", "Entra ID", school.number),
    }[who]
    attempts: list[Callable[[GuardedStore], Any]] = [
        changes.connections_of,
        last_refusals,
        lambda guarded: changes.open_directory(guarded, "Mine", "okta"),
        lambda guarded: changes.renew_directory(guarded, token_id),
        lambda guarded: changes.end_directory(guarded, token_id),
        lambda guarded: progress_of(guarded, token_id),
    ]
    for attempt in attempts:
        with pytest.raises(NotPermitted):
            acting(school, principal, attempt)
    assert directory.get("/Users").status == 200


def test_a_centre_sees_neither_the_connections_of_others_nor_the_tokens_of_people(board: Board, school: School) -> None:
    elsewhere, _ = opened(board.school())
    someone = officer(school)

    names = [each.name for each in acting(school, someone, changes.connections_of)]

    assert names == ["Directory"]
    with pytest.raises(NotPermitted, match="no such connection"):
        acting(school, someone, lambda guarded: changes.end_directory(guarded, elsewhere))


def test_an_associate_connects_a_directory_of_its_centre(board: Board) -> None:
    associate = board.associate()
    school = board.school(associate={"value": associate.number})
    _, directory = opened(school, officer(associate))

    assert directory.get("/Users").status == 200


def test_a_renewed_token_leaves_the_old_one_good_for_a_week(school: School) -> None:
    token_id, old = opened(school)
    issued = acting(school, BOARD, lambda guarded: changes.renew_directory(guarded, token_id))
    new = Client(old.base, f"Bearer {issued.text}")

    assert (old.get("/Users").status, new.get("/Users").status) == (200, 200)
    kept = acting(school, BOARD, lambda guarded: changes.connection_of(guarded, token_id))
    assert kept.expires < acting(school, BOARD, lambda guarded: changes.connection_of(guarded, issued.id)).expires
    acting(school, BOARD, lambda guarded: changes.end_directory(guarded, token_id))
    assert (old.get("/Users").status, new.get("/Users").status) == (401, 200)
    assert [len(told(school, what)) for what in ("token-created", "token-rotated", "token-revoked")] == [1, 1, 1]


def test_each_kind_of_request_is_ticked_once_it_was_done(school: School) -> None:
    token_id, directory = opened(school)

    def done() -> set[str]:
        progress = acting(school, BOARD, lambda guarded: progress_of(guarded, token_id))
        return {step for step, is_done in progress.items() if is_done}

    school.person("by.another@school.example")
    assert done() == set(), "another connection's requests are not this one's"
    directory.get("/Users?filter=userName%20eq%20%22nobody%22")
    assert done() == {"request"}, "looking somebody up changes nothing, and is seen all the same"
    asha = created(directory, user("asha@school.example"))
    assert done() == {"request", "created"}
    directory.patch(f"/Users/{asha['id']}", {"op": "replace", "path": "title", "value": "Head"})
    assert done() == {"request", "created", "changed"}
    english = created(directory, group())
    assert "group" not in done(), "an empty group is not enough to map it to a role"
    directory.patch(f"/Groups/{english['id']}", {"op": "Add", "path": "members", "value": [{"value": asha["id"]}]})
    assert done() == {"request", "created", "changed", "group"}
    directory.patch(f"/Users/{asha['id']}", {"op": "Replace", "path": "active", "value": "False"})
    assert done() == {"request", "created", "changed", "group", "deactivated"}


def test_what_was_refused_ticks_nothing_but_is_the_last_refusal_of_its_connection(school: School) -> None:
    token_id, directory = opened(school)
    asha = school.person("asha@school.example")
    connection = acting(school, BOARD, lambda guarded: changes.connection_of(guarded, token_id)).connection_id
    for name in (asha["userName"], ""):
        assert directory.post("/Users", {**user(), "userName": name}).status in (400, 409)

    progress = acting(school, BOARD, lambda guarded: progress_of(guarded, token_id))
    newest = acting(school, BOARD, last_refusals)

    assert [step for step, is_done in progress.items() if is_done] == ["request"]
    assert list(newest) == [connection]
    assert newest[connection]["status"] == 400


def test_what_a_real_refusal_says_is_explained(school: School) -> None:
    _, directory = opened(school)
    asha, english = created(directory, user("asha@school.example")), created(directory, group())
    nobody = [{"value": "01900000-0000-7000-8000-000000000000"}]
    directory.post("/Users", user("ASHA@school.example"))
    directory.patch(f"/Groups/{english['id']}", {"op": "add", "path": "members", "value": nobody})
    directory.patch(f"/Users/{asha['id']}", {"op": "replace", "path": "userName", "value": " "})
    directory.post("/RoleGrants", grant(asha["id"]))
    directory.delete("/Users/01900000-0000-7000-8000-000000000000")
    refusals = quote('outcome eq "refused"')
    entries = school.board.get(f"/Changes?filter={refusals}&sortBy=at").json["Resources"]

    said = [
        advice(
            status=each["status"], scim_type=each.get("scimType"), profile="entra",
            resource_type=each.get("target", {}).get("type"),
        )
        for each in entries
    ]  # fmt: skip

    assert [each.split(".")[0] for each in said] == [
        "Somebody here already has this user name",
        "Usually a member was not sent before the group",
        "In the Microsoft Entra admin center open the application, Provisioning, Mappings: correct the attribute",
        (
            "Your directory asked for something that only people or the exam board may do, or named a centre it does "
            "not act for"
        ),
        "Your directory means somebody or something that is not here any more",
    ]


@pytest.mark.parametrize(
    ("status", "scim_type", "resource_type", "profile", "says"),
    [
        (409, "uniqueness", "User", "entra", "userName needs matching precedence 1. Then choose Provision on demand"),
        (409, "uniqueness", "User", "google", "match them by user name. Your directory then tries again."),
        (409, None, "Group", "okta", "This is here already."),
        (400, "invalidValue", "User", "okta", "In Okta open the application, Provisioning, To App"),
        (400, "invalidValue", "User", "google", "In the Google Admin console open the app, Autoprovisioning"),
        (400, "invalidValue", "User", None, "Correct the value in your directory. Your directory then tries again."),
        (400, "invalidValue", "Group", "entra", "Usually a member was not sent before the group."),
        (400, "mutability", "User", "ping", "In PingOne open Integrations, Provisioning, the rule"),
        (400, "invalidPath", "User", "jumpcloud", "an attribute that is not kept here. Take it out of the mapping."),
        (400, "noTarget", "User", "onelogin", "In OneLogin open the application, Parameters"),
        (400, "invalidFilter", "User", "okta", "match them by userName or externalId. In Okta"),
        (400, "invalidSyntax", None, "authentik", "in a form that is not understood"),
        (400, "tooMany", "Group", "entra", "too much at once"),
        (413, None, None, "entra", "too much at once"),
        (403, None, "User", "entra", "named a centre it does not act for. In the Microsoft Entra admin center"),
        (404, None, "User", "google", "not here any more"),
        (412, None, "User", "okta", "It reads it again by itself."),
        (429, None, "User", "entra", "decide on the page of the brake"),
        (405, None, "Change", "okta", "Show the details below to whoever looks after your directory."),
    ],
)
def test_every_kind_of_refusal_has_advice(
    status: int, scim_type: str | None, resource_type: str | None, profile: str | None, says: str
) -> None:
    assert says in advice(status=status, scim_type=scim_type, profile=profile, resource_type=resource_type)


@pytest.mark.parametrize("profile", [*PROFILES, None, "unheard-of"])
def test_advice_is_whole_sentences_for_every_directory(profile: str | None) -> None:
    for case in CASES:
        said = advice(
            status=case.status or 400, scim_type=case.scim_type, profile=profile, resource_type=case.resource_type
        )
        assert said.endswith(".")
        assert "{" not in said
        assert "  " not in said
