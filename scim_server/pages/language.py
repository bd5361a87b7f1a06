"""Words and dates in the reader's language. English is the source; ``make messages`` collects what to translate."""

import gettext as translations
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from flask import Flask, has_request_context, request

from scim_server.accounts.errors import AccountError

DOMAIN = "messages"
DIRECTORY = Path(__file__).parent / "translations"


def gettext(message: str) -> str:
    """Return a message in the language that the browser asks for, when there is a translation."""
    return _catalogue(_language()).gettext(message)


def ngettext(singular: str, plural: str, number: int) -> str:
    """Return the form of a message that fits a number, in the language that the browser asks for."""
    return _catalogue(_language()).ngettext(singular, plural, number)


_ = gettext


def words(error: AccountError) -> str:
    """Return what an error says to a person, in the language that the browser asks for."""
    said = gettext(error.message)
    return said % error.values if error.values else said


def install(app: Flask, time_zone: str) -> None:
    """Let templates translate, and write moments as people read them."""
    zone = ZoneInfo(time_zone)
    environment = app.jinja_env
    environment.add_extension("jinja2.ext.i18n")
    environment.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    environment.filters["day"] = lambda text: day(text, zone) if text else ""
    environment.filters["moment"] = lambda text: moment(text, zone) if text else ""
    environment.globals["language"] = _language


def day(text: str, zone: ZoneInfo) -> str:
    """Return the day of a moment as people read it."""
    return _local(text, zone).strftime("%-d %B %Y")


def moment(text: str, zone: ZoneInfo) -> str:
    """Return a moment as people read it."""
    return _local(text, zone).strftime("%-d %B %Y at %H:%M")


def _local(text: str, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(text).astimezone(zone)


def _language() -> str:
    if not has_request_context():
        return "en"
    return request.accept_languages.best_match(["en", *_translated()]) or "en"


@cache
def _translated() -> tuple[str, ...]:
    return tuple(sorted(found.parts[-3] for found in DIRECTORY.glob(f"*/LC_MESSAGES/{DOMAIN}.mo")))


@cache
def _catalogue(language: str) -> translations.NullTranslations:
    return translations.translation(DOMAIN, DIRECTORY, [language], fallback=True)
