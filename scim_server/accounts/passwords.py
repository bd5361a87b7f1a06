"""What makes a password fit, after NCSC and OWASP ASVS 5 §6.2: long, not common, not about the person; nothing else."""

import re
import threading
from functools import cache

from argon2 import PasswordHasher
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from scim_server.accounts.errors import AccountError

MIN_LENGTH, MAX_LENGTH = 12, 256
_MIN_WORD = 4
_AT_A_TIME = threading.BoundedSemaphore(2)


def check_password(password: str, *, about: tuple[str, ...] = ()) -> None:
    """Refuse a password that is easily guessed.

    :param about: What others know of the person: names and e-mail addresses.
    :raises AccountError: When it is too short, too long, often used, or little more than a name or an address.
    """
    if len(password) < MIN_LENGTH:
        raise AccountError(
            "Use at least %(number)s characters. Three random words make a good password.",
            "password",
            number=MIN_LENGTH,
        )
    if len(password) > MAX_LENGTH:
        raise AccountError("Use %(number)s characters at most.", "password", number=MAX_LENGTH)
    plain = re.sub(r"[^a-z]+", "", password.lower())
    if password.lower() in _common() or _without_padding(password.lower()) in _common() or _repeats(password):
        raise AccountError("Many people use this password, so it is guessed first. Choose another.", "password")
    rest = plain
    for word in sorted(_words(about), key=len, reverse=True):
        rest = rest.replace(word, "")
    if rest != plain and len(rest) < _MIN_WORD:
        raise AccountError("This is little more than your name or address. Choose something else.", "password")


def hash_password(password: str) -> str:
    """Return the Argon2id hash of a password; a few at a time, since each takes much memory and time on purpose."""
    with _AT_A_TIME:
        return PasswordHasher().hash(password)


@cache
def _common() -> frozenset[str]:
    return frozenset(FREQUENCY_LISTS["passwords"])


def _without_padding(password: str) -> str:
    """Return a password without the digits and signs by which short ones are made long."""
    return re.sub(r"^[^a-z]+|[^a-z]+$", "", password)


def _repeats(password: str) -> bool:
    return len(set(password)) < _MIN_WORD or re.fullmatch(r"(.{1,6}?)\1+.{0,5}", password, re.DOTALL) is not None


def _words(about: tuple[str, ...]) -> set[str]:
    words = {word for each in about for word in re.split(r"[^a-z]+", each.lower())}
    return {word for word in words if len(word) >= _MIN_WORD - 1}
