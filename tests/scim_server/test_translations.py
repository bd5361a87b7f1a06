"""Pages are said in the language that a browser asks for, once somebody has translated them."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask.testing import FlaskClient
from pydantic import SecretStr

from scim_server.accounts.extension import Accounts
from scim_server.app import create_app
from scim_server.db import Database
from scim_server.installed import load_extensions
from scim_server.pages import language
from scim_server.settings import Settings

WELSH = {
    "Sign in": "Mewngofnodi",
    "The e-mail address or the password is wrong.": "Mae'r cyfeiriad e-bost neu'r cyfrinair yn anghywir.",
    "Use at least %(number)s characters. Three random words make a good password.": "Mwy na %(number)s nod.",
}


@pytest.fixture
def translated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have some messages translated into Welsh."""
    catalogue = Catalog("cy")
    for message, translation in WELSH.items():
        catalogue.add(message, translation)
    folder = tmp_path / "cy" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "messages.mo").open("wb") as file:
        write_mo(file, catalogue)
    monkeypatch.setattr(language, "DIRECTORY", tmp_path)
    for cached in (language._translated, language._catalogue):
        cached.cache_clear()
    yield
    for cached in (language._translated, language._catalogue):
        cached.cache_clear()


@pytest.fixture
def pages(database: Database) -> FlaskClient:
    """A browser before the application."""
    settings = Settings(secret_key=SecretStr("x"), base_url="http://localhost")
    return create_app(settings, database, (Accounts(invites=True), *load_extensions())).test_client()


def refusal(pages: FlaskClient, wanted: str) -> str:
    """Return what the page says to somebody who signs in with a wrong password."""
    headers = {"Accept-Language": wanted}
    page = pages.get("/sign-in", headers=headers).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    form = {"csrf_token": token[1], "email": "asha@school.example", "password": "not hers at all"}
    return pages.post("/sign-in", data=form, headers=headers).text


@pytest.mark.usefixtures("translated")
def test_pages_and_what_they_refuse_are_said_in_the_language_that_is_asked_for(pages: FlaskClient) -> None:
    welsh, english = refusal(pages, "cy, en;q=0.5"), refusal(pages, "fr")

    assert "Mewngofnodi" in welsh
    assert "Mae&#39;r cyfeiriad e-bost neu&#39;r cyfrinair yn anghywir." in welsh
    assert '<html lang="cy"' in welsh
    assert "The e-mail address or the password is wrong." in english
    assert '<html lang="en"' in english


def test_everything_that_is_translated_here_is_collected_for_translators() -> None:
    with (language.DIRECTORY / "messages.pot").open("rb") as file:
        collected = {message.id for message in read_po(file)}
    assert set(WELSH) <= collected
