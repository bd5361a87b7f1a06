"""A real browser before a real server: Debian's Chromium, as wide as a desk or a phone, with scripts or not."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import uuid4

import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from playwright.sync_api import Browser, BrowserContext, Locator, Page, sync_playwright

from scim_server.accounts.passwords import hash_password
from scim_server.accounts.register import create_account, find_account, link_administrator, link_user
from scim_server.accounts.sessions import open_session
from tests.support.centres import Board, School
from tests.support.databases import fresh_url
from tests.support.pages import PASSWORD
from tests.support.server import Server, running_server

DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 320, "height": 640}


class Way(NamedTuple):
    """How somebody looks at the site."""

    scripts: bool = True
    phone: bool = False


both_ways = pytest.mark.parametrize(
    "visit",
    [Way(), Way(scripts=False, phone=True)],
    ids=["at a desk", "on a phone, without scripts"],
    indirect=True,
)
"""Marks a journey that is to be made at a desk with scripts, and again on a phone without them."""

_ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return a running browser."""
    path = shutil.which("chromium")
    assert path is not None, "Install Chromium: .ci/packages does so on Debian."
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=_ARGUMENTS)
        yield started
        started.close()


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server for the journeys of a module, on the engine that the module names as ``ENGINE``, else on SQLite.

    Both engines answer some journeys; what is below the pages is tested on both.
    """
    folder, engine = tmp_path_factory.mktemp("server"), getattr(request.module, "ENGINE", "sqlite")
    outbox = str(folder / "outbox")
    with fresh_url(engine, request, folder) as url, running_server(url, folder, outbox_directory=outbox) as started:
        yield started


@dataclass
class Visit:
    """One person's browser, and all pages it has seen."""

    context: BrowserContext
    page: Page
    url: str
    scripts: bool = True
    faults: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Open a page of the site."""
        self.page.goto(f"{self.url}{path}")
        return self.page

    def heading(self) -> str:
        """Return the main heading of the page."""
        return self.page.locator("h1").inner_text()

    def main(self) -> str:
        """Return what the page says."""
        return self.page.locator("main").inner_text()

    def press(self, name: str) -> None:
        """Press a button, and wait for the page that follows."""
        self._leave(self.page.get_by_role("button", name=name, exact=True))

    def follow(self, name: str) -> None:
        """Follow a link, and wait for the page that follows."""
        self._leave(self.page.get_by_role("link", name=name, exact=True))

    def _leave(self, way: Locator) -> None:
        # A click by itself returns while the browser still asks for the next page.
        with self.page.expect_navigation():
            way.click()

    def assert_accessible(self) -> None:
        """Assert that the page fits its window, and breaks no rule of WCAG 2.2 A and AA that can be checked.

        The rules are checked by a script, so only where there are any.
        """
        if self.scripts:
            options = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
            violations = Axe().run(self.page, options=options).response["violations"]
            broken = [(each["id"], [node["html"][:200] for node in each["nodes"]]) for each in violations]
            assert broken == [], f"{self.page.url}: {broken}"
        width = self.page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert width[0] <= width[1], f"{self.page.url} is wider than its window: {width}"


Visiting = Callable[..., Visit]


@pytest.fixture
def visit(browser: Browser, server: Server, request: pytest.FixtureRequest) -> Iterator[Visiting]:
    """Open the site in a browser of one's own, signed in when a person is named.

    At a desk with scripts, unless the journey is made in several ways or says which one.

    Every page must be free of faults: errors of scripts, and what its security policy had to stop.
    """
    visits: list[Visit] = []
    way: Way = getattr(request, "param", Way())

    def opened(email: str | None = None, *, scripts: bool = way.scripts, phone: bool = way.phone) -> Visit:
        context = browser.new_context(viewport=PHONE if phone else DESKTOP, java_script_enabled=scripts)
        if email is not None:
            context.add_cookies([{"name": "session", "value": signed_in_cookie(server, email), "url": server.url}])
        new = Visit(context, context.new_page(), server.url, scripts)
        new.page.on("pageerror", lambda error: new.faults.append(str(error)))
        new.page.on("console", lambda message: new.faults.append(message.text) if message.type == "error" else None)
        visits.append(new)
        return new

    yield opened
    for each in visits:
        each.context.close()
    # A browser reports every answer of 400 and above as an error, which some journeys are about.
    faults = [fault for each in visits for fault in each.faults if "the server responded with a status" not in fault]
    assert faults == []


def account(server: Server, school: School, person: dict[str, Any]) -> str:
    """Give a person of a school an account, and return its address."""
    email = str(person["userName"]) if "@" in person["userName"] else f"{uuid4().hex[:10]}@school.example"
    with server.database.write() as transaction:
        found = find_account(transaction, email)
        name = str(person.get("displayName") or email.partition("@")[0])
        account_id = found.id if found else create_account(
            transaction, name=name, email=email, password_hash=hash_password(PASSWORD)
        )  # fmt: skip
        link_user(transaction, account_id, school.number, person["id"])
    return email


def manager(server: Server, school: School, name: str = "Exams Officer") -> str:
    """Return the address of a new account with user management for a school."""
    person = school.person(f"{uuid4().hex[:8]}@{school.number.lower()}.example", displayName=name)
    school.grants(person, "user-management")
    return account(server, school, person)


def board_account(server: Server, board: Board) -> str:
    """Return the address of an account that acts as the exam board."""
    email = f"{uuid4().hex[:10]}@board.example"
    with server.database.write() as transaction:
        made = create_account(transaction, name="Board Staff", email=email, password_hash=hash_password(PASSWORD))
        link_administrator(transaction, made, board.name)
    return email


def signed_in_cookie(server: Server, email: str) -> str:
    """Return the cookie of a new session, for which both factors were given."""
    with server.database.write() as transaction:
        known = find_account(transaction, email)
        assert known is not None
        secret = open_session(transaction, known.id, second_factor=True, user_agent="Chromium", address="127.0.0.1")
    signer = Flask("signer")
    signer.secret_key = server.environment["SCIM_SERVER_SECRET_KEY"]
    serializer = SecureCookieSessionInterface().get_signing_serializer(signer)
    assert serializer is not None
    return str(serializer.dumps({"secret": secret}))


def set_up_app(visitor: Visit) -> pyotp.TOTP:
    """Set an authenticator app up, and return it."""
    key = visitor.page.locator("strong.app-code").inner_text().replace(" ", "")
    app = pyotp.TOTP(key)
    visitor.page.get_by_label("Code").fill(app.now())
    visitor.press("Continue")
    return app
