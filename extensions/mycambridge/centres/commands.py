"""``scim-server centre``: which centres an organisation provisions for."""

import json
from dataclasses import asdict

import click

from mycambridge.centres import register, rules
from scim_server.cli.installation import Installation
from scim_server.connections.errors import AdministrationError
from scim_server.connections.tenants import require_tenant
from scim_server.extension import RuleBroken


@click.group()
def centre() -> None:
    """Register the centres that an organisation provisions for."""


@centre.command("register")
@click.argument("number")
@click.option("--tenant", required=True, help="The organisation that provisions for the centre.")
@click.option("--name", required=True, help="The name of the centre.")
@click.pass_obj
def register_(installation: Installation, number: str, tenant: str, name: str) -> None:
    """Let an organisation provision for the centre NUMBER.

    \b
    Example: scim-server centre register GB001 --tenant GB001 --name "Example School"
    """
    try:
        checked = rules.centre_number(number)
        with installation.database.write() as transaction:
            require_tenant(transaction, tenant)
            register.register_centre(transaction, tenant, checked, name)
    except (AdministrationError, RuleBroken) as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{tenant} provisions for {checked}, {name}.")


@centre.command()
@click.argument("number")
@click.option("--tenant", required=True, help="The organisation that shall no longer provision for it.")
@click.pass_obj
def remove(installation: Installation, number: str, tenant: str) -> None:
    """End that an organisation provisions for the centre NUMBER.

    \b
    Example: scim-server centre remove GB001 --tenant IN900
    """
    with installation.database.write() as transaction:
        removed = register.remove_centre(transaction, tenant, number.strip().upper())
    if not removed:
        raise click.ClickException(f"{tenant} does not provision for {number}.")
    click.echo(f"{tenant} no longer provisions for {number.strip().upper()}.")


@centre.command("list")
@click.option("--tenant", help="Show those of one organisation.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")
@click.pass_obj
def list_(installation: Installation, tenant: str | None, *, as_json: bool) -> None:
    """List the centres and who provisions for them.

    \b
    Example: scim-server centre list --tenant GB001
    """
    with installation.database.read() as transaction:
        rows = register.list_centres(transaction, tenant)
    if as_json:
        click.echo(json.dumps([asdict(row) for row in rows], indent=2))
        return
    for row in rows:
        click.echo(f"{row.number}  {row.name}  (provisioned by {row.tenant})")
