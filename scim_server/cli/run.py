"""``scim-server run``: gunicorn in the foreground."""

import os
import tempfile
from typing import Any

import click
from gunicorn.app.base import BaseApplication

from scim_server import migrations
from scim_server.cli.installation import Installation
from scim_server.web.worker import GatheringWorker

GRACE_SECONDS = 30
_WILDCARDS = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - recognised here, not bound to


class _Gunicorn(BaseApplication):  # type: ignore[misc]
    """Gunicorn without a configuration file; every worker builds its own application."""

    def __init__(self, options: dict[str, Any]) -> None:
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        from scim_server.wsgi import create  # noqa: PLC0415 - the application is built in the worker, after the fork

        return create()


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="The port to listen on.")
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 256), help="How many processes serve.")
@click.option("--threads", default=4, show_default=True, type=click.IntRange(1, 256), help="Threads in each process.")
@click.pass_obj
def run(installation: Installation, host: str, port: int, workers: int, threads: int) -> None:
    """Serve until SIGTERM or Ctrl-C; requests under way are finished first.

    \b
    Example: scim-server run --host 0.0.0.0 --port 8000 --workers 4
    """
    shown = "127.0.0.1" if host in _WILDCARDS else host
    os.environ.setdefault("SCIM_SERVER_BASE_URL", f"http://{f'[{shown}]' if ':' in shown else shown}:{port}")
    _prepare(installation)
    with tempfile.TemporaryDirectory(prefix="scim-server-metrics-") as folder:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        _Gunicorn(_options(host, port, workers, threads)).run()


def _prepare(installation: Installation) -> None:
    """Bring an embedded database up to date; a shared one is the operator's to upgrade."""
    database, extensions = installation.database, installation.extensions
    if database.is_sqlite:
        migrations.upgrade(database, extensions)
    elif migrations.is_behind(database, extensions):
        raise click.ClickException("The schema of the database is behind. Run 'scim-server db upgrade' first.")
    _ = installation.settings.signing_secret
    # Pooled connections must not be shared with the workers that are forked now.
    database.dispose()


def _options(host: str, port: int, workers: int, threads: int) -> dict[str, Any]:
    return {
        "bind": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
        "workers": workers,
        "threads": threads,
        "worker_class": GatheringWorker,
        "graceful_timeout": GRACE_SECONDS,
        "timeout": 60,
        "keepalive": 75,
        # A filter travels in the request line; longer ones are sent with POST to .search.
        "limit_request_line": 8190,
        "limit_request_fields": 64,
        "max_requests": 0,
        "accesslog": None,
        "errorlog": "-",
        "loglevel": "warning",
        "proc_name": "scim-server",
        "child_exit": _forget_metrics,
    }


def _forget_metrics(_server: Any, worker: Any) -> None:
    from prometheus_client import multiprocess  # noqa: PLC0415 - reads PROMETHEUS_MULTIPROC_DIR when imported

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
