"""What a token looks like: ``mcp_<key id>_<secret><checksum>``.

The prefix lets secret scanners find a leaked one, the key id (public) finds its row, the secret holds 256 bits, and
the checksum refuses a mistyped one without asking the database.
"""

import hmac
import re
import secrets
import string
import zlib
from dataclasses import dataclass
from hashlib import sha256

PREFIX = "mcp"
_ALPHABET = string.digits + string.ascii_letters
_ID_LENGTH, _SECRET_LENGTH, _CHECKSUM_LENGTH = 12, 43, 6
_TOKEN = re.compile(
    rf"({PREFIX}_([0-9A-Za-z]{{{_ID_LENGTH}}})_[0-9A-Za-z]{{{_SECRET_LENGTH}}})([0-9A-Za-z]{{{_CHECKSUM_LENGTH}}})"
)


@dataclass(frozen=True, slots=True)
class TokenText:
    """A token as its holder knows it, and what the database keeps of it."""

    id: str
    secret_hash: str
    text: str

    def __repr__(self) -> str:
        """Name the token without its secret."""
        return f"TokenText({self.id!r})"

    def matches(self, secret_hash: str) -> bool:
        """Tell, in constant time, whether a stored hash is the one of this token."""
        return hmac.compare_digest(self.secret_hash, secret_hash)


def new_id() -> str:
    """Return a new public id."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_ID_LENGTH))


def new_token() -> TokenText:
    """Return a new token."""
    secret = "".join(secrets.choice(_ALPHABET) for _ in range(_SECRET_LENGTH))
    body = f"{PREFIX}_{new_id()}_{secret}"
    token = read_token(body + _checksum(body))
    assert token is not None
    return token


def read_token(text: str) -> TokenText | None:
    """Return the token a text holds, or None when it has another form or a wrong checksum."""
    found = _TOKEN.fullmatch(text)
    if found is None or _checksum(found[1]) != found[3]:
        return None
    return TokenText(found[2], sha256(text.encode()).hexdigest(), text)


def _checksum(body: str) -> str:
    number, digits = zlib.crc32(body.encode()), ""
    for _ in range(_CHECKSUM_LENGTH):
        number, digit = divmod(number, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return digits
