"""``scim-server centre``: the register of centres."""

from typing import Any

import click

from mycambridge.centres import register
from mycambridge.centres.derived import is_managed, services_of
from mycambridge.centres.resource import CENTRE_URN
from mycambridge.centres.rules import KINDS
from mycambridge.commands.acting import BoardGroup, acting, find_centre, number_of, print_json, reading
from mycambridge.commands.lookups import all_centres
from scim_server.cli.installation import Installation
from scim_server.protocol.guarded import GuardedStore


@click.group(cls=BoardGroup)
def centre() -> None:
    """Register, change and show the centres that run the board's exams.

    \b
    Example: scim-server centre create GB001 --name "Northgate School" --country GB
    """


@centre.command()
@click.argument("number")
@click.option("--name", required=True, help="What people call it.")
@click.option("--country", required=True, help="Where it is: an ISO 3166 code such as GB.")
@click.option("--kind", type=click.Choice(KINDS), default="centre", show_default=True, help="A school or an Associate.")
@click.option("--associate", help="The number of the Associate that administers it.")
@click.pass_obj
def create(
    installation: Installation, number: str, *, name: str, country: str, kind: str, associate: str | None
) -> None:
    """Register the centre NUMBER, and make its tenant.

    \b
    Example: scim-server centre create IN901 --name "Hill School" --country IN --associate IN900
    """
    document: dict[str, Any] = {
        "schemas": [CENTRE_URN], "centreNumber": number_of(number), "displayName": name, "country": country,
        "kind": kind,
    }  # fmt: skip
    if associate:
        document["associate"] = {"value": number_of(associate)}
    acting(installation, register.board(), lambda guarded: guarded.create(register.CENTRE, document))
    click.echo(f"Created centre {document['centreNumber']}, {name}.")


@centre.command()
@click.argument("number")
@click.option("--name", help="Call it so.")
@click.option("--country", help="Its country.")
@click.option("--associate", help="The number of the Associate that administers it from now on.")
@click.option("--direct", is_flag=True, help="It deals with the board directly from now on.")
@click.option("--closed/--open", default=None, help="Close it, so that no role is effective there, or open it again.")
@click.pass_obj
def change(
    installation: Installation, number: str, *, name: str | None, country: str | None, associate: str | None,
    direct: bool, closed: bool | None,
) -> None:  # fmt: skip
    """Rename, move, close or open the centre NUMBER.

    A move cuts the old Associate's reach at once.

    \b
    Example: scim-server centre change IN901 --associate IN950
    """
    if direct and associate:
        raise click.UsageError("A centre deals directly or has an Associate; give --direct or --associate.")
    changes: dict[str, Any] = {
        "displayName": name, "country": country, "active": None if closed is None else not closed,
        "associate": {"value": number_of(associate)} if associate else None,
    }  # fmt: skip

    def work(guarded: GuardedStore) -> None:
        current = find_centre(guarded, number_of(number))
        document = current.attributes | {name: value for name, value in changes.items() if value is not None}
        if direct:
            document.pop("associate", None)
        locked = guarded.store.get(register.CENTRE, current.id, locked=True)
        guarded.update("patch", locked, document)

    acting(installation, register.board(), work)
    click.echo(f"Changed centre {number_of(number)}.")


@centre.command("list")
@click.option("--unmanaged", is_flag=True, help="Show only those where nobody can manage users.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
@click.pass_obj
def list_(installation: Installation, *, unmanaged: bool, as_json: bool) -> None:
    """List the centres.

    \b
    Example: scim-server centre list --unmanaged
    """

    def work(guarded: GuardedStore) -> list[dict[str, Any]]:
        found = all_centres(guarded.store.transaction, unmanaged=unmanaged)
        return [{"id": each.id, **each.attributes} for each in found]

    rows = reading(installation, register.board(), work)
    if as_json:
        print_json(rows)
        return
    for row in rows:
        associate = f", administered by {row['associate']['centreNumber']}" if row.get("associate") else ""
        closed = "" if row.get("active") is not False else ", closed"
        click.echo(f"{row['centreNumber']}  {row['displayName']}  ({row['kind']}, {row['country']}{associate}{closed})")


@centre.command()
@click.argument("number")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
@click.pass_obj
def show(installation: Installation, number: str, *, as_json: bool) -> None:
    """Show the centre NUMBER with its services, entries and exams officers.

    \b
    Example: scim-server centre show GB001
    """

    def work(guarded: GuardedStore) -> dict[str, Any]:
        found = find_centre(guarded, number_of(number))
        document = {"id": found.id, **found.attributes}
        return {**document, "services": services_of(document), "managed": is_managed(guarded.store, document)}

    shown = reading(installation, register.board(), work)
    if as_json:
        print_json(shown)
        return
    click.echo(f"{shown['centreNumber']}  {shown['displayName']}  ({shown['kind']}, {shown['country']})")
    if shown.get("active") is False:
        click.echo("Closed: no role is effective here.")
    if shown.get("associate"):
        click.echo(f"Administered by {shown['associate']['centreNumber']} since {shown['associate']['since'][:10]}")
    for service in shown["services"]:
        click.echo(f"Service: {service['display']} (since {service['since'][:10]})")
    for entry in shown.get("entries", []):
        click.echo(f"Entry: {entry['value'].rstrip('/')}")
    for officer in shown.get("examsOfficers", []):
        management = "with user management" if officer.get("userManagement") else "without user management"
        click.echo(f"Exams officer: {officer['display']} (since {officer['since'][:10]}, {management})")
    if not shown["managed"]:
        click.echo("Nobody can manage users here.")
