"""``scim-server outbox``: what was sent, what was not, and why."""

import json
from dataclasses import asdict
from datetime import UTC, datetime

import click

from scim_server.cli.installation import Installation
from scim_server.outbox import register
from scim_server.outbox.register import Posted


@click.group()
def outbox() -> None:
    """Show the mail that was and will be sent, and have it tried again.

    \b
    Example: scim-server outbox list --failed
    """


@outbox.command("list")
@click.option("--failed", is_flag=True, help="Show only what could not be delivered so far, or was given up.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
@click.pass_obj
def list_all(installation: Installation, *, failed: bool, as_json: bool) -> None:
    """Show what is in the outbox, oldest first; why a delivery failed is at the end of its line.

    \b
    Example: scim-server outbox list --failed
    """
    rows = installation.database.run(
        lambda transaction: register.posted(transaction, failed_only=failed), writing=False
    )
    if as_json:
        click.echo(json.dumps([asdict(row) for row in rows], indent=2))
        return
    for row in rows:
        click.echo(f"{row.id}  {row.created[:19]}Z  {row.kind}  {row.to}  {_fate(row)}")


def _fate(row: Posted) -> str:
    if row.state == "sent":
        return f"sent {(row.sent or '')[:19]}Z"
    if row.state == "retrying":
        return f"next attempt {(row.due or '')[:19]}Z, after {row.attempts}: {row.reason}"
    return row.state if row.reason is None else f"{row.state} after {row.attempts} attempts: {row.reason}"


@outbox.command()
@click.argument("mail_id", metavar="ID")
@click.pass_obj
def retry(installation: Installation, mail_id: str) -> None:
    """Have the mail ID tried now and, if need be, for five more days.

    \b
    Example: scim-server outbox retry 01a20999-71c6-7628-ac4f-a8910d9ec432
    """
    found = installation.database.run(
        lambda transaction: register.retry(transaction, mail_id, datetime.now(UTC)), writing=True
    )
    if not found:
        raise click.ClickException(
            f"No mail {mail_id} waits: it was sent, is being sent, or never was. scim-server outbox list shows all."
        )
    click.echo(f"{mail_id} is tried by the next worker that looks.")
