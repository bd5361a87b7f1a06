"""The schema comes from migrations only, on each engine, and they lead both ways."""

import os
import subprocess
from io import StringIO

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.util import CommandError

from scim_server import migrations
from scim_server.connections.tenants import create_tenant, list_tenants
from scim_server.connections.tokens import issue_token
from scim_server.db import Database
from scim_server.installed import load_extensions
from tests.support.server import SCIM_SERVER

EXTENSIONS = load_extensions()


def tables(database: Database) -> set[str]:
    """Return the names of all tables."""
    with database.engine.connect() as connection:
        return set(sa.inspect(connection).get_table_names())


def add_a_school(database: Database) -> None:
    """Store a tenant and its token."""
    with database.write() as transaction:
        create_tenant(transaction, "GB001")
        issue_token(transaction, "GB001", name="Entra ID")


# SQLAlchemy cannot read them back on SQLite. The same migration makes them on PostgreSQL, where they are compared.
@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
@pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index")
def test_the_migrations_make_what_the_code_declares(database: Database) -> None:
    configuration = migrations.configuration(database, EXTENSIONS)
    configuration.stdout = StringIO()
    try:
        command.check(configuration)
    except CommandError as error:
        pytest.fail(f"Write a migration: {error}")


def test_the_schema_goes_down_and_up_again_with_data_in_it(database: Database) -> None:
    add_a_school(database)
    migrations.downgrade(database, EXTENSIONS)
    assert tables(database) == {"alembic_version"}
    assert migrations.is_behind(database, EXTENSIONS)
    migrations.upgrade(database, EXTENSIONS)
    assert not migrations.is_behind(database, EXTENSIONS)
    assert database.run(list_tenants, writing=False) == []
    add_a_school(database)


def test_an_upgrade_that_changes_nothing_keeps_the_data(database: Database) -> None:
    add_a_school(database)
    migrations.upgrade(database, EXTENSIONS)
    assert [tenant.id for tenant in database.run(list_tenants, writing=False)] == ["GB001"]


def test_an_empty_database_is_behind_and_has_no_version(database: Database) -> None:
    migrations.downgrade(database, EXTENSIONS)
    assert migrations.is_behind(database, EXTENSIONS)
    assert migrations.current(database, EXTENSIONS) == ()


def test_a_schema_without_the_branch_of_an_extension_is_behind(database: Database) -> None:
    command.downgrade(migrations.configuration(database, EXTENSIONS), "mycambridge@base")
    assert migrations.is_behind(database, EXTENSIONS)
    assert "resources" in tables(database)
    assert "mycambridge_centres" not in tables(database)


def test_nodes_that_upgrade_at_once_wait_for_each_other(database: Database) -> None:
    migrations.downgrade(database, EXTENSIONS)
    environment = {**os.environ, "SCIM_SERVER_DATABASE_URL": database.url.render_as_string(hide_password=False)}
    nodes = [
        subprocess.Popen([SCIM_SERVER, "db", "upgrade"], env=environment, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    assert [(node.communicate()[1], node.returncode) for node in nodes] == [("", 0)] * 3
    assert not migrations.is_behind(database, EXTENSIONS)


def test_an_upgrade_leaves_nothing_behind_in_its_session(database: Database) -> None:
    if database.is_sqlite:
        return
    one = Database(database.url.render_as_string(hide_password=False), pool_size=1)
    migrations.upgrade(one, EXTENSIONS)
    with one.engine.connect() as connection:
        assert connection.exec_driver_sql("SHOW lock_timeout").scalar() == "0"
    one.dispose()
