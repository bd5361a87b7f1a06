"""What views share about forms."""

from collections.abc import Callable
from typing import TypeVar

from flask import request

from scim_server.accounts.errors import AccountError
from scim_server.db import Transaction
from scim_server.pages.language import words
from scim_server.pages.site import Site

T = TypeVar("T")


def sent(name: str, longest: int = 1000) -> str:
    """Return what was entered into a field, or nothing when it is far too long or holds a NUL."""
    value = request.form.get(name, "")
    return "" if len(value) > longest or "\0" in value else value


def errors_of(error: AccountError, fallback: str = "") -> dict[str, str]:
    """Return the message of an error by the field that it is about."""
    return {error.field or fallback: words(error)}


def writing(site: Site, work: Callable[[Transaction], T]) -> T:
    """Do something in one transaction, all of it or nothing."""
    return site.database.run(work, writing=True)


def reading(site: Site, work: Callable[[Transaction], T]) -> T:
    """Return what is read."""
    return site.database.run(work, writing=False)
