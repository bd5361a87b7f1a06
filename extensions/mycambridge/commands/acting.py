"""How a command acts for the board: in one transaction, through the door that every change goes through."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import click
from scim2_models import SCIMException

from mycambridge.centres import register
from mycambridge.centres.rules import centre_number
from mycambridge.settings import BOARD_NAME, domain_settings
from scim_server.cli.installation import COMMAND_LINE, Installation
from scim_server.connections.tenants import ensure_tenant, tenant_exists
from scim_server.db import Transaction
from scim_server.protocol.guarded import GuardedStore
from scim_server.protocol.trial import Foreseen, Trial
from scim_server.store.resources import StoredResource

T = TypeVar("T")


class BoardGroup(click.Group):
    """Shows what the rules refuse as an error of the command, with exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command of the group."""
        try:
            return super().invoke(ctx)
        except SCIMException as error:
            raise click.ClickException(str(error.detail)) from None


def acting(installation: Installation, tenant: str, work: Callable[[GuardedStore], T]) -> T:
    """Do something in a tenant, all of it or nothing.

    :raises click.ClickException: When there is no such tenant.
    """

    def done(transaction: Transaction) -> T:
        if tenant == register.board():
            ensure_tenant(transaction, tenant, BOARD_NAME)
        elif not tenant_exists(transaction, tenant):
            raise click.ClickException(f"There is no centre {tenant}; scim-server centre list shows all.")
        return work(installation.server.guarded(transaction, tenant, COMMAND_LINE))

    return installation.database.run(done, writing=True)


def reading(installation: Installation, tenant: str, work: Callable[[GuardedStore], T]) -> T:
    """Return what is read in a tenant; nobody who writes waits for it.

    :raises click.ClickException: When there is no such tenant.
    """

    def done(transaction: Transaction) -> T:
        if tenant != register.board() and not tenant_exists(transaction, tenant):
            raise click.ClickException(f"There is no centre {tenant}; scim-server centre list shows all.")
        return work(installation.server.guarded(transaction, tenant, COMMAND_LINE))

    return installation.database.run(done, writing=False)


def foreseen(installation: Installation, tenant: str, work: Callable[[GuardedStore], Any]) -> Mapping[str, Any]:
    """Return what a change would begin and end, without making it."""

    def tried(guarded: GuardedStore) -> None:
        guarded.trial = Trial()
        work(guarded)
        raise Foreseen

    try:
        acting(installation, tenant, tried)
    except Foreseen as preview:
        return preview.message()
    raise AssertionError("A trial always ends by telling what it foresees.")


def number_of(text: str) -> str:
    """Return a centre number as it is written."""
    return centre_number(text, domain_settings().centre_number_pattern)


def find_centre(guarded: GuardedStore, number: str) -> StoredResource:
    """Return a centre of the register.

    :raises click.ClickException: When there is none.
    """
    found = register.find_centre(guarded.store.transaction, number)
    if found is None:
        raise click.ClickException(f"There is no centre {number}; scim-server centre list shows all.")
    return found


def print_json(value: Any) -> None:
    """Print what a command lists as JSON."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def print_preview(preview: Mapping[str, Any]) -> None:
    """Print who would gain and lose which role."""
    for verb, facts in (("gains", preview["gains"]), ("loses", preview["losses"])):
        for fact in facts:
            waiting = ", once approved" if fact["pending"] else ""
            click.echo(f"{fact['user']['display']} {verb} {fact['display']} at {fact['centre']}{waiting}")
    if not preview["gains"] and not preview["losses"]:
        click.echo("Nobody would gain or lose a role.")


def named(resources: Sequence[StoredResource], kind: str, name: str) -> StoredResource:
    """Return the only resource of a name.

    :raises click.ClickException: When there is none, or several.
    """
    if not resources:
        raise click.ClickException(f"There is no {kind} {name!r}.")
    if len(resources) > 1:
        ids = ", ".join(each.id for each in resources)
        raise click.ClickException(f"There are several: {ids}. Give the id of the {kind} instead of its name.")
    return resources[0]
