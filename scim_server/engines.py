"""How a database of each kind is opened, and what each of its connections is told first."""

import fcntl
import os
import sqlite3
import threading
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from scim_server.libpq import PostgresqlLine
from scim_server.line import SqliteLine

_SQLITE_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "busy_timeout=30000",
    "case_sensitive_like=ON",
    # 16 MB of pages, not 4: what is written again and again, such as the ends of indexes, is copied back less often.
    "wal_autocheckpoint=4000",
)


class WriteQueue:
    """Lets the writers of one SQLite file in one at a time, in the order in which they came.

    SQLite itself makes a second writer sleep and look again, which starves some of them for tens of milliseconds.
    A file lock wakes the next process at once. Threads of one process queue before it.
    """

    def __init__(self, path: Path) -> None:
        """Queue at the lock file of a database file."""
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._pid = os.getpid()
        self._path = path
        self._threads = threading.Lock()

    def acquire(self) -> None:
        """Wait for one's turn."""
        self._threads.acquire()
        if self._pid != os.getpid():
            # A descriptor inherited by fork shares its lock with the parent: it would let both in.
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CLOEXEC)
            self._pid = os.getpid()
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)

    def release(self) -> None:
        """Let the next writer in."""
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)
        self._threads.release()


def open_engine(url: sa.URL, pool_size: int) -> sa.Engine:
    """Return the engine of a database; no connection is opened before the first statement."""
    if url.get_backend_name() == "sqlite":
        _make_file(url)
        engine = sa.create_engine(
            url, pool_size=pool_size, max_overflow=2 * pool_size, poolclass=sa.QueuePool, hide_parameters=True
        )
        sa.event.listen(engine, "connect", _prepare_sqlite)
    else:
        # The driver's own BEGIN is a way of its own; a transaction that writes begins with its first statement.
        engine = sa.create_engine(
            url, pool_size=pool_size, max_overflow=2 * pool_size, hide_parameters=True, isolation_level="AUTOCOMMIT",
            connect_args={"client_encoding": "utf8"},
        )  # fmt: skip
        sa.event.listen(engine, "connect", _prepare_postgresql)
    return engine


def write_queue(url: sa.URL) -> WriteQueue:
    """Return the queue of the writers of a SQLite file."""
    path = Path(url.database or "")
    return WriteQueue(path.with_name(path.name + ".lock"))


def _make_file(url: sa.URL) -> None:
    path = Path(url.database or "")
    path.parent.mkdir(parents=True, exist_ok=True)
    # It holds personal data: its owner alone reads it. SQLite makes the files beside it with the same mode.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))


def _prepare_sqlite(connection: sqlite3.Connection, record: Any) -> None:
    # The driver's own BEGIN comes too late (not before SAVEPOINT), so whoever writes begins the transaction.
    connection.isolation_level = None
    for pragma in _SQLITE_PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    record.info["line"] = SqliteLine(connection)


def _prepare_postgresql(connection: Any, record: Any) -> None:
    """Let statements be prepared on the server, unless a proxy stands between.

    A pooling proxy gives every transaction another server connection. There a prepared statement is missing, or its
    name stands for another statement. Such a proxy is found by its number: it answers as a server of its own.
    """
    connection.prepare_threshold = None
    (server,) = connection.execute("SELECT pg_backend_pid()").fetchone()
    record.info["line"] = PostgresqlLine(connection, prepares=server == connection.info.backend_pid)
