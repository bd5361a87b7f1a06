"""``scim-server allowance``: roles that a connection may give by the attribute ``roles``."""

import click

from mycambridge.allowances.resource import ALLOWANCE, ALLOWANCE_URN
from mycambridge.brake.register import connection_named
from mycambridge.commands.acting import BoardGroup, acting, number_of, print_json, reading
from mycambridge.commands.lookups import documents
from mycambridge.stored import stored_where
from scim_server.cli.installation import Installation
from scim_server.protocol.guarded import GuardedStore

_centre = click.option("--centre", required=True, metavar="NUMBER", help="The centre.")
_connection = click.option("--connection", "name", required=True, help="The name of the connection.")
_role = click.option("--role", required=True, help="The role, such as submit-for-assessment.teacher.")


@click.group(cls=BoardGroup)
def allowance() -> None:
    """Allow a connection to give roles; by default no directory gives any.

    \b
    Example: scim-server allowance list --centre GB001
    """


@allowance.command()
@_centre
@_connection
@_role
@click.option("--note", help="Why.")
@click.pass_obj
def add(installation: Installation, *, centre: str, name: str, role: str, note: str | None) -> None:
    """Let a connection give a role to whoever it sends with that role.

    \b
    Example: scim-server allowance add --centre GB001 --connection "Entra ID" --role submit-for-assessment.teacher
    """

    def work(guarded: GuardedStore) -> None:
        connection = {"value": _id_of(guarded, name)}
        document = {"schemas": [ALLOWANCE_URN], "connection": connection, "role": role}
        guarded.create(ALLOWANCE, document | ({"note": note} if note else {}))

    acting(installation, number_of(centre), work)
    click.echo(f"{name} may give {role} at {number_of(centre)}.")


@allowance.command()
@_centre
@_connection
@_role
@click.pass_obj
def remove(installation: Installation, *, centre: str, name: str, role: str) -> None:
    """Take back what a connection may give; who had the role through it loses it at once.

    \b
    Example: scim-server allowance remove --centre GB001 --connection "Entra ID" --role submit-for-assessment.teacher
    """

    def work(guarded: GuardedStore) -> None:
        found = [
            each
            for each in stored_where(guarded.store.transaction, guarded.store.tenant, ALLOWANCE)
            if (each.attributes["connection"]["display"], each.attributes["role"]) == (name, role.lower())
        ]
        if not found:
            raise click.ClickException(f"{name} may not give {role} at {number_of(centre)} anyway.")
        for each in found:
            guarded.delete(guarded.store.get(ALLOWANCE, each.id, locked=True))

    acting(installation, number_of(centre), work)
    click.echo(f"{name} gives {role} at {number_of(centre)} no more.")


@allowance.command("list")
@_centre
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
@click.pass_obj
def list_(installation: Installation, *, centre: str, as_json: bool) -> None:
    """List which connections may give which roles.

    \b
    Example: scim-server allowance list --centre GB001 --json
    """
    number = number_of(centre)
    rows = documents(
        reading(installation, number, lambda guarded: stored_where(guarded.store.transaction, number, ALLOWANCE))
    )
    if as_json:
        print_json(rows)
        return
    for row in rows:
        click.echo(f"{row['connection']['display']}  {row['role']} at {row['centre']}")


def _id_of(guarded: GuardedStore, name: str) -> str:
    found = connection_named(guarded.store.transaction, guarded.store.tenant, name)
    if found is None:
        raise click.ClickException(f"There is no connection {name}; scim-server token list shows all.")
    return found.id
