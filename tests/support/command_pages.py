"""The page of every command, made from what ``--help`` says: ``python -m tests.support.command_pages`` writes it."""

from collections.abc import Iterator
from pathlib import Path

import click

from scim_server.cli import scim_server

PAGE = Path(__file__).parents[2] / "docs" / "commands.md"
_INTRODUCTION = """# Every command

`make run` installs the command as `.venv/bin/scim-server`. It works on the database that `SCIM_SERVER_DATABASE_URL`
names, the same as the server's ([Operations](operations.md#settings)); the server need not run.

- Exit code 0: done. 1: refused or failed, with one sentence on standard error. 2: the command or a setting is written wrongly.
- Results are printed on standard output, and only results: `token create` prints the token and nothing else.
- What lists has `--json`.

This page is what `--help` says. `make docs` writes it anew.
"""  # noqa: E501 - a line of Markdown


def page() -> str:
    """Return the whole page."""
    sections = [f"## {path}\n\n```text\n{text}\n```\n" for path, text in helps()]
    return "\n".join([_INTRODUCTION, *sections])


def helps() -> Iterator[tuple[str, str]]:
    """Yield every command, group or not, as it is called, with its help."""
    yield from _helps(scim_server, click.Context(scim_server, info_name="scim-server", max_content_width=100))


def _helps(command: click.Command, context: click.Context) -> Iterator[tuple[str, str]]:
    context.terminal_width = 100
    yield context.command_path, command.get_help(context)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from _helps(inner, click.Context(inner, parent=context, info_name=name))


if __name__ == "__main__":
    PAGE.write_text(page())
