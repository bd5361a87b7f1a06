"""Run migrations on the connection of the database that the caller configured."""

from alembic import context

import scim_server.connections.tables
import scim_server.journal.tables  # noqa: F401
from scim_server.migrations import prepare_upgrade

database = context.config.attributes["database"]
with database.engine.connect().execution_options(writing=True) as connection:
    prepare_upgrade(connection)
    context.configure(connection=connection, target_metadata=context.config.attributes["metadata"], compare_type=True)
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
