"""``scim-server tenant``: the customers of the platform."""

import json
from dataclasses import asdict

import click
from scim2_models import SCIMException

from scim_server.cli.groups import AdministrationGroup
from scim_server.cli.installation import COMMAND_LINE, Installation
from scim_server.connections import tenants
from scim_server.db import Transaction


@click.group(cls=AdministrationGroup)
def tenant() -> None:
    """Create, list and delete tenants; each has its own users and groups.

    \b
    Example: scim-server tenant create GB001 --name "Northgate School"
    """


@tenant.command()
@click.argument("tenant_id", metavar="ID")
@click.option("--name", help="What people call it; the id when left out.")
@click.pass_obj
def create(installation: Installation, tenant_id: str, name: str | None) -> None:
    """Create the tenant ID.

    \b
    Example: scim-server tenant create GB001 --name "Northgate School"
    """
    installation.database.run(lambda transaction: tenants.create_tenant(transaction, tenant_id, name), writing=True)
    click.echo(f"Created tenant {tenant_id}.")


@tenant.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
@click.pass_obj
def list_all(installation: Installation, *, as_json: bool) -> None:
    """Show every tenant.

    \b
    Example: scim-server tenant list --json
    """
    rows = installation.database.run(tenants.list_tenants, writing=False)
    if as_json:
        click.echo(json.dumps([asdict(row) for row in rows], indent=2))
        return
    for row in rows:
        click.echo(f"{row.id}  {row.name}  (since {row.created[:10]})")


@tenant.command()
@click.argument("tenant_id", metavar="ID")
@click.option("--yes", is_flag=True, help="Really delete; without it nothing is deleted.")
@click.pass_obj
def delete(installation: Installation, tenant_id: str, *, yes: bool) -> None:
    """Delete the tenant ID with all its users, groups, journal and tokens.

    \b
    Example: scim-server tenant delete GB001 --yes
    """
    if not yes:
        raise click.UsageError(
            f"This deletes tenant {tenant_id} with all its users, groups, journal and tokens. Add --yes to do it."
        )
    if any(tenant_id in (extension.administrators_tenant() or ()) for extension in installation.extensions):
        raise click.ClickException(f"{tenant_id} is the administrators' own tenant; without it nothing works.")
    try:
        installation.database.run(lambda transaction: _delete(installation, transaction, tenant_id), writing=True)
    except SCIMException as error:
        raise click.ClickException(str(error.detail)) from None
    click.echo(f"Deleted tenant {tenant_id}.")


def _delete(installation: Installation, transaction: Transaction, tenant_id: str) -> None:
    """Delete a tenant, and let the extensions forget what they keep of it elsewhere."""
    tenants.delete_tenant(transaction, tenant_id)
    home = installation.server.administrators_tenant if installation.extensions else None
    if home is None:
        return
    door = installation.server.guarded(transaction, home[0], COMMAND_LINE)
    for extension in installation.extensions:
        extension.forget_tenant(tenant_id, door)
