"""``scim-server work``: deliver mail until told to stop."""

import os
import signal
import time
from datetime import UTC, datetime, timedelta

import click

from scim_server import migrations
from scim_server.accounts import purge as accounts
from scim_server.accounts.retention import retire
from scim_server.cli.installation import Installation
from scim_server.db import Database
from scim_server.outbox import register
from scim_server.outbox.delivery import transport_of
from scim_server.outbox.worker import deliver
from scim_server.settings import Settings
from scim_server.store.documents import utc_text
from scim_server.web.logs import configure_logs, fault, log

STOP_SIGNALS = frozenset({signal.SIGTERM, signal.SIGINT})
PURGE_SECONDS = 3600.0


class Stop:
    """Whether the worker has been told to stop; its signals are blocked, so that none cuts a delivery off."""

    def __init__(self, parent: int | None = None) -> None:
        """Begin to listen; with a parent, its end is a reason to stop too."""
        signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
        self._parent = parent

    def __call__(self) -> bool:
        """Tell whether to stop."""
        orphaned = self._parent is not None and os.getppid() != self._parent
        return orphaned or bool(signal.sigpending() & STOP_SIGNALS)

    def wait(self, seconds: float) -> bool:
        """Wait, and tell whether to stop, which ends the wait."""
        return signal.sigtimedwait(STOP_SIGNALS, seconds) is not None or self()


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
        _prepare(installation)
        delivered = deliver(database, transport_of(settings), now=datetime.now(UTC))
        click.echo(f"Delivered {delivered} {'mail' if delivered == 1 else 'mails'}.")
        return
    work_until(Stop(), installation)


def work_until(stop: Stop, installation: Installation) -> None:
    """Write and deliver what becomes due, and once an hour remove what is old, until told to stop."""
    settings, database = installation.settings, installation.database
    transport, purged = transport_of(settings), float("-inf")
    while True:
        try:
            _prepare(installation)
            deliver(database, transport, now=datetime.now(UTC), stopping=stop)
            if time.monotonic() - purged > PURGE_SECONDS:
                _purge(settings, database)
                purged = time.monotonic()
        except Exception as error:  # noqa: BLE001 - mail waits for nobody's mistake, and nothing is lost meanwhile
            log().error("fault", **fault(error))
        if stop.wait(settings.outbox_interval):
            return


def _prepare(installation: Installation) -> None:
    """Let the extensions write the mails that are due, some at a time."""
    for extension in installation.extensions:
        while extension.prepare_mail(installation.database, installation.settings.base_url):
            pass


def _purge(settings: Settings, database: Database) -> None:
    before = utc_text(datetime.now(UTC) - timedelta(days=settings.outbox_retention_days))
    database.run(lambda transaction: register.purge(transaction, before=before), writing=True)
    database.run(accounts.purge, writing=True)
    retire(database, settings)
