"""Tables that have grown are looked at again, so that statements follow plans for what they hold now."""

import sqlalchemy as sa

from scim_server.connections.tenants import create_tenant
from scim_server.db import Database
from scim_server.store.resources import ResourceStore
from scim_server.store.statistics import look_again
from tests.support.people import user
from tests.support.schools import SCHOOL, STORED_TYPES


def fill(database: Database, people: int) -> None:
    """Add people, and let PostgreSQL count them at once instead of within a second."""
    with database.write() as transaction:
        store = ResourceStore(transaction, SCHOOL, STORED_TYPES)
        store.insert_many("User", [user(emails=[{"value": f"p{n}@school.example"}]) for n in range(people)])
        if not database.is_sqlite:
            transaction.execute(sa.text("SELECT pg_stat_force_next_flush()"))


def test_tables_of_which_a_fifth_is_new_are_looked_at_once(database: Database) -> None:
    database.run(lambda transaction: create_tenant(transaction, SCHOOL), writing=True)
    fill(database, 10)
    assert look_again(database) == [], "a few rows are no reason"
    fill(database, 800)
    grown = [] if database.is_sqlite else ["indexed_values", "resources"]
    assert sorted(look_again(database)) == grown
    assert look_again(database) == []
    fill(database, 100)
    assert look_again(database) == [], "most of it has been seen"
    fill(database, 500)
    assert sorted(look_again(database)) == grown
