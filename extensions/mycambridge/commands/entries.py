"""``scim-server entries``: the syllabuses that centres made entries for."""

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from mycambridge.centres import register
from mycambridge.commands.acting import BoardGroup, acting, find_centre, number_of
from scim_server.cli.installation import Installation
from scim_server.cli.progress import progress
from scim_server.protocol.guarded import GuardedStore

COLUMNS = ("centreNumber", "series", "syllabus", "option")


@click.group(cls=BoardGroup)
def entries() -> None:
    """Record which syllabuses centres make entries for: entries give a centre its services.

    \b
    Example: scim-server entries add GB001 --series 2026-06 --syllabus 0500
    """


@entries.command()
@click.argument("number")
@click.option("--series", required=True, help="The series, as in 2026-06.")
@click.option("--syllabus", required=True, help="The four digits of the syllabus.")
@click.option("--option", default="", help="The option code, up to two characters.")
@click.pass_obj
def add(installation: Installation, number: str, *, series: str, syllabus: str, option: str) -> None:
    """Record an entry of the centre NUMBER.

    \b
    Example: scim-server entries add GB001 --series 2026-06 --syllabus 0500 --option A
    """
    entry = {"series": series, "syllabus": syllabus, "option": option}
    acting(installation, register.board(), lambda guarded: _record(guarded, number_of(number), [entry]))
    click.echo(f"{number_of(number)} has an entry for {syllabus} in {series}.")


@entries.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def import_(installation: Installation, file: Path) -> None:
    """Record the entries of a CSV FILE: all of them, or none when a line is refused.

    The first line names the columns: centreNumber,series,syllabus,option.

    \b
    Example: scim-server entries import june.csv
    """
    of_centres = _read(file)

    def work(guarded: GuardedStore) -> None:
        with progress("Recording", len(of_centres)) as advance:
            for number, rows in of_centres.items():
                _record(guarded, number, rows)
                advance(1)

    acting(installation, register.board(), work)
    total = sum(len(rows) for rows in of_centres.values())
    click.echo(f"Recorded {total} entries of {len(of_centres)} centres.")


def _read(file: Path) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of a file for each centre.

    :raises click.ClickException: When the file has other columns, or a line that cannot be read.
    """
    with file.open(newline="", encoding="utf-8-sig") as lines:
        reader = csv.DictReader(lines)
        if reader.fieldnames is None or tuple(name.strip() for name in reader.fieldnames[:3]) != COLUMNS[:3]:
            raise click.ClickException(f"The first line must name the columns {','.join(COLUMNS)}.")
        found: dict[str, list[dict[str, Any]]] = {}
        for place, row in enumerate(reader, start=2):
            if None in row or row["syllabus"] is None:
                raise click.ClickException(f"Line {place} has not the columns {','.join(COLUMNS)}.")
            found.setdefault(number_of(row["centreNumber"]), []).append({**row, "line": place})
    return found


def _record(guarded: GuardedStore, number: str, rows: Iterable[dict[str, Any]]) -> None:
    centre = find_centre(guarded, number)
    current = guarded.store.get(register.CENTRE, centre.id, locked=True)
    document = current.attributes
    added = [{name: row.get(name) or "" for name in COLUMNS[1:]} for row in rows]
    document["entries"] = [*(document.get("entries") or []), *added]
    guarded.update("patch", current, document)
