"""The mail that a server without a mail server has written."""

import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from tests.support.server import Server


def letters_to(server: Server, email: str) -> list[EmailMessage]:
    """Return the mails to an address so far, in their order."""
    server.command("work", "--once")
    folder = Path(server.environment["SCIM_SERVER_OUTBOX_DIRECTORY"])
    read = [message_from_bytes(path.read_bytes(), policy=default) for path in sorted(folder.glob("*.eml"))]
    return [each for each in read if isinstance(each, EmailMessage) and each["To"] == email]


def link_to(server: Server, email: str) -> str:
    """Return the path of the link in the newest mail to an address."""
    text = str(letters_to(server, email)[-1].get_content())
    found = re.search(r"^https?://[^/]+(/\S+)\s*$", text, re.MULTILINE)
    assert found is not None, text
    return found[1]
