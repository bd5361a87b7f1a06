"""``scim-server import``: users and groups from a file."""

import shutil
import tempfile
from pathlib import PurePath
from typing import TYPE_CHECKING, BinaryIO

import click

from scim_server.cli.groups import Administration
from scim_server.cli.installation import COMMAND_LINE, Installation
from scim_server.cli.progress import progress
from scim_server.connections.tenants import require_tenant

if TYPE_CHECKING:
    from scim_server.transfer.records import RecordFile
    from scim_server.transfer.report import Report

_FORMATS = {".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl", ".csv": "csv"}


@click.command("import", cls=Administration)
@click.option("--tenant", required=True, metavar="ID", help="Whose users and groups they become.")
@click.option(
    "--format", "format_", type=click.Choice(["jsonl", "csv"]), help="What the file is, if its name does not tell."
)
@click.option("--keep-going", is_flag=True, help="Import the other lines when one is refused, instead of none.")
@click.option("--dry-run", is_flag=True, help="Only say what would happen.")
@click.argument("file", type=click.File("rb"))
@click.pass_obj
def import_(
    installation: Installation, *, tenant: str, format_: str | None, keep_going: bool, dry_run: bool, file: BinaryIO
) -> None:
    """Create and update users and groups from FILE; a hyphen reads standard input.

    FILE is either JSON lines, one whole SCIM resource each, as 'scim-server export' writes them; or a CSV file of staff
    whose first row names its columns: userName, and if wanted givenName, familyName, email, active, groups (separated
    by semicolons, created when missing) and externalId. An empty cell changes nothing.

    Who is there already, by id, externalId or userName, is updated; a group by id, externalId or displayName. To import
    a file again changes nothing. When a line is refused, nothing is imported, unless you say --keep-going.

    \b
    Example: scim-server import --tenant GB001 staff.csv --dry-run
    """
    from scim_server.transfer.importing import Import  # noqa: PLC0415 - help is shown without the protocol
    from scim_server.transfer.records import UnreadableFileError  # noqa: PLC0415

    kind = format_ or _FORMATS.get(PurePath(file.name).suffix.lower())
    if kind is None:
        raise click.UsageError("Say what the file is: --format jsonl or --format csv.")
    installation.database.run(lambda transaction: require_tenant(transaction, tenant), writing=False)
    try:
        records = _records(installation, _rewindable(file), kind)
        with progress("Importing", records.size) as advance:
            importing = Import(installation.server, tenant, COMMAND_LINE, advance)
            if keep_going and not dry_run:
                report = importing.line_by_line(records)
            else:
                report = importing.whole(records, dry_run=dry_run)
    except UnreadableFileError as error:
        raise click.ClickException(f"{error} Nothing was imported.") from None
    _tell(report, dry_run=dry_run, keep_going=keep_going)
    if report.failed:
        raise click.exceptions.Exit(1)


def _rewindable(file: BinaryIO) -> BinaryIO:
    """Return a file that can be read twice."""
    if file.seekable():
        return file
    copy = tempfile.TemporaryFile()  # noqa: SIM115 - closed, and thereby removed, with the command
    click.get_current_context().call_on_close(copy.close)
    shutil.copyfileobj(file, copy)
    return copy


def _records(installation: Installation, file: BinaryIO, kind: str) -> "RecordFile":
    from scim_server.transfer.json_lines import JsonLines  # noqa: PLC0415 - as above
    from scim_server.transfer.staff import StaffFile  # noqa: PLC0415

    return StaffFile(file) if kind == "csv" else JsonLines(file, installation.server.types, installation.settings)


def _tell(report: "Report", *, dry_run: bool, keep_going: bool) -> None:
    """Say what was refused on standard error, and what was done on standard output."""
    counts = report.counts
    for each in report.refused:
        click.echo(f"Line {each.line}: {each.reason}", err=True)
    if counts["refused"] > len(report.refused):
        click.echo(f"{counts['refused'] - len(report.refused)} more lines were refused.", err=True)
    for name, number in report.ignored.items():
        click.echo(f"Ignored, because no schema has it: {name} ({_lines(number)}).", err=True)
    if report.unreadable is not None:
        click.echo(f"Error: {report.unreadable}", err=True)
    done = f"{counts['created']} created, {counts['updated']} updated, {counts['unchanged']} unchanged"
    refused = f"{_lines(counts['refused'])} refused"
    if dry_run:
        lost = " Nothing would be imported." if report.failed and not keep_going else ""
        click.echo(f"Would be: {done}; {refused}.{lost}")
    elif report.stored:
        click.echo(f"Imported: {done}" + (f"; {refused}." if report.failed else "."))
    else:
        click.echo(f"Nothing was imported: {refused}. Correct the file, or add --keep-going to import the rest.")


def _lines(number: int) -> str:
    return "1 line" if number == 1 else f"{number} lines"
