"""What an operator sets, read from ``SCIM_SERVER_*`` environment variables."""

import re
import secrets
from email.headerregistry import Address
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from scim_server.mail_settings import SmtpServer, read_sender

_RATE = re.compile(r"(?P<requests>\d+)/(?P<unit>second|minute|hour)(?: burst (?P<burst>\d+))?")
_SECONDS = {"second": 1, "minute": 60, "hour": 3600}


class RateLimit:
    """How many requests one connection may send: a steady rate, and a burst above it."""

    def __init__(self, text: str) -> None:
        """Read ``50/second burst 500``; the burst defaults to ten seconds of the rate.

        :raises ValueError: When the text has another form.
        """
        found = _RATE.fullmatch(text.strip())
        if found is None or not int(found["requests"]):
            raise ValueError("write the rate as '50/second', '50/second burst 500' or 'off'")
        self.per_second = int(found["requests"]) / _SECONDS[found["unit"]]
        self.burst = int(found["burst"] or max(1, round(self.per_second * 10)))


class Settings(BaseSettings):
    """What an operator sets, as ``SCIM_SERVER_*`` environment variables."""

    model_config = SettingsConfigDict(
        env_prefix="SCIM_SERVER_",
        frozen=True,
        use_attribute_docstrings=True,
        # A variable that is passed on though nobody set it is not a secret of no characters.
        env_ignore_empty=True,
    )

    database_url: SecretStr = SecretStr("sqlite:///var/scim-server.db")
    """Where everything is kept, as a SQLAlchemy URL.

    Either ``sqlite:///path`` or ``postgresql+psycopg://user:password@host/name``.
    """

    base_url: str = "http://127.0.0.1:8000"
    """The public address of the server.

    Every ``meta.location`` begins with it; the ``Host`` header of a request is never believed.
    """

    secret_key: SecretStr | None = None
    """Seals paging cursors; every process of one installation needs the same one.

    Without it, one is made and kept beside the SQLite database.
    """

    rate_limit: str = "50/second burst 500"
    """How fast one connection may send requests, over all processes together: ``50/second burst 500``, or ``off``."""

    extensions: str = "all"
    """Which installed extensions are used: ``all``, ``none``, or their names separated by commas."""

    invitations: Literal["on", "off"] = "on"
    """Whether people whom a directory provisions with an e-mail address are invited to make an account."""

    time_zone: str = "Europe/London"
    """The time zone of dates on pages, as in the IANA database."""

    trusted_proxies: Annotated[int, Field(ge=0, le=10)] = 0
    """How many reverse proxies stand before the server, so that sign-in is throttled, and a session is listed, by the
    client's own address (``X-Forwarded-For``); logs hold no address."""

    max_body_size: Annotated[int, Field(ge=1024)] = 8 * 2**20
    """The largest request body, in bytes. A larger one is answered with 413."""

    request_timeout: Annotated[int, Field(ge=1)] = 30
    """How long a client may take to send a request, in seconds. A slower one is answered with 408."""

    default_page_size: Annotated[int, Field(ge=1)] = 100
    """How many resources a page holds when the client does not say."""

    max_page_size: Annotated[int, Field(ge=1)] = 1000
    """How many resources a page holds at most."""

    cursor_timeout: Annotated[int, Field(ge=60)] = 24 * 3600
    """How long a paging cursor can be used, in seconds."""

    bulk_max_operations: Annotated[int, Field(ge=1)] = 1000
    """How many operations one bulk request may hold."""

    bulk_max_payload_size: Annotated[int, Field(ge=1024)] = 2 * 2**20
    """The largest bulk request, in bytes."""

    patch_max_operations: Annotated[int, Field(ge=1)] = 500
    """How many operations one PATCH may hold."""

    filter_max_length: Annotated[int, Field(ge=64)] = 8192
    """The longest filter, in characters."""

    filter_max_terms: Annotated[int, Field(ge=1)] = 100
    """How many comparisons one filter may hold."""

    filter_max_depth: Annotated[int, Field(ge=1)] = 20
    """How deeply the parentheses of a filter may nest."""

    max_string_length: Annotated[int, Field(ge=64)] = 8192
    """The longest string value, in characters (certificates and photos may be eight times as long)."""

    max_values: Annotated[int, Field(ge=1)] = 200
    """How many values a multi-valued attribute may hold; members are bounded by ``max_members``."""

    max_members: Annotated[int, Field(ge=50)] = 100_000
    """How many members one request may name."""

    max_json_depth: Annotated[int, Field(ge=8)] = 24
    """How deeply the JSON of a request may nest."""

    database_pool_size: Annotated[int, Field(ge=1)] = 8
    """How many database connections one process keeps; at least its number of threads."""

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """How much is logged, as one JSON object a line on standard error."""

    metrics_token: SecretStr | None = None
    """The bearer token that reads ``/metrics``. Without it, ``/metrics`` answers 404."""

    journal_retention_days: Annotated[int, Field(ge=1)] = 6 * 365
    """How long journal entries are kept before ``scim-server journal purge`` removes them."""

    personal_data_retention_days: Annotated[int, Field(ge=0)] = 30
    """How long the journal keeps the values of a deleted user before ``scim-server journal purge`` blanks them."""

    account_warn_after: Annotated[int, Field(ge=1, le=36_500)] = 548
    """After how many days without a sign-in a person is warned that their account will be removed: 18 months."""

    account_remove_after: Annotated[int, Field(ge=1, le=36_500)] = 730
    """After how many days without a sign-in an account is removed, whose person was warned: 24 months.

    Nobody's account is removed within 30 days of the warning, and no account of an administrator ever is.
    """

    smtp_url: SecretStr | None = None
    """The mail server: ``smtp://user:password@host:587`` (STARTTLS), ``smtps://…`` (TLS) or ``smtp+plain://host:25``.

    Without it, mail is written as files into ``SCIM_SERVER_OUTBOX_DIRECTORY``.
    """

    mail_from: Annotated[str | None, Field(validate_default=True)] = None
    """Whom mail comes from: ``name@host`` or ``My School <name@host>``. Needed with a mail server."""

    outbox_directory: Path | None = None
    """The folder for mail when there is no mail server; ``outbox`` beside the SQLite database when not set."""

    outbox_interval: Annotated[float, Field(gt=0, le=3600)] = 2.0
    """How often the worker looks for mail to send, in seconds."""

    outbox_retention_days: Annotated[int, Field(ge=0)] = 30
    """How long it is kept to whom mail was sent, or why it was given up, before the worker removes it."""

    @field_validator("database_url")
    @classmethod
    def _served_database(cls, value: SecretStr) -> SecretStr:
        scheme, separator, rest = value.get_secret_value().partition(":")
        if scheme in ("postgres", "postgresql"):
            scheme = "postgresql+psycopg"
        if scheme not in ("sqlite", "postgresql+psycopg") or not rest.startswith("//"):
            raise ValueError("write the database as sqlite:///path or postgresql+psycopg://user:password@host/name")
        _ = urlsplit(value.get_secret_value()).port
        return SecretStr(scheme + separator + rest)

    @field_validator("rate_limit")
    @classmethod
    def _readable_rate(cls, value: str) -> str:
        if value != "off":
            RateLimit(value)
        return value

    @field_validator("base_url")
    @classmethod
    def _clean_base_url(cls, value: str) -> str:
        if not re.fullmatch(r"https?://[A-Za-z0-9.\-\[\]:]+(/[A-Za-z0-9._~/-]*)?", value):
            raise ValueError("write the public address as https://host or https://host/path")
        return value.rstrip("/")

    @field_validator("account_remove_after")
    @classmethod
    def _warned_before(cls, value: int, others: ValidationInfo) -> int:
        if value <= others.data.get("account_warn_after", 0):
            raise ValueError("accounts are removed later than SCIM_SERVER_ACCOUNT_WARN_AFTER: write more days")
        return value

    @field_validator("smtp_url")
    @classmethod
    def _readable_smtp_url(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            SmtpServer.read(value.get_secret_value())
        return value

    @field_validator("mail_from")
    @classmethod
    def _named_sender(cls, value: str | None, others: ValidationInfo) -> str | None:
        if value is None and others.data.get("smtp_url") is not None:
            raise ValueError("say whom mail comes from, as name@host, since SCIM_SERVER_SMTP_URL is set")
        if value is not None:
            read_sender(value)
        return value

    @property
    def smtp_server(self) -> SmtpServer | None:
        """The mail server, or None when mail is written into a folder."""
        return None if self.smtp_url is None else SmtpServer.read(self.smtp_url.get_secret_value())

    @property
    def sender(self) -> Address:
        """Whom mail comes from."""
        return read_sender(self.mail_from or "scim-server@localhost")

    @property
    def outbox_folder(self) -> Path:
        """The folder for mail when there is no mail server."""
        beside = Path("var/scim-server.db") if self.sqlite_path is None else self.sqlite_path
        return self.outbox_directory or beside.parent / "outbox"

    @property
    def rate(self) -> RateLimit | None:
        """The rate limit, or None when it is off."""
        return None if self.rate_limit == "off" else RateLimit(self.rate_limit)

    @property
    def sqlite_path(self) -> Path | None:
        """The file of the embedded database, or None on PostgreSQL."""
        scheme, _, path = self.database_url.get_secret_value().partition(":///")
        return Path(path) if scheme.startswith("sqlite") else None

    @cached_property
    def signing_secret(self) -> str:
        """The secret that seals cursors; made on first use beside the embedded database.

        :raises ValueError: When PostgreSQL is used and no secret is set: its processes may run on several machines.
        """
        if self.secret_key is not None:
            return self.secret_key.get_secret_value()
        if self.sqlite_path is None:
            raise ValueError("Set SCIM_SERVER_SECRET_KEY: with PostgreSQL every process needs the same one.")
        return _kept_secret(self.sqlite_path.with_suffix(".secret"))


def _kept_secret(path: Path) -> str:
    """Return the secret kept in a file that only its owner reads, written by whichever process comes first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    draft.touch(mode=0o600)
    draft.write_text(secrets.token_urlsafe(48))
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text()
