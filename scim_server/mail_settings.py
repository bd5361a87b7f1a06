"""How an operator writes where mail goes and whom it comes from."""

from dataclasses import dataclass, field
from email.errors import MessageError
from email.headerregistry import Address
from email.utils import parseaddr
from typing import Literal, Self
from urllib.parse import unquote, urlsplit

_SMTP: dict[str, tuple[Literal["starttls", "tls", "none"], int]] = {
    "smtp": ("starttls", 587),
    "smtps": ("tls", 465),
    "smtp+plain": ("none", 25),
}
_SERVER = (
    "write the mail server as smtp://user:password@host:587 (STARTTLS), smtps://user:password@host:465 (TLS) or "
    "smtp+plain://host:25 (not encrypted), with %40 for @, %2F for / and %23 for # in the password"
)
_SENDER = "write whom mail comes from as name@host or 'My School <name@host>'"


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where mail is handed over, and how the way there is protected."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @classmethod
    def read(cls, url: str) -> Self:
        """Read ``smtp://user:password@host:587``; a reserved character in the password is percent-encoded.

        :raises ValueError: When the text has another form.
        """
        parts = urlsplit(url)
        known = _SMTP.get(parts.scheme)
        if known is None or not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
            raise ValueError(_SERVER)
        security, port = known
        try:
            port = parts.port or port
        except ValueError:
            # Its own text would show what stands where the port should, which may be half of a password.
            raise ValueError(_SERVER) from None
        user = None if parts.username is None else unquote(parts.username)
        password = None if parts.password is None else unquote(parts.password)
        return cls(parts.hostname, port, security, user, password)


def read_sender(text: str) -> Address:
    """Read ``name@host`` or ``My School <name@host>``.

    :raises ValueError: When the text has another form.
    """
    name, address = parseaddr(text)
    try:
        if "@" not in address or not text.isprintable():
            raise ValueError(_SENDER)
        return Address(name, addr_spec=address)
    except MessageError:
        raise ValueError(_SENDER) from None
