"""How a mail leaves: to a mail server, or into a folder."""

import os
import re
import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from secrets import token_hex
from typing import Protocol

from scim_server.mail_settings import SmtpServer
from scim_server.settings import Settings

SECONDS = 30.0
"""How long the mail server may take for each of its answers."""

_LONGEST_LINE = 998
_LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail as it is delivered, perhaps more than once: always under the same id."""

    id: str
    to: str
    subject: str
    text: str
    created: datetime


class Undelivered(Exception):  # noqa: N818 - not an error: it is tried again
    """A mail could not be delivered this time."""

    def __init__(self, reason: str, cause: str, *, unreachable: bool = False) -> None:
        """Say why.

        :param reason: A sentence for operators, which may name the recipient.
        :param cause: The code or kind of the failure, for logs.
        :param unreachable: Whether every other mail would fail now for the same reason.
        """
        super().__init__(reason)
        self.reason = " ".join(re.sub(r"[^\x20-\x7e\xa0-\uffff]+", " ", reason).split())[:_LONGEST_REASON]
        self.cause = cause
        self.unreachable = unreachable


class Transport(Protocol):
    """Delivers mail."""

    def send(self, letter: Letter) -> None:
        """Deliver a mail.

        :raises Undelivered: When it was not accepted.
        """

    def close(self) -> None:
        """End what was kept open between mails."""


def transport_of(settings: Settings) -> Transport:
    """Return the way that the settings name: a mail server, or files when there is none."""
    server = settings.smtp_server
    if server is None:
        return FileTransport(settings.outbox_folder, settings.sender)
    return SmtpTransport(server, settings.sender)


def compose(letter: Letter, sender: Address) -> EmailMessage:
    """Return a mail as RFC 5322 writes it; its ``Message-ID`` is the same however often it is delivered."""
    message = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    message["Message-ID"] = f"<{letter.id}@{sender.domain}>"
    message["Date"] = letter.created
    message["From"] = sender
    message["To"] = letter.to
    message["Subject"] = letter.subject
    # RFC 3834 §5: nobody's absence is answered to a machine.
    message["Auto-Submitted"] = "auto-generated"
    plain = letter.text.isascii() and all(len(line) <= _LONGEST_LINE for line in letter.text.splitlines())
    message.set_content(letter.text, cte="7bit" if plain else "quoted-printable")
    return message


class FileTransport:
    """Writes each mail into a folder, as ``<id>.eml``, for its owner alone."""

    def __init__(self, folder: Path, sender: Address) -> None:
        """Write into a folder, which is made when it is needed."""
        self._folder = folder
        self._sender = sender

    def send(self, letter: Letter) -> None:
        """Write a mail, as a whole or not at all."""
        message = compose(letter, self._sender).as_bytes()
        draft = self._folder / f".{letter.id}.{token_hex(8)}"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
                file.write(message)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self._folder / f"{letter.id}.eml")
        except OSError as error:
            with suppress(OSError):
                draft.unlink()
            reason = f"The mail cannot be written into {self._folder}: {error.strerror}."
            raise Undelivered(reason, type(error).__name__, unreachable=True) from error

    def close(self) -> None:
        """Keep nothing open."""


class SmtpTransport:
    """Hands mail to a mail server (RFC 5321), over one connection for mails that follow each other."""

    def __init__(self, server: SmtpServer, sender: Address) -> None:
        """Name the server; nothing is connected before the first mail."""
        self._server = server
        self._sender = sender
        self._client: smtplib.SMTP | None = None

    def send(self, letter: Letter) -> None:
        """Hand a mail over."""
        message = compose(letter, self._sender)
        client = self._connected()
        try:
            client.send_message(message, from_addr=self._sender.addr_spec, to_addrs=[letter.to])
        except (smtplib.SMTPException, OSError, ValueError) as error:
            # After a failure the conversation is in an unknown state; the next mail begins another.
            self.close()
            raise Undelivered(_refusal(error), _cause(error)) from error

    def close(self) -> None:
        """End the conversation."""
        client, self._client = self._client, None
        if client is not None:
            with suppress(smtplib.SMTPException, OSError):
                client.quit()
            client.close()

    def _connected(self) -> smtplib.SMTP:
        if self._client is None:
            try:
                self._client = _connect(self._server)
            except (smtplib.SMTPException, OSError) as error:
                place = f"{self._server.host}:{self._server.port}"
                reason = f"The mail server {place} cannot be used: {_said(error)}"
                raise Undelivered(reason, _cause(error), unreachable=True) from error
        return self._client


def _connect(server: SmtpServer) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if server.security == "tls":
        client: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=SECONDS, context=context)
    else:
        client = smtplib.SMTP(server.host, server.port, timeout=SECONDS)
    try:
        if server.security == "starttls":
            client.starttls(context=context)
        if server.user is not None:
            client.login(server.user, server.password or "")
    except BaseException:
        client.close()
        raise
    return client


def _refusal(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return f"The mail server refused the recipient: {_said(error)}"
    if isinstance(error, smtplib.SMTPSenderRefused):
        return f"The mail server refused the sender, SCIM_SERVER_MAIL_FROM: {_said(error)}"
    return f"The mail server did not take the mail: {_said(error)}"


def _answer(error: Exception) -> tuple[int, bytes | str] | None:
    """Return the code and the text that the mail server answered with."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return next(iter(error.recipients.values()), None)
    if isinstance(error, smtplib.SMTPResponseException):
        return error.smtp_code, error.smtp_error
    return None


def _said(error: Exception) -> str:
    answer = _answer(error)
    if answer is None:
        return f"{getattr(error, 'strerror', None) or str(error) or type(error).__name__}."
    code, text = answer
    return f"{code} {text.decode(errors='replace') if isinstance(text, bytes) else text}"


def _cause(error: Exception) -> str:
    answer = _answer(error)
    return str(answer[0]) if answer is not None else type(error).__name__
