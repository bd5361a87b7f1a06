"""Write a mail in the transaction of the change that it tells of."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import uuid_utils

from scim_server.db import Transaction
from scim_server.outbox.tables import outbox
from scim_server.store.dialects import Insert
from scim_server.store.documents import utc_text

PATIENCE = timedelta(days=5)
"""How long delivery is tried, as RFC 5321 §4.5.4.1 asks at least."""

#: One mailbox without a name, quotes or comments: nothing in it can end a header or begin another recipient.
_ADDRESS = re.compile(
    r"[^\s\x00-\x20\x7f-\x9f\ud800-\udfff@<>()\[\],;:\\\"]{1,64}@[^\s\x00-\x20\x7f-\x9f\ud800-\udfff@<>()\[\],;:\\\"]{1,255}"
)
_LONGEST_ADDRESS = 254
_KIND = re.compile(r"[a-z][a-z0-9-]{0,39}")
_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_UNPRINTED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_INSERT = Insert(outbox)


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail of plain text to one person."""

    to: str
    subject: str
    text: str
    kind: str = "notice"
    """What it is, for logs and metrics, such as ``invitation``: never personal data."""


def is_address(text: str) -> bool:
    """Tell whether mail can be sent to a text: one address, ``local@domain``, and nothing else."""
    return len(text) <= _LONGEST_ADDRESS and _ADDRESS.fullmatch(text) is not None


def post(transaction: Transaction, mail: Mail, *, tenant: str | None = None) -> str:
    """Have a mail sent once the transaction has committed, and return its id; a rollback takes it back.

    Line breaks in the subject become spaces, and control characters leave the text. With a tenant, the mail goes with
    it when the tenant is deleted.

    :raises ValueError: When the recipient is not one address (ask :func:`is_address` before), or the kind is no name.
    """
    if not is_address(mail.to):
        raise ValueError("The recipient of a mail must be one e-mail address, such as name@school.example.")
    if not _KIND.fullmatch(mail.kind):
        raise ValueError("The kind of a mail is a name of lower-case letters, digits and hyphens.")
    now = datetime.now(UTC)
    row = {
        "id": str(uuid_utils.uuid7()),
        "tenant": tenant,
        "kind": mail.kind,
        "recipient": mail.to,
        "subject": _BREAKS.sub(" ", mail.subject).strip(),
        "text": _UNPRINTED.sub("", mail.text.replace("\r\n", "\n")),
        "created": utc_text(now),
        "due": utc_text(now),
        "expires": utc_text(now + PATIENCE),
        "claim": None,
        "attempts": 0,
        "reason": None,
        "sent": None,
        "failed": None,
    }
    _INSERT.run(transaction, [row])
    return str(row["id"])
