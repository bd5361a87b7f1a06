"""``scim-server db``: the schema of the database."""

import click

from scim_server import migrations
from scim_server.cli.installation import Installation


@click.group()
def db() -> None:
    """Create and upgrade the schema of the database.

    \b
    Example: scim-server db upgrade
    """


@db.command()
@click.pass_obj
def upgrade(installation: Installation) -> None:
    """Bring the schema to its newest version; safe to repeat.

    \b
    Example: scim-server db upgrade
    """
    migrations.upgrade(installation.database, installation.extensions)
    click.echo(f"The schema is at {', '.join(migrations.current(installation.database, installation.extensions))}.")


@db.command()
@click.pass_obj
def current(installation: Installation) -> None:
    """Show the version of the schema; exit with 1 when it is behind.

    \b
    Example: scim-server db current
    """
    versions = migrations.current(installation.database, installation.extensions)
    behind = migrations.is_behind(installation.database, installation.extensions)
    click.echo(f"{', '.join(versions) or 'no schema yet'}{' (behind)' if behind else ''}")
    if behind:
        raise click.exceptions.Exit(1)
