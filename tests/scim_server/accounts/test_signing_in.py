"""Signing in by form, on each engine: what is counted, what ends a session, what leads nowhere else."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from scim_server.accounts.register import add_email
from scim_server.accounts.secret_links import Proof, make_link
from tests.support.pages import PASSWORD, Page, Pages, account_of, let_time_pass, person_with_account
from tests.support.people import created, user
from tests.support.server import Client, Server

WRONG = "a wrong password that is long"


@pytest.fixture
def server(plain_server: Server) -> Server:
    return plain_server


@pytest.fixture
def email(server: Server) -> str:
    return person_with_account(server)


def test_many_guesses_at_one_moment_are_no_way_around_the_limit(server: Server, email: str) -> None:
    def guess(number: int) -> Page:
        return Pages(server.url).sign_in(email, f"{WRONG} {number}")

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(guess, range(14)))
    assert len([each for each in answers if "is wrong" in each.text]) == 10
    assert "There were too many attempts." in Pages(server.url).sign_in(email).text


def test_who_mistypes_and_then_signs_in_begins_anew(server: Server, email: str) -> None:
    for _ in range(2):
        for _ in range(6):
            assert Pages(server.url).sign_in(email, WRONG).status == 401
        assert Pages(server.url).sign_in(email).location == "/account"


def test_unknown_addresses_are_counted_alike(server: Server) -> None:
    for _ in range(10):
        assert "is wrong" in Pages(server.url).sign_in("nobody@school.example", WRONG).text
    assert "There were too many attempts." in Pages(server.url).sign_in("NOBODY@school.example", WRONG).text


def test_a_session_ends_when_it_is_not_used(server: Server, email: str) -> None:
    pages = Pages(server.url)
    pages.sign_in(email)
    let_time_pass(server, email, 119)
    assert pages.get("/account").status == 200
    let_time_pass(server, email, 121)
    assert pages.get("/account").location == "/sign-in?next=/account"


def test_signing_in_again_ends_the_session_that_the_browser_had(server: Server, email: str) -> None:
    pages = Pages(server.url)
    pages.sign_in(email)
    pages.set_up_app()
    (before,) = (each.value for each in pages.cookies)
    assert pages.sign_in(email).location == "/sign-in/second-factor?next=/account"
    for each in pages.cookies:
        each.value = before
    assert pages.get("/account").status == 303


@pytest.mark.parametrize("change", [{"op": "replace", "path": "active", "value": False}, None])
def test_who_leaves_is_signed_out_at_once(server: Server, change: dict[str, object] | None) -> None:
    client: Client = server.client("GB001")
    person = created(client, user())
    pages = Pages(server.url)
    pages.sign_in(person_with_account(server, "GB001", person))
    assert pages.get("/account").status == 200
    path = f"/Users/{person['id']}"
    assert (client.delete(path) if change is None else client.patch(path, change)).status in (200, 204)
    assert pages.get("/account").status == 303


@pytest.mark.parametrize(
    "elsewhere", ["//evil.example", "https://evil.example/", "/%5Cevil.example", "/%09/evil.example", "evil.example"]
)
def test_the_way_back_leads_nowhere_else(server: Server, email: str, elsewhere: str) -> None:
    answer = Pages(server.url).send(f"/sign-in?next={elsewhere}", email=email, password=PASSWORD)
    assert answer.location == "/"


def test_a_form_without_its_token_is_refused(server: Server, email: str) -> None:
    pages = Pages(server.url)
    assert pages.post("/sign-in", email=email, password=PASSWORD).status == 400
    pages.sign_in(email)
    for path in ("/account/security/sessions/end-others", "/account/security/passkey/options", "/sign-out"):
        assert pages.post(path).status == 400
    assert pages.get("/account").status == 200


def test_a_new_password_by_mail_is_in_the_journal_and_ends_the_links_of_all_addresses(server: Server) -> None:
    client: Client = server.client("GB001")
    person = created(client, user("forgetful@school.example"))
    email = person_with_account(server, "GB001", person)
    first, second = reset_link(server, email), reset_link(server, email, "another@school.example")
    pages = Pages(server.url)
    assert pages.send(first, password="quite another password").location == "/sign-in"
    assert pages.get(second).status == 400
    assert "forgetful@school.example chose a new password" in server.command("journal", "--tenant", "GB001")


def reset_link(server: Server, email: str, other: str | None = None) -> str:
    """Return the path of a link to choose a new password, sent to one of a person's addresses."""
    account = account_of(server, email)
    with server.database.write() as transaction:
        if other is not None:
            add_email(transaction, account.id, other)
        return f"/reset-password/{make_link(transaction, Proof('reset', other or email, account_id=account.id))}"
