"""``scim-server brake``: what is held because a connection would end the access of too many people."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import click

from mycambridge.brake import register
from mycambridge.brake.register import Connection
from mycambridge.brake.resource import BRAKE, BRAKE_URN
from mycambridge.brake.rules import MODES, REJECTED, RELEASED, state_at
from mycambridge.commands.acting import BoardGroup, acting, number_of, print_json
from scim_server.cli.installation import Installation
from scim_server.protocol.guarded import GuardedStore
from scim_server.store.resources import StoredResource

_tenant = click.option("--tenant", required=True, metavar="NUMBER", help="The organisation whose connection it is.")
_connection = click.option("--connection", "name", required=True, metavar="NAME", help="The name of the connection.")
_note = click.option("--note", help="Why.")


@click.group(cls=BoardGroup)
def brake() -> None:
    """Release or reject what the safety brake holds, and choose how it works.

    \b
    Example: scim-server brake list
    """


@brake.command("list")
@click.option("--tenant", metavar="NUMBER", help="Show only those of this organisation.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
@click.pass_obj
def list_(installation: Installation, *, tenant: str | None, as_json: bool) -> None:
    """List the connections that were held or reported, or whose mode was chosen.

    \b
    Example: scim-server brake list --tenant GB001 --json
    """
    if tenant is not None:
        tenant = number_of(tenant)
        installation.require_tenant(tenant)
    found = installation.database.run(lambda reading: list(register.all_brakes(reading, tenant)), writing=False)
    rows = [{"tenant": of, "id": each.id, **each.attributes} for of, each in found]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        click.echo(f"{row['tenant']}  {row['connection']['display']}  mode {row['mode']}, {_happened(row)}")


@brake.command()
@_tenant
@_connection
@_note
@click.pass_obj
def release(installation: Installation, *, tenant: str, name: str, note: str | None) -> None:
    """Let a connection end the access of as many people as it asks for, for one hour.

    \b
    Example: scim-server brake release --tenant GB001 --connection "Entra ID" --note "Merged with another school"
    """
    decided = _decide(installation, number_of(tenant), name, RELEASED, note)
    click.echo(f"Released: what {name} sends until {_time(decided['until'])} goes through.")


@brake.command()
@_tenant
@_connection
@_note
@click.pass_obj
def reject(installation: Installation, *, tenant: str, name: str, note: str | None) -> None:
    """Refuse for a day that a connection ends anybody's access, because its directory is wrong.

    \b
    Example: scim-server brake reject --tenant GB001 --connection "Entra ID" --note "A filter was deleted"
    """
    decided = _decide(installation, number_of(tenant), name, REJECTED, note)
    click.echo(f"Rejected: {name} ends nobody's access until {_time(decided['until'])}, unless it is released.")


@brake.command()
@_tenant
@_connection
@click.argument("mode", type=click.Choice(MODES))
@click.pass_obj
def mode(installation: Installation, *, tenant: str, name: str, mode: str) -> None:
    """Choose whether too many people are held, only reported (notify), or not counted (off).

    \b
    Example: scim-server brake mode --tenant GB001 --connection "Entra ID" notify
    """

    def work(guarded: GuardedStore) -> None:
        connection = _named(guarded, name)
        found = register.find_brake(guarded.store, connection.id)
        if found is None:
            document = {"schemas": [BRAKE_URN], "connection": {"value": connection.id}, "mode": mode}
            guarded.create(BRAKE, document)
        else:
            _change(guarded, found, mode=mode)

    acting(installation, number_of(tenant), work)
    click.echo(f"The safety brake of {name} is in mode {mode}.")


def _decide(installation: Installation, tenant: str, name: str, decision: str, note: str | None) -> Mapping[str, Any]:
    def work(guarded: GuardedStore) -> Mapping[str, Any]:
        found = register.find_brake(guarded.store, _named(guarded, name).id)
        if found is None or not found.attributes.get("state"):
            raise click.ClickException(f"The safety brake of {name} never held anything.")
        if found.attributes["state"] == decision:
            raise click.ClickException(f"It was {decision} already, until {_time(found.attributes['until'])}.")
        return _change(guarded, found, state=decision, **({"note": note} if note else {}))

    return acting(installation, tenant, work)


def _change(guarded: GuardedStore, found: StoredResource, **values: str) -> Mapping[str, Any]:
    current = guarded.store.get(BRAKE, found.id, locked=True)
    return guarded.update("patch", current, {**current.attributes, **values}).attributes


def _named(guarded: GuardedStore, name: str) -> Connection:
    tenant = guarded.store.tenant
    found = register.connection_named(guarded.store.transaction, tenant, name)
    if found is None:
        raise click.ClickException(f"{tenant} has no connection {name!r}; scim-server token list --tenant {tenant}.")
    return found


def _happened(row: Mapping[str, Any]) -> str:
    if "state" not in row:
        return "nothing held so far"
    lasts = state_at(datetime.now(UTC), row["state"], row["until"]) is not None
    return f"{row['state']} {'until' if lasts else 'until it ended at'} {_time(row['until'])}: {row['people']} people"


def _time(text: str) -> str:
    return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M} UTC"
