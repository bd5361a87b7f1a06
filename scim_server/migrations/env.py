"""Run migrations on the connection of the database that the caller configured."""

from alembic import context

import scim_server.accounts.tables
import scim_server.connections.tables
import scim_server.journal.tables
import scim_server.outbox.tables  # noqa: F401
from scim_server.migrations import prepare_upgrade

database = context.config.attributes["database"]
with database.write() as transaction:
    prepare_upgrade(transaction.connection)
    context.configure(
        connection=transaction.connection, target_metadata=context.config.attributes["metadata"], compare_type=True
    )
    with context.begin_transaction():
        context.run_migrations()
