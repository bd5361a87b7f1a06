"""Second factors on the pages of a server without extensions, on each engine."""

import hashlib
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest
import sqlalchemy as sa

from scim_server.accounts.tables import accounts, recovery_codes
from scim_server.outbox.tables import outbox
from tests.support.pages import (
    PASSWORD,
    Page,
    Pages,
    account_of,
    code_at,
    let_administer,
    let_time_pass,
    person_with_account,
)
from tests.support.people import created, user
from tests.support.server import Client, Server

AGAIN = "/sign-in/again?next=/account/security"
CODE = "/sign-in/second-factor?next=/account"
SECURITY = "/account/security"


@pytest.fixture
def server(plain_server: Server) -> Server:
    return plain_server


@pytest.fixture
def email(server: Server) -> str:
    return person_with_account(server)


@pytest.fixture
def pages(server: Server) -> Pages:
    return Pages(server.url)


def half_signed_in(server: Server, email: str, password: str = PASSWORD) -> Pages:
    """Return a browser in which the password was right, and the code is to come."""
    other = Pages(server.url)
    assert other.sign_in(email, password).location == CODE
    return other


@pytest.mark.parametrize(("steps", "is_right"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_code_may_be_one_step_early_or_late(email: str, pages: Pages, steps: int, *, is_right: bool) -> None:
    pages.sign_in(email)
    begun, answer = -1, None
    while begun != int(time.time()) // 30:  # a step that ended meanwhile says nothing
        begun = int(time.time()) // 30
        answer = pages.send_app(steps)
    assert answer is not None
    assert answer.status == (200 if is_right else 400)


@pytest.mark.parametrize("code", ["٣٤٥٦٧٨", "²²²²²²", "héllo!", "\N{SNOWMAN}" * 6, "1234567é"])
def test_what_can_be_no_code_is_refused_wherever_codes_are_given(
    server: Server, email: str, pages: Pages, code: str
) -> None:
    pages.sign_in(email)
    assert pages.send(f"{SECURITY}/app", sealed="", code=code).status == 400
    pages.set_up_app()
    assert half_signed_in(server, email).send(CODE, code=code).status == 401
    let_time_pass(server, email, 16)
    assert pages.send(AGAIN, password=PASSWORD, code=code).status == 401


def test_a_code_in_full_width_digits_is_the_same_code(server: Server, email: str, pages: Pages) -> None:
    pages.sign_in(email)
    app, _codes = pages.set_up_app()
    wide = code_at(app, 1).translate({ord(str(digit)): 0xFF10 + digit for digit in range(10)})
    assert half_signed_in(server, email).send(CODE, code=wide).status == 303


def test_a_code_is_good_once_though_two_send_it_at_the_same_moment(server: Server, email: str, pages: Pages) -> None:
    pages.sign_in(email)
    app, _codes = pages.set_up_app()
    code = code_at(app, 1)
    browsers = [half_signed_in(server, email) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda browser: browser.send(CODE, code=code).status, browsers))
    assert sorted(answers) == [303, 401, 401, 401]


def test_a_recovery_code_is_good_once_and_kept_with_a_key(server: Server, email: str, pages: Pages) -> None:
    pages.sign_in(email)
    _app, codes = pages.set_up_app()
    assert len(set(codes)) == 10
    with server.database.read() as transaction:
        kept = transaction.execute(
            sa.select(recovery_codes.c.code_hash).where(recovery_codes.c.account_id == account_of(server, email).id)
        )
        assert hashlib.sha256(codes[0].replace("-", "").encode()).hexdigest() not in set(kept.scalars())
    assert half_signed_in(server, email).send(CODE, code=codes[0].upper()).status == 303
    assert half_signed_in(server, email).send(CODE, code=codes[0]).status == 401
    assert half_signed_in(server, email).send(CODE, code=codes[1]).status == 303


def test_the_secret_of_an_app_is_kept_sealed(server: Server, email: str, pages: Pages) -> None:
    pages.sign_in(email)
    app, _codes = pages.set_up_app()
    with server.database.read() as transaction:
        kept = transaction.execute(
            sa.select(accounts.c.totp_secret).where(accounts.c.id == account_of(server, email).id)
        ).scalar()
    assert kept is not None
    assert app.secret not in kept


@pytest.mark.parametrize("sealed", ["", "%%%", "AAAA", "A" * 80, "\N{SNOWMAN}"])
def test_a_form_that_was_tampered_with_shows_another_key(email: str, pages: Pages, sealed: str) -> None:
    pages.sign_in(email)
    assert pages.send(f"{SECURITY}/app", sealed=sealed, code="123456").status == 400


def test_many_guesses_at_one_moment_are_no_way_around_the_limit(server: Server, email: str, pages: Pages) -> None:
    pages.sign_in(email)
    app, _codes = pages.set_up_app()
    browsers = [half_signed_in(server, email) for _ in range(4)]

    def guess(number: int) -> Page:
        return browsers[number % 4].send(CODE, code=f"{number:08x}-{number:08x}")

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(guess, range(16)))
    judged = [each for each in answers if "is not right" in each.text]
    assert len(judged) == 10
    late = browsers[0].send(CODE, code=code_at(app, 1))
    assert late.status == 401
    assert "There were too many attempts." in late.text


def test_what_is_not_right_is_in_the_journal_without_the_code(server: Server) -> None:
    client: Client = server.client("GB001")
    person = created(client, user("journalled@school.example"))
    email = person_with_account(server, "GB001", person)
    pages = Pages(server.url)
    pages.sign_in(email)
    app, _codes = pages.set_up_app()
    half_signed_in(server, email).send(CODE, code="feedface-feedface")
    half_signed_in(server, email).send(CODE, code=code_at(app, 1))
    about = quote(f'target.value eq "{person["id"]}" and actor.type eq "person"')
    entries = client.get(f"/Changes?filter={about}&sortBy=at").json["Resources"]
    assert [(each["operation"], each["outcome"]) for each in entries] == [
        ("sign-in", "done"),
        ("second-factor-added", "done"),
        ("second-factor-failed", "refused"),
        ("sign-in", "done"),
    ]
    assert "feedface" not in str(entries)
    assert client.get(f"/Changes/{entries[2]['id']}").json["actor"]["display"] == "journalled@school.example"
    told = server.command("journal", "--tenant", "GB001")
    assert "journalled@school.example gave a second factor that was not right" in told


def test_a_right_password_is_worth_nothing_after_another_was_chosen(server: Server, email: str, pages: Pages) -> None:
    pages.sign_in(email)
    app, _codes = pages.set_up_app()
    waiting = half_signed_in(server, email)
    changed = pages.send(f"{SECURITY}/password", current=PASSWORD, password="quite another one")
    assert changed.location == SECURITY
    assert waiting.get(CODE).location == "/sign-in?next=/account"
    assert half_signed_in(server, email, "quite another one").send(CODE, code=code_at(app, 1)).status == 303


def test_what_matters_is_told_to_the_person(server: Server, email: str, pages: Pages) -> None:
    pages.sign_in(email)
    assert notices(server, email) == 0
    _app, codes = pages.set_up_app()
    assert notices(server, email) == 1
    half_signed_in(server, email).send(CODE, code=codes[0])
    assert notices(server, email) == 2
    pages.send(f"{SECURITY}/recovery-codes")
    assert notices(server, email) == 3
    pages.send(f"{SECURITY}/password", current=PASSWORD, password="quite another one")
    assert notices(server, email) == 4
    pages.send(f"{SECURITY}/app/remove")
    assert notices(server, email) == 5


def notices(server: Server, email: str) -> int:
    """Return how many mails told a person of a change."""
    with server.database.read() as transaction:
        told = sa.select(sa.func.count()).where(outbox.c.recipient == email, outbox.c.kind == "notice")
        return int(transaction.execute(told).scalar() or 0)


def test_who_proved_it_long_ago_gives_password_and_code_again(server: Server, email: str, pages: Pages) -> None:
    pages.sign_in(email)
    app, _codes = pages.set_up_app()
    let_time_pass(server, email, 16)
    assert pages.get(SECURITY).location == AGAIN
    assert 'name="code"' in pages.get(AGAIN).text
    assert pages.send(AGAIN, password=PASSWORD).status == 401
    assert pages.send(AGAIN, password="not the password", code=code_at(app, 1)).status == 401
    (before,) = (each.value for each in pages.cookies)
    assert pages.send(AGAIN, password=PASSWORD, code=code_at(app, 1)).location == SECURITY
    (after,) = (each.value for each in pages.cookies)
    assert pages.get(SECURITY).status == 200
    for each in pages.cookies:
        each.value = before
    assert before != after
    assert pages.get(SECURITY).location == f"/sign-in?next={SECURITY}", "the session before it has ended"


@pytest.mark.parametrize(
    "path",
    ["/password", "/app", "/app/remove", "/passkey", "/passkey/remove", "/recovery-codes"],
)
def test_every_security_page_asks_who_is_there_again(server: Server, email: str, pages: Pages, path: str) -> None:
    pages.sign_in(email)
    let_time_pass(server, email, 16)
    assert pages.get(f"{SECURITY}{path}").location == f"/sign-in/again?next={SECURITY}{path}"


@pytest.mark.parametrize("path", ["/app/remove", "/sessions/end", "/sessions/end-others", "/password", "/app"])
def test_security_forms_ask_who_is_there_again(server: Server, email: str, pages: Pages, path: str) -> None:
    pages.sign_in(email)
    token = pages.get("/account/name").text.partition('name="csrf_token" value="')[2].partition('"')[0]
    let_time_pass(server, email, 16)
    assert (pages.post(f"{SECURITY}{path}", csrf_token=token).location or "").startswith("/sign-in/again?")


def test_who_is_given_power_later_can_still_set_up_what_it_needs(server: Server, email: str, pages: Pages) -> None:
    pages.sign_in(email)
    let_administer(server, email)
    let_time_pass(server, email, 16)
    assert pages.get("/account").location == f"{SECURITY}/required?next=/account"
    again = f"/sign-in/again?next={SECURITY}/app"
    assert pages.get(f"{SECURITY}/app").location == again
    assert pages.send(again, password=PASSWORD).location == f"{SECURITY}/app"
    pages.set_up_app()
    assert pages.get("/account").status == 200


def test_the_last_second_factor_stays_while_it_is_needed(server: Server, email: str, pages: Pages) -> None:
    let_administer(server, email)
    pages.sign_in(email)
    pages.set_up_app()
    refused = pages.send(f"{SECURITY}/app/remove")
    assert refused.status == 400
    assert "Set up another before you remove this one." in refused.text
    assert account_of(server, email).has_totp


def test_a_teacher_may_remove_it_and_the_recovery_codes_go_with_it(server: Server, email: str, pages: Pages) -> None:
    pages.sign_in(email)
    pages.set_up_app()
    assert pages.send(f"{SECURITY}/app/remove").location == SECURITY
    assert pages.get(f"{SECURITY}/app/remove").status == 404
    with server.database.read() as transaction:
        left = sa.select(sa.func.count()).select_from(recovery_codes)
        mine = left.where(recovery_codes.c.account_id == account_of(server, email).id)
        assert transaction.execute(mine).scalar() == 0
    assert Pages(server.url).sign_in(email).location == "/account"


def test_another_person_s_passkey_is_not_found(pages: Pages, email: str) -> None:
    pages.sign_in(email)
    assert pages.get(f"{SECURITY}/passkey/remove?passkey=somebody-elses").status == 404
    assert pages.get(f"{SECURITY}/passkey/remove?passkey=%00").status == 404


def test_passkeys_are_not_offered_where_browsers_make_none(pages: Pages, email: str) -> None:
    assert "passkey" not in pages.get("/sign-in").text
    pages.sign_in(email)
    assert "Passkeys cannot be used here" in pages.get(SECURITY).text
