"""A real mail server for tests, which keeps what it is handed."""

import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from ipaddress import ip_address
from pathlib import Path
from queue import Queue
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.support.server import free_port


@dataclass
class Mailboxes:
    """What a mail server takes, and what it refuses."""

    refused: set[str] = field(default_factory=set)
    received: Queue[EmailMessage] = field(default_factory=Queue)
    meanwhile: Callable[[], Any] = field(default=lambda: None)
    """Done while the client waits for its mail to be taken."""

    async def handle_RCPT(  # noqa: N802 - the server's own name
        self, _server: Any, _session: Any, envelope: Any, address: str, options: Sequence[str]
    ) -> str:
        if address in self.refused:
            return f"550 5.1.1 <{address}> is not known here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - the server's own name
        self.meanwhile()
        message = message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        message["X-Recipients"] = " ".join(envelope.rcpt_tos)
        self.received.put(message)
        return "250 OK"

    def next(self) -> EmailMessage:
        """Return the next mail, waiting for it."""
        return self.received.get(timeout=60)

    def all(self) -> list[EmailMessage]:
        """Return every mail that has come."""
        return [self.received.get_nowait() for _ in range(self.received.qsize())]


@contextmanager
def mail_server(mailboxes: Mailboxes, port: int | None = None, **options: Any) -> Iterator[int]:
    """Run a mail server, and yield its port."""
    controller = Controller(mailboxes, hostname="127.0.0.1", port=port or free_port(), **options)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def only(user: str, password: str) -> Callable[..., AuthResult]:
    """Return what lets one user in, for the option ``authenticator``."""

    def authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, sent: Any) -> AuthResult:
        known = (sent.login, sent.password) == (user.encode(), password.encode())
        return AuthResult(success=known, handled=False)

    return authenticate


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """Return a certificate that a client may trust, and the context of a server at 127.0.0.1 that shows it."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    addresses = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    signed = builder.add_extension(addresses, critical=False).sign(key, hashes.SHA256())
    trusted, private = folder / "mail.crt", folder / "mail.key"
    trusted.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(trusted, private)
    return trusted, context
