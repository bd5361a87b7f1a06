"""``scim-server export``: a whole tenant as JSON lines."""

import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import click

from scim_server.cli.groups import Administration
from scim_server.cli.installation import Installation
from scim_server.cli.progress import progress
from scim_server.connections.tenants import require_tenant


@click.command(cls=Administration)
@click.option("--tenant", required=True, metavar="ID", help="Whose users and groups to write.")
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="The file to write; standard output if left out."
)
@click.pass_obj
def export(installation: Installation, tenant: str, output: Path | None) -> None:
    """Write all users and groups of a tenant, one SCIM resource a line, as they are at this moment.

    Members of groups stand there with their userName or displayName, so that 'scim-server import' can bring the file
    into any tenant. The file holds personal data: only its owner can read it.

    \b
    Example: scim-server export --tenant GB001 --output GB001.jsonl
    """
    from scim_server.protocol.provider import stored_types  # noqa: PLC0415 - help is shown without the protocol
    from scim_server.transfer.exporting import opened_export  # noqa: PLC0415

    installation.database.run(lambda transaction: require_tenant(transaction, tenant), writing=False)
    types = stored_types(installation.extensions)
    with opened_export(installation.database, tenant, types) as exported, _opened(output) as file:
        with progress("Exporting", exported.total) as advance:
            for part in exported.lines():
                file.write(part)
                advance(part.endswith(b"\n"))
        file.flush()


@contextmanager
def _opened(output: Path | None) -> Iterator[BinaryIO]:
    """Yield a file that appears when it is complete, or standard output."""
    if output is None:
        yield sys.stdout.buffer
        return
    draft = output.with_name(f".{output.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            yield file
        draft.replace(output)
    except OSError as error:
        raise click.ClickException(f"{output} cannot be written: {error.strerror}.") from None
    finally:
        draft.unlink(missing_ok=True)
