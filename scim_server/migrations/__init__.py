"""The schema of the database, and the way from one version of it to the next."""

from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy.exc import DBAPIError

from scim_server.db import Database
from scim_server.extension import ServerExtension
from scim_server.installed import load_extensions
from scim_server.store.tables import metadata

_HERE = Path(__file__).parent
_UPGRADE_LOCK = 0x5C1A_0001
"""Any number that nothing else in the database locks."""


def configuration(database: Database | None, extensions: Sequence[ServerExtension] = ()) -> Config:
    """Return alembic's configuration: the server's branch, and one for each extension that has tables.

    An installed extension that is switched off keeps its tables, and its data waits there, so its branch counts too.
    """
    known = {extension.name: extension for extension in (*load_extensions(), *extensions)}
    branches = [branch for extension in known.values() if (branch := extension.migrations()) is not None]
    config = Config()
    config.set_main_option("script_location", str(_HERE))
    config.set_main_option("path_separator", "newline")
    places = [_HERE / "versions", *(branch.directory for branch in branches)]
    config.set_main_option("version_locations", "\n".join(str(place) for place in places))
    config.attributes["database"] = database
    config.attributes["metadata"] = _distinct([metadata, *(branch.metadata for branch in branches)])
    return config


def _distinct(descriptions: Sequence[sa.MetaData]) -> list[sa.MetaData]:
    """Return each description of tables once; an extension may share the server's."""
    return list({id(each): each for each in descriptions}.values())


def upgrade(database: Database, extensions: Sequence[ServerExtension] = ()) -> None:
    """Bring the schema to its newest version."""
    command.upgrade(configuration(database, extensions), "heads")


def downgrade(database: Database, extensions: Sequence[ServerExtension] = ()) -> None:
    """Remove the whole schema, and everything in it."""
    command.downgrade(configuration(database, extensions), "base")


def current(database: Database, extensions: Sequence[ServerExtension] = ()) -> tuple[str, ...]:
    """Return the versions the schema is at, one for each branch."""
    reached = _reached(database, extensions)
    return tuple(head for head in _newest(extensions) if head in reached) or tuple(sorted(reached))


def is_behind(database: Database, extensions: Sequence[ServerExtension] = ()) -> bool:
    """Tell whether the schema misses a version."""
    return not set(_newest(extensions)) <= _reached(database, extensions)


def is_reachable(database: Database) -> bool:
    """Tell whether the database answers."""
    try:
        database.run(lambda reading: reading.execute(sa.text("SELECT 1")), writing=False)
    except DBAPIError:
        return False
    return True


def _newest(extensions: Sequence[ServerExtension]) -> list[str]:
    return sorted(ScriptDirectory.from_config(configuration(None, extensions)).get_heads())


def _reached(database: Database, extensions: Sequence[ServerExtension]) -> set[str]:
    """Return every version that was applied; a branch that another depends on is not recorded by itself."""
    script = ScriptDirectory.from_config(configuration(None, extensions))
    with database.engine.connect() as connection:
        waiting = list(MigrationContext.configure(connection).get_current_heads())
    reached: set[str] = set()
    while waiting:
        try:
            revision = script.get_revision(waiting.pop())
        except CommandError:
            # A newer version of the server made it, after all that this one knows: as in an upgrade node by node.
            reached |= {each.revision for each in script.walk_revisions()}
            continue
        if revision.revision not in reached:
            reached.add(revision.revision)
            waiting += revision._all_down_revisions
    return reached


def prepare_upgrade(connection: sa.Connection) -> None:
    """Let upgrades happen one after another, and fail soon rather than hold up every request behind a lock."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_UPGRADE_LOCK})")
        # For this transaction only: behind a pooling proxy the session goes on to serve others.
        connection.exec_driver_sql("SET LOCAL lock_timeout = '5s'")
        connection.exec_driver_sql("SET LOCAL statement_timeout = '15min'")
