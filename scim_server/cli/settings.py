"""``scim-server settings``: everything that can be set."""

import json
from pathlib import Path
from typing import Any

import click
from pydantic import SecretStr
from pydantic_settings import BaseSettings
from sqlalchemy import make_url

from scim_server.cli.installation import Installation


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def settings(installation: Installation, *, as_json: bool) -> None:
    """Show every setting with its meaning and value; secrets are masked.

    \b
    Example: scim-server settings
    """
    added = [each for extension in installation.extensions for each in extension.settings()]
    rows = [_row(each, name) for each in (installation.settings, *added) for name in type(each).model_fields]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        click.echo(f"{row['name']} = {row['value']}")
        default = "" if row["value"] == row["default"] else f" Default: {row['default']}."
        click.echo(f"    {row['meaning']}{default}")


def _row(current: BaseSettings, name: str) -> dict[str, Any]:
    field = type(current).model_fields[name]
    return {
        "name": f"{current.model_config.get('env_prefix', '')}{name.upper()}",
        "value": _shown(getattr(current, name)),
        "default": _shown(field.default),
        "meaning": " ".join((field.description or "").split()),
    }


def _shown(value: Any) -> Any:
    if not isinstance(value, SecretStr):
        return str(value) if isinstance(value, Path) else value
    text = value.get_secret_value()
    return make_url(text).render_as_string() if "://" in text else "***"
