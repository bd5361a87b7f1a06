"""``scim-server run``: gunicorn in the foreground."""

import os
import shutil
import tempfile
from typing import Any

import click
from gunicorn.app.base import BaseApplication

from scim_server import migrations
from scim_server.cli.arbiter import AttendedArbiter
from scim_server.cli.installation import Installation
from scim_server.cli.work import Stop, work_until
from scim_server.web.logs import configure_logs

GRACE_SECONDS = 30
_WILDCARDS = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - recognised here, not bound to


class _Gunicorn(BaseApplication):  # type: ignore[misc]
    """Gunicorn without a configuration file; every worker builds its own application."""

    def __init__(self, options: dict[str, Any], *, delivers: bool) -> None:
        self._options = options
        self._delivers = delivers
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        from scim_server.app import create_app  # noqa: PLC0415 - what counts is loaded once its folder is known

        # In the worker, after the fork: nothing of the database is shared with the parent.
        own = Installation()
        return create_app(own.settings, own.database, own.extensions)

    def run(self) -> None:
        if not self._delivers:
            super().run()
            return
        master = os.getpid()
        AttendedArbiter(self, lambda: _deliver(master)).run()


def _deliver(master: int) -> None:
    """Deliver mail in this process, until it is told to stop or the process that started it is gone."""
    own = Installation()
    configure_logs(own.settings.log_level)
    work_until(Stop(master), own)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="The port to listen on.")
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 256), help="How many processes serve.")
@click.option("--threads", default=4, show_default=True, type=click.IntRange(1, 256), help="Threads in each process.")
@click.option("--worker/--no-worker", default=True, show_default=True, help="Deliver mail too, in one more process.")
@click.pass_obj
def run(installation: Installation, host: str, port: int, workers: int, threads: int, *, worker: bool) -> None:
    """Serve until SIGTERM or Ctrl-C; requests under way are finished first.

    \b
    Example: scim-server run --host 0.0.0.0 --port 8000 --workers 4
    """
    shown = "127.0.0.1" if host in _WILDCARDS else host
    os.environ.setdefault("SCIM_SERVER_BASE_URL", f"http://{f'[{shown}]' if ':' in shown else shown}:{port}")
    _prepare(installation)
    click.echo(f"Serving SCIM at {installation.settings.base_url}/scim/v2. Stop with Ctrl-C.")
    _serve(_options(host, port, workers, threads), delivers=worker)


def _prepare(installation: Installation) -> None:
    """Bring an embedded database up to date; a shared one is the operator's to upgrade."""
    database, extensions = installation.database, installation.extensions
    if database.is_sqlite:
        migrations.upgrade(database, extensions)
    elif migrations.is_behind(database, extensions):
        raise click.ClickException("The schema of the database is behind. Run 'scim-server db upgrade' first.")
    try:
        _ = installation.settings.signing_secret
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    # Pooled connections must not be shared with the workers that are forked now.
    database.dispose()


def _serve(options: dict[str, Any], *, delivers: bool) -> None:
    """Run gunicorn, with a folder in which its workers add up what they count."""
    folder, master = tempfile.mkdtemp(prefix="scim-server-metrics-"), os.getpid()
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
    try:
        _Gunicorn(options, delivers=delivers).run()
    finally:
        # Workers pass here too when they end, while the others still count.
        if os.getpid() == master:
            shutil.rmtree(folder, ignore_errors=True)


def _options(host: str, port: int, workers: int, threads: int) -> dict[str, Any]:
    return {
        "bind": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
        "workers": workers,
        "threads": threads,
        # Named, not imported: what counts must not be loaded before its folder is known.
        "worker_class": "scim_server.web.worker.GatheringWorker",
        "logger_class": "scim_server.web.logs.GunicornLogger",
        "graceful_timeout": GRACE_SECONDS,
        "timeout": 60,
        # Longer than the proxy keeps its connections, so that it never sends a request into one that is closing.
        "keepalive": 75,
        # A filter travels in the request line; longer ones are sent with POST to .search.
        "limit_request_line": 8190,
        "limit_request_fields": 64,
        "accesslog": None,
        "errorlog": "-",
        "loglevel": "warning",
        "control_socket_disable": True,
        "proc_name": "scim-server",
        "child_exit": _forget_metrics,
    }


def _forget_metrics(_server: Any, worker: Any) -> None:
    from prometheus_client import multiprocess  # noqa: PLC0415 - reads PROMETHEUS_MULTIPROC_DIR when imported

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
