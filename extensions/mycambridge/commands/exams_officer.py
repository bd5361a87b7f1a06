"""``scim-server exams-officer``: whom the board designates."""

from typing import Any

import click

from mycambridge.centres import register
from mycambridge.commands.acting import BoardGroup, acting, find_centre, number_of
from mycambridge.commands.lookups import user_named
from scim_server.cli.installation import Installation
from scim_server.protocol.guarded import GuardedStore
from scim_server.store.resources import ResourceStore


@click.group("exams-officer", cls=BoardGroup)
def exams_officer() -> None:
    """Designate the exams officers of centres: only the board does.

    \b
    Example: scim-server exams-officer designate GB001 exams.officer@gb001.example
    """


@exams_officer.command()
@click.argument("number")
@click.argument("username")
@click.option("--primary", is_flag=True, help="Make the person the board's contact.")
@click.pass_obj
def designate(installation: Installation, number: str, username: str, *, primary: bool) -> None:
    """Designate USERNAME exams officer of the centre NUMBER.

    \b
    Example: scim-server exams-officer designate GB001 exams.officer@gb001.example --primary
    """

    def work(guarded: GuardedStore) -> None:
        user_id = _user_id(guarded, number_of(number), username)
        officers = _officers(guarded, number)
        known = next((each for each in officers if each["value"] == user_id), None)
        chosen = {"value": user_id} if known is None else known
        if primary:
            officers = [{name: value for name, value in each.items() if name != "primary"} for each in officers]
            chosen = {**chosen, "primary": True}
        kept = [each for each in officers if each["value"] != user_id]
        _store(guarded, number, [*kept, chosen])

    acting(installation, register.board(), work)
    click.echo(f"{username} is exams officer of {number_of(number)}.")


@exams_officer.command()
@click.argument("number")
@click.argument("username")
@click.option("--user-management-only", is_flag=True, help="Withdraw user management, and keep the designation.")
@click.pass_obj
def withdraw(installation: Installation, number: str, username: str, *, user_management_only: bool) -> None:
    """End the designation of USERNAME at the centre NUMBER, or only the user management that came with it.

    \b
    Example: scim-server exams-officer withdraw GB001 exams.officer@gb001.example
    """

    def work(guarded: GuardedStore) -> None:
        officers = _officers(guarded, number)
        found = next((each for each in officers if username in (each["value"], each.get("display"))), None)
        if found is None:
            raise click.ClickException(f"{username} is no exams officer of {number_of(number)}.")
        kept = [each for each in officers if each is not found]
        if user_management_only:
            kept.append({**found, "userManagement": False})
        _store(guarded, number, kept)

    acting(installation, register.board(), work)
    what = "no longer manages users" if user_management_only else "is no longer exams officer"
    click.echo(f"{username} {what} of {number_of(number)}.")


def _officers(guarded: GuardedStore, number: str) -> list[dict[str, Any]]:
    return list(find_centre(guarded, number_of(number)).attributes.get("examsOfficers") or [])


def _user_id(guarded: GuardedStore, number: str, username: str) -> str:
    """Return the id of a user of the centre, or of the Associate that administers it."""
    centre = find_centre(guarded, number).attributes
    associate = (centre.get("associate") or {}).get("centreNumber")
    store = ResourceStore(guarded.store.transaction, number, guarded.store.types)
    try:
        return user_named(store, username).id
    except click.ClickException:
        if associate is None:
            raise
    return user_named(ResourceStore(guarded.store.transaction, associate, guarded.store.types), username).id


def _store(guarded: GuardedStore, number: str, officers: list[dict[str, Any]]) -> None:
    centre = find_centre(guarded, number_of(number))
    current = guarded.store.get(register.CENTRE, centre.id, locked=True)
    guarded.update("patch", current, {**current.attributes, "examsOfficers": officers})
