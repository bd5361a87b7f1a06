"""People whom a directory provisions are invited, and what they do with the invitation."""

from typing import Any
from uuid import uuid4

import pytest

from tests.support.browser import PASSWORD, Visit, Visiting, account, both_ways, manager
from tests.support.centres import TEACHER, School
from tests.support.letters import letters_to, link_to
from tests.support.server import Server

ENGINE = "postgresql"


def provisioned(school: School, name: str) -> dict[str, Any]:
    """Let the directory provision somebody with an e-mail address."""
    email = f"{name}@{school.number.lower()}.example"
    return school.person(email, emails=[{"value": email, "type": "work", "primary": True}], displayName=name.title())


@both_ways
def test_somebody_new_makes_an_account_from_the_invitation(server: Server, school: School, visit: Visiting) -> None:
    person = provisioned(school, "asha")
    visitor = visit()
    visitor.open(link_to(server, person["userName"]))
    assert f"School {school.number} has added you to My Cambridge." in visitor.main()
    visitor.assert_accessible()
    assert visitor.page.get_by_label("Your name").input_value() == "Asha"
    visitor.page.get_by_label("Password", exact=True).fill(PASSWORD)
    visitor.press("Make account")
    visitor.open("/account")
    assert f"School {school.number}" in visitor.main()
    visitor.assert_accessible()


@pytest.mark.parametrize("scripts", [True, False])
def test_an_unfit_password_is_explained_and_the_invitation_stays_good(
    server: Server, school: School, visit: Visiting, *, scripts: bool
) -> None:
    person = provisioned(school, "ben")
    visitor = visit(scripts=scripts, phone=True)
    visitor.open(link_to(server, person["userName"]))
    visitor.page.get_by_label("Password", exact=True).fill("password123!")
    visitor.press("Make account")
    assert "Many people use this password" in visitor.main()
    if scripts:
        visitor.assert_accessible()
    visitor.page.get_by_label("Password", exact=True).fill(PASSWORD)
    visitor.press("Make account")
    visitor.open("/account")
    assert "Ben" in visitor.main()


@both_ways
def test_somebody_who_has_an_account_adds_the_school_to_it(server: Server, school: School, visit: Visiting) -> None:
    first = provisioned(school, "carla")
    email = account(server, school, first)
    school.directory.delete(f"/Users/{first['id']}")
    provisioned(school, "carla")
    letters = letters_to(server, email)
    assert letters[-1]["Subject"] == f"You have been added to School {school.number} on My Cambridge"
    visitor = visit(email)
    visitor.open("/account")
    assert "No organisation has added you yet." in visitor.main()
    visitor.open(link_to(server, email))
    visitor.assert_accessible()
    visitor.press("Add to my account")
    visitor.open("/account")
    assert f"School {school.number}" in visitor.main()


def test_an_invitation_is_good_once(server: Server, school: School, visit: Visiting) -> None:
    person = provisioned(school, "dora")
    link = link_to(server, person["userName"])
    visitor = visit()
    visitor.open(link)
    visitor.page.get_by_label("Password", exact=True).fill(PASSWORD)
    visitor.press("Make account")
    again = visit()
    again.open(link)
    assert "This link has been used, or is too old." in again.main()


@both_ways
def test_somebody_who_left_cannot_accept(server: Server, school: School, visit: Visiting) -> None:
    person = provisioned(school, "evan")
    link = link_to(server, person["userName"])
    school.directory.patch(f"/Users/{person['id']}", {"op": "replace", "path": "active", "value": False})
    visitor = visit()
    visitor.open(link)
    assert "taken this invitation back" in visitor.main()


def test_nobody_is_invited_twice_or_without_an_address(server: Server, school: School) -> None:
    person = provisioned(school, "fay")
    school.directory.patch(f"/Users/{person['id']}", {"op": "replace", "path": "title", "value": "Head"})
    assert len(letters_to(server, person["userName"])) == 1
    assert len(letters_to(server, person["userName"])) == 1
    nobody = school.person(f"plain@{school.number.lower()}.example")
    assert letters_to(server, nobody["userName"]) == []


@both_ways
def test_a_password_is_chosen_anew_by_mail(server: Server, school: School, visit: Visiting) -> None:
    email = account(server, school, provisioned(school, "gita"))
    elsewhere = visit(email)
    visitor = visit()
    visitor.open("/sign-in")
    visitor.follow("I have forgotten my password")
    visitor.assert_accessible()
    visitor.page.get_by_label("E-mail address").fill(email)
    visitor.press("Continue")
    assert visitor.heading() == "Check your mail"
    visitor.open(link_to(server, email))
    visitor.assert_accessible()
    visitor.page.get_by_label("New password", exact=True).fill("another three word pass")
    visitor.press("Change password")
    visitor.page.get_by_label("E-mail address").fill(email)
    visitor.page.get_by_label("Password", exact=True).fill("another three word pass")
    visitor.press("Sign in")
    visitor.open("/account")
    assert visitor.heading() == "Your account"
    elsewhere.open("/account")
    assert elsewhere.heading() == "Sign in to My Cambridge", "a new password ends every session"
    assert "Your password was changed." in str(letters_to(server, email)[-1].get_content())


def answer_to(visitor: Visit, path: str, email: str) -> str:
    """Return what a page says after an address was entered, without the address."""
    visitor.open(path)
    visitor.page.get_by_label("E-mail address").fill(email)
    visitor.press("Continue")
    return visitor.main().replace(email, "…")


@pytest.mark.parametrize("path", ["/forgotten-password", "/create-account"])
def test_no_page_says_whether_an_address_is_known(server: Server, school: School, visit: Visiting, path: str) -> None:
    known = account(server, school, provisioned(school, f"known{len(path)}"))
    unknown = f"unknown@{school.number.lower()}.example"
    visitor = visit()
    assert answer_to(visitor, path, known) == answer_to(visitor, path, unknown)
    assert len(letters_to(server, unknown)) == 1, "both are written to, so both take as long"


@both_ways
def test_somebody_makes_an_account_by_themselves_and_learns_that_it_opens_nothing_yet(
    server: Server, school: School, visit: Visiting
) -> None:
    email = f"self@{school.number.lower()}.example"
    visitor = visit()
    answer_to(visitor, "/create-account", email)
    visitor.open(link_to(server, email))
    visitor.page.get_by_label("Your name").fill("Self Made")
    visitor.page.get_by_label("Password", exact=True).fill(PASSWORD)
    visitor.press("Make account")
    visitor.open("/account")
    assert "No organisation has added you yet." in visitor.main()


def test_nobody_fills_a_mailbox(server: Server, school: School, visit: Visiting) -> None:
    email = f"flooded@{school.number.lower()}.example"
    visitor = visit()
    for _ in range(3):
        answer_to(visitor, "/forgotten-password", email)
    assert "There were too many attempts." in answer_to(visitor, "/forgotten-password", email)
    assert len(letters_to(server, email)) == 3


@both_ways
def test_an_address_is_added_when_both_mailboxes_agree(server: Server, school: School, visit: Visiting) -> None:
    email = account(server, school, provisioned(school, "hana"))
    new = f"hana.new@{school.number.lower()}.example"
    visitor = visit(email)
    visitor.open("/account/e-mail")
    visitor.assert_accessible()
    visitor.page.get_by_label("New e-mail address").fill(new)
    visitor.press("Add address")
    assert letters_to(server, new) == []
    visitor.open(link_to(server, email))
    visitor.assert_accessible()
    visitor.press("I agree")
    visitor.open(link_to(server, new))
    visitor.press("Add address")
    visitor.open("/account")
    assert new in visitor.main()
    assert f"The address {new} was added" in str(letters_to(server, email)[-1].get_content())
    visitor.open("/account/e-mail")
    visitor.press(f"Make this the main address {new}")
    visitor.press(f"Remove {email}")
    visitor.open("/account")
    assert email not in visitor.page.locator(".govuk-summary-list").first.inner_text()
    known = school.board.get("/Changes?filter=operation%20sw%20%22address-%22&sortBy=at").json["Resources"]
    assert [each["operation"] for each in known] == ["address-added", "address-preferred", "address-removed"]
    assert new not in str(known), "the journal of a school holds no addresses that are its people's own"


@both_ways
def test_a_person_takes_their_data_along_and_removes_the_account(
    server: Server, school: School, visit: Visiting
) -> None:
    person = provisioned(school, "ivo")
    school.grants(person, note="For one series")
    email = account(server, school, person)
    visitor = visit(email)
    kept = visitor.context.request.get(f"{visitor.url}/account/my-data.json").json()
    (known,) = kept["organisations"]
    assert known["provisioned"]["userName"] == person["userName"]
    assert [(each["value"], each["effective"]) for each in known["roles"]] == [(TEACHER, True)]
    assert known["decisions"]["RoleGrant"][0]["note"] == "For one series"
    assert [each["operation"] for each in known["journal"]] == ["create"]
    assert "hash" not in str(kept)
    visitor.open("/account/remove")
    visitor.assert_accessible()
    visitor.press("Remove account")
    assert "Tick the box to confirm." in visitor.main()
    visitor.page.get_by_label("Remove my account for good").check()
    visitor.press("Remove account")
    assert visitor.heading() == "Sign in to My Cambridge"
    assert school.directory.get(f"/Users/{person['id']}").status == 200, "the school's own record stays"
    (entry,) = school.board.get("/Changes?filter=operation%20eq%20%22account-removed%22").json["Resources"]
    assert entry["actor"] == {"type": "person", "value": person["id"], "display": person["userName"]}


def test_what_was_known_of_somebody_else_is_in_nobodys_data(server: Server, school: School, visit: Visiting) -> None:
    person = provisioned(school, "jana")
    account(server, school, person)
    visitor = visit(manager(server, school))
    visitor.open(f"/centres/{school.number}/people/{person['id']}/disconnect")
    visitor.press("Disconnect")
    successor = f"kofi@{school.number.lower()}.example"
    changed = {"userName": successor, "displayName": "Kofi", "emails": [{"value": successor}]}
    school.directory.patch(f"/Users/{person['id']}", {"op": "replace", "value": changed})
    email = account(server, school, {**person, **changed})
    kept = visit(email).context.request.get(f"{server.url}/account/my-data.json").json()
    assert kept["organisations"][0]["provisioned"]["userName"] == successor
    assert [each["operation"] for each in kept["organisations"][0]["journal"]] == ["patch"]


@both_ways
def test_an_administrator_of_the_platform_makes_an_account_by_invitation(server: Server, visit: Visiting) -> None:
    name = f"registrar-{uuid4().hex[:8]}"
    server.command("admin", "create", name, "--password-stdin", stdin=f"{PASSWORD}\n")
    server.command("admin", "invite", name, f"{name}@board.example")
    visitor = visit()
    visitor.open(link_to(server, f"{name}@board.example"))
    visitor.page.get_by_label("Your name").fill("Registrar")
    visitor.page.get_by_label("Password", exact=True).fill(PASSWORD)
    visitor.press("Make account")
    visitor.open("/account")
    assert visitor.heading() != "Your account", "the board's power needs a second factor first"
