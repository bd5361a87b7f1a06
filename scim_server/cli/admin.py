"""``scim-server admin``: the people of the platform who may do everything in every tenant."""

import json
import sys
from dataclasses import asdict

import click

from scim_server.accounts.errors import AccountError
from scim_server.accounts.invitations import invite_administrator
from scim_server.accounts.register import check_email
from scim_server.cli.groups import AdministrationGroup
from scim_server.cli.installation import Installation
from scim_server.connections import administrators
from scim_server.db import Transaction


@click.group(cls=AdministrationGroup)
def admin() -> None:
    """Create, list and delete administrators of the whole platform.

    \b
    Example: scim-server admin create registrar
    """


@admin.command()
@click.argument("name")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input instead of asking for it.")
@click.pass_obj
def create(installation: Installation, name: str, *, password_stdin: bool) -> None:
    """Create the administrator NAME; the password is asked for twice.

    \b
    Example: scim-server admin create registrar
    """
    if password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    installation.database.run(
        lambda transaction: administrators.create_administrator(transaction, name, password), writing=True
    )
    click.echo(f"Created administrator {name}.")


@admin.command()
@click.argument("name")
@click.argument("email")
@click.pass_obj
def invite(installation: Installation, name: str, email: str) -> None:
    """Send EMAIL an invitation to the pages, where they act as the administrator NAME.

    \b
    Example: scim-server admin invite registrar registrar@board.example
    """
    base_url = installation.settings.base_url

    def invited(transaction: Transaction) -> None:
        administrators.require_administrator(transaction, name)
        invite_administrator(transaction, name, check_email(email), base_url)

    try:
        installation.database.run(invited, writing=True)
    except AccountError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"An invitation is on its way to {email}.")


@admin.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
@click.pass_obj
def list_all(installation: Installation, *, as_json: bool) -> None:
    """Show every administrator.

    \b
    Example: scim-server admin list
    """
    rows = installation.database.run(administrators.list_administrators, writing=False)
    if as_json:
        click.echo(json.dumps([asdict(row) for row in rows], indent=2))
        return
    for row in rows:
        click.echo(f"{row.name}  (since {row.created[:10]})")


@admin.command()
@click.argument("name")
@click.pass_obj
def delete(installation: Installation, name: str) -> None:
    """Delete the administrator NAME, who is refused from now on.

    \b
    Example: scim-server admin delete registrar
    """
    installation.database.run(lambda transaction: administrators.delete_administrator(transaction, name), writing=True)
    click.echo(f"Deleted administrator {name}.")
