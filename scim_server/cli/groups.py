"""Commands that say in one sentence why they cannot do something."""

from typing import Any

import click

from scim_server.connections.errors import AdministrationError


class AdministrationGroup(click.Group):
    """Shows what the functions of administration refuse as an error of the command, with exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command of the group."""
        try:
            return super().invoke(ctx)
        except AdministrationError as error:
            raise click.ClickException(str(error)) from None


class Administration(click.Command):
    """The same for a command of no group."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except AdministrationError as error:
            raise click.ClickException(str(error)) from None
