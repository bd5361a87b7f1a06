"""Invitations on each engine: who gets one, who can accept it, and what is told about it."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from scim_server.accounts.errors import AccountError, TooManyAttempts
from scim_server.accounts.invitations import invite_again
from scim_server.accounts.register import account_of_user, link_user
from scim_server.journal.record import Actor
from tests.support.databases import ENGINES, fresh_url
from tests.support.letters import letters_to, link_to
from tests.support.pages import PASSWORD, Page, Pages, account_of, let_time_pass, person_with_account
from tests.support.people import created, user
from tests.support.server import Client, Server, running_server

BY = Actor("system", "cli", "command line")


@pytest.fixture(scope="module", params=ENGINES)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server without extensions, whose mail can be read."""
    folder = tmp_path_factory.mktemp("server")
    mail = {"extensions": "none", "outbox_directory": str(folder / "outbox")}
    with fresh_url(request.param, request, folder) as url, running_server(url, folder, **mail) as started:
        yield started


@pytest.fixture
def tenant() -> str:
    """Return a tenant that no other test has."""
    return f"T{uuid4().hex[:12]}"


@pytest.fixture
def directory(server: Server, tenant: str) -> Client:
    return server.client(tenant)


def address() -> str:
    """Return an address that nobody has."""
    return f"{uuid4().hex[:10]}@school.example"


def emails(*values: str) -> list[dict[str, Any]]:
    return [{"value": value, "primary": number == 0} for number, value in enumerate(values)]


def provisioned(directory: Client, email: str, **attributes: Any) -> dict[str, Any]:
    """Let the directory provision somebody with an address."""
    return created(directory, user(email, emails=emails(email), displayName="Asha", **attributes))


def changed(directory: Client, person: dict[str, Any], path: str, value: Any) -> None:
    """Let the directory change somebody."""
    answer = directory.patch(f"/Users/{person['id']}", {"op": "replace", "path": path, "value": value})
    assert answer.status == 200, answer.body


def sent_again(server: Server, tenant: str, person: dict[str, Any]) -> None:
    """Let somebody send the invitation again."""
    with server.database.write() as transaction:
        invite_again(transaction, tenant, person["id"], by=BY)


def accepted(server: Server, link: str) -> Page:
    """Make an account from an invitation."""
    return Pages(server.url).send(link, name="Asha Patel", password=PASSWORD)


def is_linked(server: Server, tenant: str, person: dict[str, Any]) -> bool:
    with server.database.read() as transaction:
        return account_of_user(transaction, tenant, person["id"]) is not None


def events(directory: Client) -> list[tuple[str, str]]:
    """Return what was done about accounts, and by whom."""
    found = directory.get("/Changes?filter=target.type%20eq%20%22User%22&sortBy=at").json["Resources"]
    return [(each["operation"], each["actor"]["display"]) for each in found if "-" in each["operation"]]


def test_an_invitation_to_an_address_that_was_changed_since_is_refused(
    server: Server, tenant: str, directory: Client
) -> None:
    was, new = address(), address()
    person = provisioned(directory, was)
    link = link_to(server, was)
    changed(directory, person, "emails", emails(new))
    refused = Pages(server.url).get(link)
    assert refused.status == 400
    assert "has another e-mail address for this person now" in refused.text
    assert not is_linked(server, tenant, person)
    sent_again(server, tenant, person)
    assert accepted(server, link_to(server, new)).status == 303
    assert is_linked(server, tenant, person)


def test_an_address_in_another_case_is_the_same_address(server: Server, tenant: str, directory: Client) -> None:
    email = address()
    person = provisioned(directory, email)
    link = link_to(server, email)
    changed(directory, person, "emails", emails(email.upper()))
    assert accepted(server, link).status == 303
    assert is_linked(server, tenant, person)


def test_an_address_that_was_changed_while_the_form_was_open_is_refused(
    server: Server, tenant: str, directory: Client
) -> None:
    email = address()
    person = provisioned(directory, email)
    link, pages = link_to(server, email), Pages(server.url)
    token = pages.get(link).text.partition('name="csrf_token" value="')[2].partition('"')[0]
    changed(directory, person, "emails", emails(address()))
    assert pages.post(link, csrf_token=token, name="Asha", password=PASSWORD).status == 400
    assert not is_linked(server, tenant, person)


def test_once_accepted_no_other_link_of_the_person_is_good(server: Server, tenant: str, directory: Client) -> None:
    first, second = address(), address()
    person = provisioned(directory, first)
    earlier = link_to(server, first)
    changed(directory, person, "emails", emails(second))
    sent_again(server, tenant, person)
    assert accepted(server, link_to(server, second)).status == 303
    changed(directory, person, "emails", emails(first))
    assert "This link has been used, or is too old." in Pages(server.url).get(earlier).text
    assert events(directory) == [
        ("invitation-sent", "command line"),
        ("invitation-accepted", first),
        ("sign-in", first),
    ]


def test_whoever_is_linked_already_is_linked_to_nobody_else(server: Server, tenant: str, directory: Client) -> None:
    email, owner = address(), person_with_account(server)
    person = provisioned(directory, email)
    link = link_to(server, email)
    with server.database.write() as transaction:
        link_user(transaction, account_of(server, owner).id, tenant, person["id"])
    assert "has been accepted already" in Pages(server.url).get(link).text
    with server.database.read() as transaction:
        assert account_of_user(transaction, tenant, person["id"]) == account_of(server, owner).id


def test_an_account_is_one_person_of_an_organisation_only(server: Server, tenant: str, directory: Client) -> None:
    first = provisioned(directory, address())
    email = person_with_account(server, tenant, first)
    second = provisioned(directory, email)
    pages, link = Pages(server.url), link_to(server, email)
    pages.sign_in(email)
    assert f"Your account is {first['userName']} of {tenant} already" in pages.get(link).text
    assert "Add to my account" not in pages.get(link).text
    assert pages.send(link).status == 400
    assert not is_linked(server, tenant, second)


def test_another_address_of_an_account_asks_who_is_there_and_is_told(
    server: Server, tenant: str, directory: Client
) -> None:
    elsewhere = server.client(f"{tenant}B")
    known, new = created(elsewhere, user()), address()
    email = person_with_account(server, f"{tenant}B", known)
    person = provisioned(directory, new)
    pages, link = Pages(server.url), link_to(server, new)
    pages.sign_in(email)
    let_time_pass(server, email, 16)
    assert f"You can sign in with {new} as well from then on." in pages.get(link).text
    assert pages.send(link).location == f"/sign-in/again?next={link}&begun=yes"
    assert not is_linked(server, tenant, person)
    assert pages.send(f"/sign-in/again?next={link}", password=PASSWORD).location == link
    assert pages.send(link).status == 303
    assert account_of(server, new).emails == (email, new)
    assert f"The address {new} was added to your account." in str(letters_to(server, email)[-1].get_content())
    assert ("address-added", known["userName"]) in events(elsewhere)
    assert events(directory) == [("invitation-accepted", person["userName"])]


def test_an_address_of_the_account_itself_asks_nothing(server: Server, tenant: str, directory: Client) -> None:
    email = person_with_account(server)
    person = provisioned(directory, email)
    pages = Pages(server.url)
    pages.sign_in(email)
    let_time_pass(server, email, 16)
    assert pages.send(link_to(server, email)).status == 303
    assert is_linked(server, tenant, person)


@pytest.mark.parametrize("known", [False, True])
def test_the_invitation_of_a_colleague_offers_to_sign_out(server: Server, directory: Client, *, known: bool) -> None:
    colleague = person_with_account(server) if known else address()
    provisioned(directory, colleague)
    pages = Pages(server.url)
    pages.sign_in(person_with_account(server))
    shown = pages.get(link_to(server, colleague)).text
    assert ("Sign out and use the other account" if known else "This is not me: sign out") in shown


def test_who_becomes_active_later_is_invited_then_and_once(server: Server, directory: Client) -> None:
    email = address()
    person = provisioned(directory, email, active=False)
    assert letters_to(server, email) == []
    for active in (True, False, True):
        changed(directory, person, "active", active)
        assert len(letters_to(server, email)) == 1


@pytest.mark.parametrize("verb", ["patch", "put"])
def test_who_gets_an_address_later_is_invited_then(server: Server, directory: Client, verb: str) -> None:
    email = address()
    person = created(directory, user())
    if verb == "patch":
        changed(directory, person, "emails", emails(email))
    else:
        assert directory.put(f"/Users/{person['id']}", {**person, "emails": emails(email)}).status == 200
    assert len(letters_to(server, email)) == 1


def test_nobody_fills_a_mailbox_by_sending_again(server: Server, tenant: str, directory: Client) -> None:
    person = provisioned(directory, address())
    for _ in range(3):
        sent_again(server, tenant, person)
    with pytest.raises(TooManyAttempts):
        sent_again(server, tenant, person)
    assert events(directory) == [("invitation-sent", "command line")] * 3
    changed(directory, person, "active", False)
    with pytest.raises(AccountError, match="deactivated"):
        sent_again(server, tenant, person)
