"""What every command works on, and the kinds of values they share."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import click

from scim_server import migrations
from scim_server.db import Database
from scim_server.extension import Principal, ServerExtension, load_extensions
from scim_server.settings import Settings

COMMAND_LINE = Principal(kind="system", id="command-line", name="Command line")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class Installation:
    """The settings and the database that a command works on, made when first used."""

    @cached_property
    def settings(self) -> Settings:
        """The settings of the environment."""
        return Settings()

    @cached_property
    def database(self) -> Database:
        """The database; an embedded one that does not exist yet is made."""
        path = self.settings.sqlite_path
        is_new = path is not None and not path.exists()
        database = Database(self.settings.database_url.get_secret_value(), pool_size=self.settings.database_pool_size)
        if is_new:
            migrations.upgrade(database, self.extensions)
        return database

    @cached_property
    def extensions(self) -> Sequence[ServerExtension]:
        """The extensions in use."""
        return load_extensions(self.settings.extensions)


class Duration(click.ParamType[timedelta]):
    """How long something lasts, as in ``365d`` or ``12h``."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Return the duration."""
        if isinstance(value, timedelta):
            return value
        found = re.fullmatch(r"(\d{1,6})([smhdw])", str(value).strip())
        if found is None:
            self.fail(f"{value!r} is no duration; write a number and s, m, h, d or w, as in 365d.", param, ctx)
        return timedelta(**{_UNITS[found[2]]: int(found[1])})


class RelativeTime(click.ParamType[datetime]):
    """A moment: a date, or how long ago."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the moment, in UTC."""
        if isinstance(value, datetime):
            return value
        if re.fullmatch(r"\d{1,6}[smhdw]", str(value).strip()):
            return datetime.now(UTC) - Duration().convert(value, param, ctx)
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no moment; write a date as 2026-09-01 or how long ago as 2h.", param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
