"""``scim-server journal``: what was changed and refused, in plain words."""

import json
import time
from collections.abc import Sequence
from datetime import datetime

import click

from scim_server.cli.installation import Installation, RelativeTime
from scim_server.journal import purge as purging
from scim_server.journal.following import Follower
from scim_server.journal.read import JournalRow, names_of
from scim_server.journal.words import sentence
from scim_server.store.documents import utc_text

POLL_SECONDS = 1.0


@click.group(invoke_without_command=True)
@click.option("--tenant", help="Whose journal to show.")
@click.option("--since", type=RelativeTime(), help="Begin here: a date, or how long ago, as in 2h or 7d.")
@click.option("--failed", is_flag=True, help="Show refused requests only.")
@click.option("--follow", is_flag=True, help="Go on showing what happens until interrupted.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.pass_context
def journal(
    context: click.Context, tenant: str | None, since: datetime | None, *, failed: bool, follow: bool, as_json: bool
) -> None:
    """Show what was changed and refused.

    \b
    Example: scim-server journal --tenant GB001 --since 2h --failed
    """
    if context.invoked_subcommand is not None:
        return
    if tenant is None:
        raise click.UsageError("Say whose journal to show: --tenant ID.")
    installation = context.find_object(Installation)
    assert installation is not None
    installation.require_tenant(tenant)
    follower = Follower(tenant, utc_text(since) if since else "", refused_only=failed)
    while True:
        with installation.database.read() as transaction:
            rows = follower.news(transaction)
        _show(installation, tenant, rows, as_json=as_json)
        if not follow:
            return
        time.sleep(POLL_SECONDS)


@journal.command()
@click.pass_obj
def purge(installation: Installation) -> None:
    """Remove entries past their retention, and blank the personal data of deleted users and in refusals.

    \b
    Example: scim-server journal purge
    """
    removed, emptied = purging.purge_due(installation.database, installation.settings)
    click.echo(f"Removed {removed} entries and blanked the personal data in {emptied}.")


def _show(installation: Installation, tenant: str, rows: Sequence[JournalRow], *, as_json: bool) -> None:
    members = [each["value"] for row in rows for each in row.document.get("members", [])]
    with installation.database.read() as transaction:
        names = names_of(transaction, tenant, list(dict.fromkeys(members)))
    for row in rows:
        if as_json:
            click.echo(json.dumps({"id": row.id, **row.document}))
        else:
            click.echo(f"{row.document['at'][:19]}Z  {sentence(row.document, names)}")
