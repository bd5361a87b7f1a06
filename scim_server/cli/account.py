"""``scim-server account``: the accounts of people who sign in to pages."""

import json
from typing import Any

import click
import sqlalchemy as sa

from scim_server.accounts.events import note
from scim_server.accounts.passkeys import forget_passkeys
from scim_server.accounts.purge import purge as remove_old
from scim_server.accounts.recovery import write_reset
from scim_server.accounts.register import Account, find_account
from scim_server.accounts.retention import retire
from scim_server.accounts.second_factors import forget_second_factors
from scim_server.accounts.sessions import end_sessions
from scim_server.accounts.tables import account_emails, accounts
from scim_server.cli.groups import AdministrationGroup
from scim_server.cli.installation import COMMAND_LINE, Installation
from scim_server.db import Transaction
from scim_server.protocol.guarded import actor_of


@click.group(cls=AdministrationGroup)
def account() -> None:
    """List the accounts of people, help who lost a password or second factor, and remove what is old.

    \b
    Example: scim-server account list
    """


@account.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
@click.pass_obj
def list_all(installation: Installation, *, as_json: bool) -> None:
    """Show every account with its address, and when its person signed in last.

    \b
    Example: scim-server account list
    """
    with installation.database.read() as transaction:
        a, e = accounts.c, account_emails.c
        statement = sa.select(e.email, a.name, a.created, a.last_sign_in).where(e.account_id == a.id, e.is_primary)
        rows: Any = transaction.execute(statement.order_by(e.email_key)).mappings()
        listed = [
            {"email": row["email"], "name": row["name"], "created": row["created"], "lastSignIn": row["last_sign_in"]}
            for row in rows
        ]
    if as_json:
        click.echo(json.dumps(listed, indent=2, ensure_ascii=False))
        return
    for each in listed:
        last = (each["lastSignIn"] or "never")[:16]
        click.echo(f"{each['email']}  {each['name']}  signed in: {last}")


def _found(transaction: Transaction, email: str) -> Account:
    found = find_account(transaction, email)
    if found is None:
        raise click.ClickException(f"There is no account {email}; scim-server account list shows all.")
    return found


@account.command("reset-second-factor")
@click.argument("email")
@click.pass_obj
def reset_second_factor(installation: Installation, email: str) -> None:
    """Remove every second factor of a person who lost them all, and sign them out everywhere.

    Make sure that it is the person who asks. They are told by mail.

    \b
    Example: scim-server account reset-second-factor asha@school.example
    """

    def reset(transaction: Transaction) -> None:
        found = _found(transaction, email)
        forget_second_factors(transaction, found)
        forget_passkeys(transaction, found)
        end_sessions(transaction, found.id)
        note(transaction, found, "second-factor-reset", by=actor_of(COMMAND_LINE))

    installation.database.run(reset, writing=True)
    click.echo(f"{email} sets up a second factor at the next sign-in.")


@account.command("reset-password")
@click.argument("email")
@click.pass_obj
def reset_password(installation: Installation, email: str) -> None:
    """Send a person a link with which they choose a new password; nobody chooses it for them.

    \b
    Example: scim-server account reset-password asha@school.example
    """

    def offer(transaction: Transaction) -> None:
        found = _found(transaction, email)
        write_reset(transaction, found, installation.settings.base_url)
        note(transaction, found, "password-reset-offered", by=actor_of(COMMAND_LINE))

    installation.database.run(offer, writing=True)
    click.echo(f"A link to choose a new password is on its way to {email}.")


@account.command()
@click.pass_obj
def purge(installation: Installation) -> None:
    """Remove what is old: sessions, links, attempts to sign in; and warn or remove who has not signed in for long.

    'run' and 'work' do so every hour. After how many days people are warned, and their accounts removed,
    SCIM_SERVER_ACCOUNT_WARN_AFTER and SCIM_SERVER_ACCOUNT_REMOVE_AFTER say.

    \b
    Example: scim-server account purge
    """
    removed = installation.database.run(remove_old, writing=True)
    click.echo(f"Removed {removed.sessions} sessions, {removed.links} links and {removed.attempts} counts of attempts.")
    retired = retire(installation.database, installation.settings)
    click.echo(f"Warned the people of {retired.warned} accounts that nobody uses, and removed {retired.removed}.")
