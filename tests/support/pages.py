"""The pages as a browser without scripts asks for them, for tests that run on each engine."""

import re
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.client import HTTPMessage
from http.cookiejar import CookieJar
from typing import IO, Any
from uuid import uuid4

import pyotp
import sqlalchemy as sa

from scim_server.accounts.passwords import hash_password
from scim_server.accounts.register import Account, create_account, find_account, link_administrator, link_user
from scim_server.accounts.tables import sessions
from scim_server.connections.administrators import create_administrator
from scim_server.store.documents import utc_text
from tests.support.server import Server

PASSWORD = "three random words 4 tests"
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_KEY = re.compile(r'<strong class="app-code">([A-Z2-7 ]+)</strong>')
_SEALED = re.compile(r'name="sealed" value="([^"]+)"')
_MOMENTS = ("proven", "last_seen")
_CODE = re.compile(r'<li class="app-code">([^<]+)</li>')


@dataclass(frozen=True)
class Page:
    """A page that was answered, or where it leads."""

    status: int
    text: str
    location: str | None


class _Stay(urllib.request.HTTPRedirectHandler):
    """Redirects are answers to look at."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        return None


@dataclass
class Pages:
    """One browser."""

    url: str
    cookies: CookieJar = field(default_factory=CookieJar)

    def get(self, path: str) -> Page:
        """Open a page."""
        return self._send(urllib.request.Request(f"{self.url}{path}"))  # noqa: S310 - a test's own server

    def send(self, path: str, **fields: str) -> Page:
        """Send the form of a page, with the token that the page holds."""
        found = _TOKEN.search(self.get(path).text)
        assert found is not None, path
        return self.post(path, csrf_token=found[1], **fields)

    def post(self, path: str, **fields: str) -> Page:
        """Send a form as it is."""
        data = urllib.parse.urlencode(fields).encode()
        headers = {"Referer": f"{self.url}{path}"}
        return self._send(urllib.request.Request(f"{self.url}{path}", data, headers))  # noqa: S310 - as above

    def _send(self, request: urllib.request.Request) -> Page:
        opener = urllib.request.build_opener(_Stay, urllib.request.HTTPCookieProcessor(self.cookies))
        try:
            with opener.open(request, timeout=60) as answer:
                return Page(answer.status, answer.read().decode(), None)
        except urllib.error.HTTPError as answered:
            with answered:
                return Page(answered.code, answered.read().decode(), answered.headers.get("Location"))

    def sign_in(self, email: str, password: str = PASSWORD) -> Page:
        """Give an address and a password, and return where that leads."""
        return self.send("/sign-in?next=/account", email=email, password=password)

    def set_up_app(self) -> tuple[pyotp.TOTP, list[str]]:
        """Set up an authenticator app, and return it with the recovery codes."""
        app, shown = self._offer_code(0)
        assert shown.status == 200, shown
        return app, _CODE.findall(shown.text)

    def send_app(self, steps: int) -> Page:
        """Return what setting up an app with the code of another time step is answered."""
        return self._offer_code(steps)[1]

    def _offer_code(self, steps: int) -> tuple[pyotp.TOTP, Page]:
        page = self.get("/account/security/app")
        key, sealed, token = (each.search(page.text) for each in (_KEY, _SEALED, _TOKEN))
        assert key is not None, page
        assert sealed is not None
        assert token is not None
        app = pyotp.TOTP(key[1].replace(" ", ""))
        fields = {"csrf_token": token[1], "sealed": sealed[1], "code": code_at(app, steps)}
        return app, self.post("/account/security/app", **fields)


def code_at(app: pyotp.TOTP, steps: int) -> str:
    """Return the code of an app some time steps from now."""
    return app.generate_otp(app.timecode(datetime.now(UTC)) + steps)


def person_with_account(server: Server, tenant: str | None = None, user: dict[str, Any] | None = None) -> str:
    """Return the address of a new account, linked to a User when one is named."""
    email = f"{uuid4().hex[:10]}@school.example"
    with server.database.write() as transaction:
        made = create_account(transaction, name="Asha Patel", email=email, password_hash=hash_password(PASSWORD))
        if tenant is not None and user is not None:
            link_user(transaction, made, tenant, user["id"])
    return email


def let_administer(server: Server, email: str) -> None:
    """Let the person of an account act as an administrator, who must have a second factor."""
    name = f"registrar-{uuid4().hex[:8]}"
    with server.database.write() as transaction:
        create_administrator(transaction, name, "a password that only this test knows")
        link_administrator(transaction, account_of(server, email).id, name)


def account_of(server: Server, email: str) -> Account:
    """Return the account of an address."""
    with server.database.read() as transaction:
        found = find_account(transaction, email)
    assert found is not None
    return found


def let_time_pass(server: Server, email: str, minutes: int) -> None:
    """Let the sessions of a person have begun, and been used and proven, earlier than they were."""
    c, ago = sessions.c, timedelta(minutes=minutes)
    with server.database.write() as transaction:
        mine = c.account_id == account_of(server, email).id
        for row in transaction.execute(sa.select(c.id_hash, c.proven, c.last_seen).where(mine)).all():
            earlier = {name: utc_text(datetime.fromisoformat(getattr(row, name)) - ago) for name in _MOMENTS}
            transaction.execute(sa.update(sessions).where(c.id_hash == row.id_hash).values(earlier))
