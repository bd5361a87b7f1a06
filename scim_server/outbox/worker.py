"""Deliver what is due: at least once, each mail under one ``Message-ID``, and never within a transaction."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import structlog

from scim_server.db import Database
from scim_server.outbox.delivery import Transport, Undelivered
from scim_server.outbox.queue import Claimed, claim, settle_failed, settle_sent

ROUND_SECONDS = 300.0
"""How long one round may claim mail: with the slowest of mail servers, no lease made in it ends before its attempt."""


def _never() -> bool:
    return False


def deliver(database: Database, transport: Transport, *, now: datetime, stopping: Callable[[], bool] = _never) -> int:
    """Send every mail that is due at a moment, and return how many were delivered.

    What is refused is due again after a pause. When the mail server cannot be reached, the round ends with the first
    mail; each of the others has its turn in a later one.

    :param stopping: Asked between two mails whether to leave the rest to a later round.
    :raises DBAPIError: When the database cannot be reached; what was claimed is due again after its lease.
    """
    delivered, until = 0, time.monotonic() + ROUND_SECONDS
    try:
        while not stopping() and time.monotonic() < until:
            claimed = claim(database, now)
            if claimed is None:
                break
            failure = _attempt(transport, claimed)
            if failure is None:
                settle_sent(database, claimed, now)
                delivered += 1
                continue
            settle_failed(database, claimed, now, failure.reason)
            if failure.unreachable:
                break
    finally:
        transport.close()
    return delivered


def _attempt(transport: Transport, claimed: Claimed) -> Undelivered | None:
    """Send a mail, log it, and return what stood in the way."""
    failure = _failure(transport, claimed)
    _log(claimed, failure)
    return failure


def _failure(transport: Transport, claimed: Claimed) -> Undelivered | None:
    try:
        transport.send(claimed.letter)
    except Undelivered as undelivered:
        return undelivered
    except Exception as error:  # noqa: BLE001 - one mail that nobody can send must not hold up the others
        kind = type(error).__name__
        return Undelivered(f"The mail could not be written as a message ({kind}).", kind)
    return None


def _log(claimed: Claimed, failure: Undelivered | None) -> None:
    line: dict[str, Any] = {
        "id": claimed.letter.id,
        "kind": claimed.kind,
        "tenant": claimed.tenant,
        "attempt": claimed.attempt,
    }
    logger = structlog.get_logger()
    if failure is None:
        logger.info("mail", outcome="sent", **line)
    else:
        logger.warning("mail", outcome="failed", cause=failure.cause, **line)
