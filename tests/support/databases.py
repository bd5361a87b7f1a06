"""A fresh, migrated database for a test, on each engine."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa

from scim_server.db import Database
from scim_server.installed import load_extensions
from scim_server.migrations import upgrade
from tests.support.postgres import running_postgres

ENGINES = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The maintenance database of a running PostgreSQL."""
    with running_postgres() as url:
        yield url


@pytest.fixture(scope="session")
def template_name(postgres_url: str) -> str:
    """The name of a migrated PostgreSQL database to copy."""
    name = f"template_{os.getpid()}_{uuid4().hex[:8]}"
    _maintain(postgres_url, f"CREATE DATABASE {name}")
    template = Database(_named(postgres_url, name))
    upgrade(template, load_extensions())
    template.dispose()
    return name


@pytest.fixture(scope="session")
def template_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    template = Database(f"sqlite:///{path}")
    upgrade(template, load_extensions())
    with template.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    template.dispose()
    return path


@contextmanager
def fresh_url(engine: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    """Yield the URL of a database that nobody else uses."""
    if engine == "sqlite":
        path = folder / f"{uuid4().hex}.db"
        shutil.copy(request.getfixturevalue("template_file"), path)
        yield f"sqlite:///{path}"
        return
    maintenance = request.getfixturevalue("postgres_url")
    name = f"test_{uuid4().hex}"
    # Copying files takes half as long as writing every page to the log, which is what servers do without being told.
    _maintain(
        maintenance,
        f"CREATE DATABASE {name} TEMPLATE {request.getfixturevalue('template_name')} STRATEGY FILE_COPY",
    )
    try:
        yield _named(maintenance, name)
    finally:
        _maintain(maintenance, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=ENGINES)
def engine_name(request: pytest.FixtureRequest) -> str:
    """The engine a test runs on."""
    return str(request.param)


@pytest.fixture
def database(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty, migrated database on each engine."""
    with fresh_url(engine_name, request, tmp_path) as url:
        opened = Database(url, pool_size=24)
        yield opened
        opened.dispose()


def _named(maintenance: str, name: str) -> str:
    return sa.make_url(maintenance).set(database=name).render_as_string(hide_password=False)


def _maintain(url: str, statement: str) -> None:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()
