"""Signing in: with a password, with a second factor, with a passkey; and what ends it."""

import re
from datetime import UTC, datetime

import pyotp
import pytest

from tests.support.browser import PASSWORD, Visit, Visiting, account, both_ways, manager, set_up_app, signed_in_cookie
from tests.support.centres import School
from tests.support.server import Server


def sign_in(visitor: Visit, email: str, password: str = PASSWORD, path: str = "/sign-in") -> None:
    """Fill in the form."""
    visitor.open(path)
    visitor.page.get_by_label("E-mail address").fill(email)
    visitor.page.get_by_label("Password", exact=True).fill(password)
    visitor.press("Sign in")


def later_code(app: pyotp.TOTP) -> str:
    """Return the code after the present one, which is accepted since clocks differ: the present one was used."""
    return app.generate_otp(app.timecode(datetime.now(UTC)) + 1)


@pytest.mark.parametrize("scripts", [True, False])
def test_a_teacher_signs_in_with_a_password(server: Server, school: School, visit: Visiting, *, scripts: bool) -> None:
    email = account(server, school, school.person(f"teacher{scripts}@school.example"))
    visitor = visit(scripts=scripts, phone=not scripts)
    sign_in(visitor, email, path="/sign-in?next=/account")
    assert visitor.heading() == "Your account"
    visitor.press("Sign out")
    assert "You are signed out." in visitor.main()
    visitor.open("/account")
    assert visitor.heading() == "Sign in to My Cambridge"


def test_a_wrong_password_and_an_unknown_address_are_answered_alike(
    server: Server, school: School, visit: Visiting
) -> None:
    email = account(server, school, school.person("known@school.example"))
    said = []
    for each in (email, "nobody@school.example"):
        visitor = visit(scripts=False)
        sign_in(visitor, each, "a wrong password that is long")
        said.append(visitor.main())
    assert said[0] == said[1]
    assert "The e-mail address or the password is wrong." in said[0]
    visitor = visit()
    sign_in(visitor, "nobody@school.example", "a wrong password that is long")
    visitor.assert_accessible()


def test_guessing_is_slowed_down(server: Server, school: School, visit: Visiting) -> None:
    email = account(server, school, school.person("guessed@school.example"))
    visitor = visit(scripts=False)
    for _ in range(10):
        sign_in(visitor, email, "a wrong password that is long")
    sign_in(visitor, email)
    assert "There were too many attempts." in visitor.main()


@both_ways
def test_whoever_manages_users_sets_up_a_second_factor_before_anything_else(
    server: Server, school: School, visit: Visiting
) -> None:
    email = manager(server, school)
    visitor = visit()
    console = f"/centres/{school.number}"
    sign_in(visitor, email, path=f"/sign-in?next={console}")
    assert visitor.heading() == "Set up a second factor"
    visitor.assert_accessible()
    visitor.open("/account")
    assert visitor.heading() == "Set up a second factor"
    visitor.open(console)
    visitor.press("Set up an app")
    visitor.assert_accessible()
    visitor.page.get_by_label("Code").fill("000000")
    visitor.press("Continue")
    assert "The code is not right." in visitor.main()
    app = set_up_app(visitor)
    assert visitor.heading() == "Your recovery codes"
    visitor.assert_accessible()
    codes = visitor.page.locator(".app-codes li").all_inner_texts()
    assert len(set(codes)) == 10
    visitor.page.get_by_role("button", name="I have saved them").click()
    assert visitor.heading() == "Who has access, and why"

    again = visit(phone=True)
    sign_in(again, email, path=f"/sign-in?next={console}")
    assert again.heading() == "Confirm that it is you"
    again.assert_accessible()
    again.page.get_by_label("Code").fill("000000")
    again.press("Continue")
    assert "The code is not right" in again.main()
    again.page.get_by_label("Code").fill(later_code(app))
    again.press("Continue")
    assert again.heading() == "Who has access, and why"

    for code, heading in ((codes[0], "Who has access, and why"), (codes[0], "Confirm that it is you")):
        lost = visit(scripts=False)
        sign_in(lost, email, path=f"/sign-in?next={console}")
        lost.page.get_by_label("Code").fill(code)
        lost.press("Continue")
        assert lost.heading() == heading, "a recovery code is good once"


def test_a_code_is_good_once(server: Server, school: School, visit: Visiting) -> None:
    email = manager(server, school)
    visitor = visit()
    sign_in(visitor, email, path="/sign-in?next=/account/security/app")
    visitor.open("/account/security/app")
    app = set_up_app(visitor)
    code = later_code(app)
    for heading in ("Security", "Confirm that it is you"):
        other = visit(scripts=False)
        sign_in(other, email, path="/sign-in?next=/account/security")
        other.page.get_by_label("Code").fill(code)
        other.press("Continue")
        assert other.heading() == heading


@both_ways
def test_a_directory_that_deactivates_somebody_signs_them_out_at_once(
    server: Server, school: School, visit: Visiting
) -> None:
    person = school.person("leaver@school.example")
    email = account(server, school, person)
    visitor = visit(email)
    visitor.open("/account")
    assert visitor.heading() == "Your account"
    change = {"op": "replace", "path": "active", "value": False}
    assert school.directory.patch(f"/Users/{person['id']}", change).status == 200
    visitor.open("/account")
    assert visitor.heading() == "Sign in to My Cambridge"
    school.directory.patch(f"/Users/{person['id']}", {**change, "value": True})
    visitor.open("/account")
    assert visitor.heading() == "Sign in to My Cambridge", "a session does not come back"


@pytest.mark.parametrize(
    "elsewhere", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_signing_in_leads_nowhere_else(server: Server, school: School, visit: Visiting, elsewhere: str) -> None:
    email = account(server, school, school.person(f"{abs(hash(elsewhere))}@school.example"))
    visitor = visit(scripts=False)
    visitor.page.goto(f"{visitor.url}/sign-in?next={elsewhere}")
    visitor.page.get_by_label("E-mail address").fill(email)
    visitor.page.get_by_label("Password", exact=True).fill(PASSWORD)
    visitor.press("Sign in")
    assert visitor.page.url.startswith(f"{visitor.url}/")


def test_a_form_of_another_site_is_refused(server: Server, school: School, visit: Visiting) -> None:
    visitor = visit(account(server, school, school.person("forged@school.example")))
    answer = visitor.context.request.post(f"{visitor.url}/account/name", form={"name": "Forged"})
    assert answer.status == 400
    visitor.open("/account")
    assert "Forged" not in visitor.main()


def test_a_session_is_new_after_signing_in_and_its_cookie_is_kept_from_scripts(
    server: Server, school: School, visit: Visiting
) -> None:
    email = account(server, school, school.person("fixed@school.example"))
    visitor = visit(email)
    visitor.open("/account")
    before = signed_in_cookie(server, email)
    sign_in(visitor, email)
    (cookie,) = [each for each in visitor.context.cookies() if each["name"] == "session"]
    assert cookie["value"] != before
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Lax"
    headers = visitor.page.goto(f"{visitor.url}/account").headers  # type: ignore[union-attr]
    assert "default-src 'none'" in headers["content-security-policy"]
    assert not re.search("unsafe", headers["content-security-policy"])
    assert headers["x-frame-options"] == "DENY"
    assert headers["cache-control"] == "no-store"


@both_ways
def test_a_person_sees_where_they_are_signed_in_and_signs_out_there(
    server: Server, school: School, visit: Visiting
) -> None:
    email = account(server, school, school.person())
    here, there = visit(email), visit(email)
    there.open("/account")
    here.open("/account/security")
    here.assert_accessible()
    assert here.main().count("Signed in ") == 2
    here.press("Sign out everywhere else")
    there.open("/account")
    assert there.heading() == "Sign in to My Cambridge"
    here.open("/account")
    assert here.heading() == "Your account"


@both_ways
def test_a_changed_password_signs_out_everywhere_else(server: Server, school: School, visit: Visiting) -> None:
    email = account(server, school, school.person())
    here, there = visit(email), visit(email)
    here.open("/account/security/password")
    here.assert_accessible()
    here.page.get_by_label("Current password", exact=True).fill(PASSWORD)
    here.page.get_by_label("New password", exact=True).fill("quite another password")
    here.press("Change password")
    assert "Your password was changed" in here.main()
    there.open("/account")
    assert there.heading() == "Sign in to My Cambridge"
    sign_in(there, email, "quite another password", "/sign-in?next=/account")
    assert there.heading() == "Your account"


def test_a_second_factor_that_is_needed_cannot_be_removed(server: Server, school: School, visit: Visiting) -> None:
    email = manager(server, school)
    visitor = visit(email)
    visitor.open("/account/security/app")
    set_up_app(visitor)
    visitor.page.get_by_role("button", name="I have saved them").click()
    visitor.open("/account/security")
    visitor.follow("Remove authenticator app")
    visitor.assert_accessible()
    visitor.press("Remove app")
    assert "Set up another before you remove this one." in visitor.main()
    visitor.assert_accessible()
    visitor.open("/account/security")
    visitor.follow("Change authenticator app")
    assert "It takes the place of the app that you have set up" in visitor.main()
    set_up_app(visitor)
    assert visitor.heading() == "Your recovery codes"


def test_sign_ins_are_in_the_journal_of_the_school(server: Server, school: School, visit: Visiting) -> None:
    person = school.person("seen@school.example")
    visitor = visit(scripts=False)
    sign_in(visitor, account(server, school, person))
    found = school.board.get("/Changes?filter=operation%20eq%20%22sign-in%22").json["Resources"]
    assert [each["actor"]["display"] for each in found] == [person["userName"]]
    assert "seen@school.example signed in" in server.command("journal", "--tenant", school.number)
