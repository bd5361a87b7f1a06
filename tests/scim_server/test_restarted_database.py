"""A database that restarts costs its clients nothing but a moment."""

import sqlalchemy as sa

from scim_server.connections.tenants import create_tenant, list_tenants
from scim_server.db import Database


def test_work_goes_on_after_the_database_dropped_every_connection(database: Database) -> None:
    if database.is_sqlite:
        return
    database.run(lambda transaction: create_tenant(transaction, "GB001"), writing=True)
    for writing in (False, True):
        _ = database.run(list_tenants, writing=False)
        _drop_connections(database)
        assert [tenant.id for tenant in database.run(list_tenants, writing=writing)] == ["GB001"]


def _drop_connections(database: Database) -> None:
    drop = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> "
    other = sa.create_engine(database.url, poolclass=sa.NullPool)
    with other.connect() as connection:
        connection.exec_driver_sql(f"{drop} pg_backend_pid()")
