"""Says what is wrong with the board's settings before anything relies on them."""

import tomllib

from pydantic import ValidationError

from mycambridge.catalogue.reading import catalogue
from mycambridge.settings import domain_settings
from scim_server.extension import MisconfiguredExtension


def check_settings() -> None:
    """Read the settings and the catalogue.

    :raises MisconfiguredExtension: When a setting has a wrong form, or the catalogue cannot be read.
    """
    try:
        domain_settings()
    except ValidationError as error:
        name, _, fault = _first(error).partition(": ")
        raise MisconfiguredExtension(f"MYCAMBRIDGE_{name.upper()}: {fault}.") from None
    try:
        catalogue()
    except ValidationError as error:
        raise MisconfiguredExtension(f"MYCAMBRIDGE_CATALOGUE holds no catalogue: {_first(error)}.") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise MisconfiguredExtension(f"MYCAMBRIDGE_CATALOGUE cannot be read: {error}.") from None
    except ValueError as error:
        raise MisconfiguredExtension(f"{error}.") from None


def _first(error: ValidationError) -> str:
    fault = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in fault["loc"])
    return f"{place}: {fault['msg'].removeprefix('Value error, ')}" if place else str(fault["msg"])
