"""``scim-server work``: deliver mail until told to stop."""

import os
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import click

from scim_server import migrations
from scim_server.accounts import purge as accounts
from scim_server.accounts.retention import retire
from scim_server.cli.installation import Installation
from scim_server.db import Database
from scim_server.journal.purge import purge_due
from scim_server.outbox import register
from scim_server.outbox.delivery import transport_of
from scim_server.outbox.worker import deliver
from scim_server.settings import Settings
from scim_server.store.documents import utc_text
from scim_server.store.statistics import look_again
from scim_server.web.logs import configure_logs, fault, log

STOP_SIGNALS = frozenset({signal.SIGTERM, signal.SIGINT})
PURGE_SECONDS = 3600.0
RESTS = 19
"""How many times as long as it computed the worker rests: mail waits for requests, and not they for mail."""


class Stop:
    """Whether the worker has been told to stop; its signals are blocked, so that none cuts a delivery off."""

    def __init__(self, parent: int | None = None) -> None:
        """Begin to listen; with a parent, its end is a reason to stop too."""
        signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
        self._parent = parent
        self._told = False

    def wait(self, seconds: float) -> bool:
        """Wait, and tell whether to stop, which ends the wait; whoever was told once is told again."""
        # Waiting takes the signal away.
        self._told = self._told or signal.sigtimedwait(STOP_SIGNALS, seconds) is not None
        return self._told or (self._parent is not None and os.getppid() != self._parent)


class Every:
    """Does something when asked to, unless it was tried a short time ago; mail does not wait until it succeeds."""

    def __init__(self, seconds: float, work: Callable[[], object]) -> None:
        """Try it at most once in some seconds."""
        self._seconds, self._work, self._tried = seconds, work, float("-inf")

    def __call__(self) -> None:
        """Do it, if it is due; what goes wrong is logged."""
        if time.monotonic() - self._tried <= self._seconds:
            return
        try:
            self._work()
        except Exception as error:  # noqa: BLE001 - it is asked for between two mails, and must not keep them
            log().error("fault", **fault(error))
        self._tried = time.monotonic()


class Unhurried:
    """Whether to go on, asked between two mails, and answered after a rest.

    A school that sends all its people at once is due as many mails as it is owed answers. Computing alone is what takes
    a processor from requests, so that the rest is as long, however slow the mail server.
    """

    def __init__(self, stop: Stop, meanwhile: Callable[[], None]) -> None:
        """Rest until told to stop; between mails something else is done too."""
        self._stop, self._meanwhile = stop, meanwhile
        self._rested = time.process_time()

    def __call__(self) -> bool:
        """Rest, and tell whether to stop."""
        self._meanwhile()
        worked = time.process_time() - self._rested
        stopping = self._stop.wait(worked * RESTS)
        self._rested = time.process_time()
        return stopping


@click.command()
@click.option("--once", is_flag=True, help="Deliver what is due now, and end.")
@click.pass_obj
def work(installation: Installation, *, once: bool) -> None:
    """Deliver mail until SIGTERM or Ctrl-C; 'run' does so too unless it is told --no-worker.

    \b
    Example: scim-server work
    """
    settings, database = installation.settings, installation.database
    configure_logs(settings.log_level)
    if migrations.is_behind(database, installation.extensions):
        raise click.ClickException("The schema of the database is behind. Run 'scim-server db upgrade' first.")
    if once:
        _prepare(installation, lambda: False)
        delivered = deliver(database, transport_of(settings), now=datetime.now(UTC))
        click.echo(f"Delivered {delivered} {'mail' if delivered == 1 else 'mails'}.")
        return
    work_until(Stop(), installation)


def work_until(stop: Stop, installation: Installation) -> None:
    """Write and deliver what becomes due, and once an hour remove what is old, until told to stop."""
    settings, database = installation.settings, installation.database
    transport, purge = transport_of(settings), Every(PURGE_SECONDS, lambda: _purge(settings, database))
    look = Every(settings.outbox_interval, lambda: look_again(database))
    unhurried = Unhurried(stop, look)
    while True:
        try:
            _prepare(installation, unhurried)
            deliver(database, transport, now=datetime.now(UTC), stopping=unhurried)
            look()
            purge()
        except Exception as error:  # noqa: BLE001 - mail waits for nobody's mistake, and nothing is lost meanwhile
            log().error("fault", **fault(error))
        if stop.wait(settings.outbox_interval):
            return


def _prepare(installation: Installation, stopping: Callable[[], bool]) -> None:
    """Let the extensions write the mails that are due, some at a time."""
    for extension in installation.extensions:
        while not stopping() and extension.prepare_mail(installation.database, installation.settings.base_url):
            pass


def _purge(settings: Settings, database: Database) -> None:
    before = utc_text(datetime.now(UTC) - timedelta(days=settings.outbox_retention_days))
    database.run(lambda transaction: register.purge(transaction, before=before), writing=True)
    database.run(accounts.purge, writing=True)
    retire(database, settings)
    purge_due(database, settings)
