"""The catalogue as the board's file has it."""

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator

from mycambridge.settings import DomainSettings, domain_settings

ACCESS_ARRANGEMENTS = "access-arrangements"
USER_MANAGEMENT, EXAMS_OFFICER = "user-management", "exams-officer"


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Service(_Row):
    """What people reach through My Cambridge."""

    value: str
    display: str
    countries: tuple[str, ...] | None = None
    """Where it is offered, or None for everywhere."""

    address: str | None = None
    """Where its tile leads, or None when people go there another way."""


class Role(_Row):
    """What lets a person into a service or into user management, at one centre."""

    value: str
    display: str
    opens: str | None = None
    """The service it opens."""

    sensitive: bool = False
    """Whether a new member of a group mapped to it waits for approval, unless the mapping says otherwise."""

    designated: bool = False
    """Whether only the board gives it, to the exams officers it designates."""

    teaches: bool = False
    """Whether its holder teaches, and so must not also be the exams officer."""


class Use(_Row):
    """A syllabus and the services it uses."""

    syllabus: str
    services: tuple[str, ...]
    first_series: str = ""
    last_series: str = "9999-12"


class Catalogue(_Row):
    """All services, roles and uses."""

    services: tuple[Service, ...]
    roles: tuple[Role, ...]
    uses: tuple[Use, ...]

    @model_validator(mode="after")
    def _refers_to_what_there_is(self) -> "Catalogue":
        known = {service.value for service in self.services}
        named = {role.opens for role in self.roles if role.opens} | {each for use in self.uses for each in use.services}
        if unknown := named - known:
            raise ValueError(f"there is no service {min(unknown)!r}")
        return self

    def role(self, value: str) -> Role | None:
        """Return a role by its value, or None."""
        return next((role for role in self.roles if role.value == value), None)

    def service(self, value: str) -> Service:
        """Return a service that a role or a use names."""
        return next(service for service in self.services if service.value == value)

    @property
    def given_roles(self) -> tuple[Role, ...]:
        """The roles that mappings and grants may give."""
        return tuple(role for role in self.roles if not role.designated)

    def services_of(self, entries: Iterable[Mapping[str, Any]], country: str | None) -> dict[str, str | None]:
        """Return the services that a centre has by its entries, and since when: the date its first one was recorded."""
        found: dict[str, str | None] = {}
        for entry in entries:
            for use in self.uses:
                if entry.get("syllabus") != use.syllabus:
                    continue
                if not use.first_series <= str(entry.get("series")) <= use.last_series:
                    continue
                for value in use.services:
                    if self.is_offered(value, country):
                        recorded = entry.get("recorded")
                        known = found.get(value)
                        found[value] = recorded if known is None or (recorded or "") < known else known
        return {service.value: found[service.value] for service in self.services if service.value in found}

    def is_offered(self, service: str, country: str | None) -> bool:
        """Tell whether a service is offered in a country."""
        countries = self.service(service).countries
        return countries is None or (country or "").upper() in countries


@cache
def catalogue() -> Catalogue:
    """Return the catalogue of this process: the shipped one, or the file that the board set.

    :raises ValueError: When the file does not hold a catalogue, or an address is set of a service that it lacks.
    """
    settings = domain_settings()
    shipped = files("mycambridge.catalogue").joinpath("catalogue.toml")
    text = settings.catalogue.read_text() if settings.catalogue else shipped.read_text()
    read = Catalogue.model_validate(tomllib.loads(text))
    if unknown := settings.addresses_of_services.keys() - {service.value for service in read.services}:
        raise ValueError(f"MYCAMBRIDGE_SERVICE_ADDRESSES: the catalogue has no service {min(unknown)!r}")
    return read.model_copy(update={"services": tuple(_as_set(service, settings) for service in read.services)})


def _as_set(service: Service, settings: DomainSettings) -> Service:
    """Return a service with what the settings say of it."""
    address = settings.addresses_of_services.get(service.value, service.address)
    countries = settings.offering_countries if service.value == ACCESS_ARRANGEMENTS else service.countries
    return service.model_copy(update={"address": address, "countries": countries})
