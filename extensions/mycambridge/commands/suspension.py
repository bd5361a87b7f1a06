"""``scim-server suspension``: people who have no role at a centre for the time being."""

import click

from mycambridge.access.giving import existing
from mycambridge.commands.acting import BoardGroup, acting, number_of, print_json, reading
from mycambridge.commands.lookups import documents, user_named
from mycambridge.stored import stored_where
from mycambridge.suspensions.resource import SUSPENSION, SUSPENSION_URN
from scim_server.cli.installation import Installation
from scim_server.protocol.guarded import GuardedStore

_centre = click.option("--centre", required=True, metavar="NUMBER", help="The centre.")
_user = click.option("--user", required=True, metavar="USERNAME", help="The person.")


@click.group(cls=BoardGroup)
def suspension() -> None:
    """Suspend people at a centre: no role there is effective, though their directory still knows them.

    \b
    Example: scim-server suspension list --centre GB001
    """


@suspension.command()
@_centre
@_user
@click.option("--note", help="Why.")
@click.pass_obj
def add(installation: Installation, *, centre: str, user: str, note: str | None) -> None:
    """Suspend a person.

    \b
    Example: scim-server suspension add --centre GB001 --user english.teacher@gb001.example --note "On leave"
    """

    def work(guarded: GuardedStore) -> None:
        person = {"value": user_named(guarded.store, user).id}
        document = {"schemas": [SUSPENSION_URN], "user": person, **({"note": note} if note else {})}
        guarded.create(SUSPENSION, document)

    acting(installation, number_of(centre), work)
    click.echo(f"{user} has no role at {number_of(centre)} until the suspension is removed.")


@suspension.command()
@_centre
@_user
@click.pass_obj
def remove(installation: Installation, *, centre: str, user: str) -> None:
    """Let a person go on as before.

    \b
    Example: scim-server suspension remove --centre GB001 --user english.teacher@gb001.example
    """

    def work(guarded: GuardedStore) -> None:
        found = existing(guarded.store, SUSPENSION, "user.value", user_named(guarded.store, user).id)
        if not found:
            raise click.ClickException(f"{user} is not suspended at {number_of(centre)}.")
        for each in found:
            guarded.delete(guarded.store.get(SUSPENSION, each.id, locked=True))

    acting(installation, number_of(centre), work)
    click.echo(f"{user} has the roles at {number_of(centre)} that groups, grants and the board give.")


@suspension.command("list")
@_centre
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
@click.pass_obj
def list_(installation: Installation, *, centre: str, as_json: bool) -> None:
    """List who is suspended.

    \b
    Example: scim-server suspension list --centre GB001 --json
    """
    number = number_of(centre)
    found = reading(installation, number, lambda guarded: stored_where(guarded.store.transaction, number, SUSPENSION))
    rows = documents(found)
    if as_json:
        print_json(rows)
        return
    for row in rows:
        note = f"  ({row['note']})" if row.get("note") else ""
        click.echo(f"{row['user']['display']}  at {row['centre']}, by {row['createdBy']['display']}{note}")
