"""What every command works on, and the kinds of values they share."""

import re
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

import click
from pydantic import SecretStr

from scim_server import migrations
from scim_server.accounts.extension import Accounts
from scim_server.connections.errors import AdministrationError
from scim_server.connections.tenants import require_tenant
from scim_server.db import Database
from scim_server.extension import Principal, ServerExtension
from scim_server.installed import load_extensions
from scim_server.settings import Settings

if TYPE_CHECKING:
    from scim_server.protocol.server import ScimServer

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

    def require_tenant(self, tenant: str) -> None:
        """Refuse to work on a tenant that does not exist, with a sentence."""
        with self.database.read() as transaction:
            try:
                require_tenant(transaction, tenant)
            except AdministrationError as error:
                raise click.ClickException(str(error)) from None

    @cached_property
    def extensions(self) -> Sequence[ServerExtension]:
        """The extensions in use: the server's own accounts first."""
        return (Accounts(invites=self.settings.invitations == "on"), *load_extensions(self.settings.extensions))

    @cached_property
    def server(self) -> "ScimServer":
        """The SCIM service over the database: the door through which commands change users and groups."""
        from scim_server.connections.scopes import require_scope  # noqa: PLC0415 - most commands need no protocol
        from scim_server.protocol.server import ScimServer  # noqa: PLC0415

        # A command seals no cursor that another process opens, so it needs no secret that they share.
        secret = self.settings.secret_key or SecretStr(secrets.token_urlsafe(48))
        settings = self.settings.model_copy(update={"secret_key": secret})
        return ScimServer(settings, self.database, require_scope, self.extensions)


class Duration(click.ParamType[timedelta]):
    """How long something lasts, as in ``365d`` or ``12h``."""

    name = "duration"

    def __init__(self, *, may_be_none: bool = False) -> None:
        """Accept a duration; none at all, as in ``0d``, only when told to."""
        self._may_be_none = may_be_none

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Return the duration."""
        if isinstance(value, timedelta):
            return value
        found = re.fullmatch(r"(\d{1,6})([smhdw])", str(value).strip())
        if found is None:
            self.fail(f"{value!r} is no duration; write a number and s, m, h, d or w, as in 365d.", param, ctx)
        duration = timedelta(**{_UNITS[found[2]]: int(found[1])})
        if not duration and not self._may_be_none:
            self.fail(f"{value!r} is no time at all.", param, ctx)
        return duration


class RelativeTime(click.ParamType[datetime]):
    """A moment: a date, or how long ago."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the moment, in UTC."""
        if isinstance(value, datetime):
            return value
        if re.fullmatch(r"\d{1,6}[smhdw]", str(value).strip()):
            return datetime.now(UTC) - Duration(may_be_none=True).convert(value, param, ctx)
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no moment; write a date as 2026-09-01 or how long ago as 2h.", param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
