"""What the board sets, read from ``MYCAMBRIDGE_*`` environment variables."""

import re
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

BOARD_TENANT = "board"
"""The tenant that keeps the register of centres; administrators who name no tenant mean it."""

BOARD_NAME = "Exam board"


class DomainSettings(BaseSettings):
    """What the board sets, as ``MYCAMBRIDGE_*`` environment variables."""

    model_config = SettingsConfigDict(
        env_prefix="MYCAMBRIDGE_", frozen=True, use_attribute_docstrings=True, env_ignore_empty=True
    )

    access_arrangements_countries: str = "GB,AE"
    """The countries in which Apply for Access Arrangements is offered: ISO 3166-1 codes, separated by commas."""

    catalogue: Path | None = None
    """A file that replaces the shipped catalogue of services, roles and syllabuses."""

    service_addresses: str | None = None
    """Where the tiles of services lead, as service=address separated by spaces; it goes before the catalogue."""

    centre_number_pattern: str = "[A-Z0-9]{5}"
    """What a centre number looks like in upper case, as a regular expression."""

    brake_people: int = Field(10, ge=0)
    """How many people a connection may always deactivate, delete or strip of roles within an hour."""

    brake_share: int = Field(30, ge=0, le=100)
    """Which percentage of a centre's active people it may; 0 leaves only the number."""

    @field_validator("centre_number_pattern")
    @classmethod
    def _is_a_pattern(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"write a regular expression ({error})") from None
        return pattern

    @field_validator("service_addresses")
    @classmethod
    def _are_addresses(cls, addresses: str | None) -> str | None:
        for each in (addresses or "").split():
            service, _, address = each.partition("=")
            parts = urlsplit(address)
            if not service or parts.scheme not in ("https", "http") or not parts.hostname:
                raise ValueError("write services as in global-listening=https://listening.example/start")
        return addresses

    @property
    def addresses_of_services(self) -> dict[str, str]:
        """Where the tiles of services lead, by service."""
        pairs = (each.partition("=") for each in (self.service_addresses or "").split())
        return {service: address for service, _, address in pairs}

    @property
    def offering_countries(self) -> tuple[str, ...]:
        """The countries in which Apply for Access Arrangements is offered, in upper case."""
        return tuple(code.strip().upper() for code in self.access_arrangements_countries.split(",") if code.strip())


@cache
def domain_settings() -> DomainSettings:
    """Return the settings of this process."""
    return DomainSettings()
