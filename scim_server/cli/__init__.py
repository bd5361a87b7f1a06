"""The ``scim-server`` command."""

import sys
from typing import Any

import click
from alembic.util import CommandError
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, ProgrammingError

from scim_server.cli.installation import Installation
from scim_server.extension import MisconfiguredExtension
from scim_server.installed import load_extensions

_COMMANDS = {
    "account": "scim_server.cli.account:account",
    "admin": "scim_server.cli.admin:admin",
    "db": "scim_server.cli.db:db",
    "demo": "scim_server.cli.demo:demo",
    "export": "scim_server.cli.export:export",
    "import": "scim_server.cli.imports:import_",
    "journal": "scim_server.cli.journal:journal",
    "outbox": "scim_server.cli.outbox:outbox",
    "run": "scim_server.cli.run:run",
    "settings": "scim_server.cli.settings:settings",
    "tenant": "scim_server.cli.tenant:tenant",
    "token": "scim_server.cli.token:token",
    "work": "scim_server.cli.work:work",
}


class Commands(click.Group):
    """The commands, each loaded when it is used, and those of the extensions."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted([*_COMMANDS, *self._added()])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, or None."""
        if cmd_name not in _COMMANDS:
            return self._added().get(cmd_name)
        module, _, name = _COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(__import__(module, fromlist=[name]), name)
        return command

    @staticmethod
    def _added() -> dict[str, click.Command]:
        return {str(command.name): command for extension in load_extensions() for command in extension.commands()}


@click.group(cls=Commands)
@click.version_option(package_name="mycambridge-provisioning")
@click.pass_context
def scim_server(context: click.Context) -> None:
    """Provision people and groups with SCIM 2.0.

    \b
    Start with:  scim-server run
    """
    context.ensure_object(Installation)


def main(arguments: list[str] | None = None) -> Any:
    """Run a command; what goes wrong is said in a sentence, without a traceback."""
    try:
        return scim_server.main(args=arguments, prog_name="scim-server")
    except ValidationError as error:
        for fault in error.errors(include_url=False, include_input=False):
            name = "_".join(str(part) for part in fault["loc"]).upper()
            click.echo(f"Error: SCIM_SERVER_{name}: {fault['msg'].removeprefix('Value error, ')}.", err=True)
        sys.exit(2)
    except MisconfiguredExtension as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2)
    except OSError as error:
        click.echo(f"Error: {error.filename or 'a file'}: {error.strerror or error}", err=True)
        sys.exit(1)
    except CommandError:
        click.echo(
            "Error: a newer version of scim-server made the schema of this database; install that one.", err=True
        )
        sys.exit(1)
    except DBAPIError as error:
        click.echo(f"Error: {_explained(error)}", err=True)
        sys.exit(1)


def _explained(error: DBAPIError) -> str:
    """Say what an operator can do about an error of the database."""
    if isinstance(error, ProgrammingError) or "no such table" in str(error.orig):
        return "the schema of the database is missing or behind; run 'scim-server db upgrade'."
    if isinstance(error, OperationalError | InterfaceError):
        return "the database cannot be reached; check SCIM_SERVER_DATABASE_URL."
    return "the database refused this; its own log says why."
