"""Has PostgreSQL look again at tables that have grown much.

Its own housekeeping comes by once a minute. Until then statements follow plans that were best when the tables were
small, and pages are counted off row by row, though a first synchronisation is over sooner.
"""

import sqlalchemy as sa

from scim_server.db import Database
from scim_server.store.tables import indexed_values, memberships, resources

_TABLES = (resources.name, memberships.name, indexed_values.name)
_ENOUGH = 500
_GROWN = sa.text(
    "SELECT tables.relname FROM pg_stat_user_tables AS tables JOIN pg_class ON pg_class.oid = tables.relid "
    "WHERE tables.relid = to_regclass(tables.relname) AND tables.relname = ANY (:names) "
    "AND tables.n_mod_since_analyze > :enough AND tables.n_mod_since_analyze > tables.n_live_tup / 5 "
    "AND pg_has_role(pg_class.relowner, 'USAGE')"
).bindparams(names=list(_TABLES), enough=_ENOUGH)


def look_again(database: Database) -> list[str]:
    """Vacuum and analyse every table of which a fifth is new, and return their names; SQLite needs none of it."""
    if database.is_sqlite:
        return []
    with database.engine.connect() as connection:
        grown = [str(name) for name in connection.execute(_GROWN).scalars() if name in _TABLES]
        for name in grown:
            connection.execute(sa.text(f"VACUUM (ANALYZE, SKIP_LOCKED) {name}"))
    return grown
