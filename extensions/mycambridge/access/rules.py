"""The rules about giving roles, as plain functions of plain values. Each is the same on every path."""

from collections.abc import Collection

from mycambridge.catalogue.reading import Catalogue, Role
from mycambridge.refusals import NotPermitted, Unfit


def giveable_role(value: str | None, catalogue: Catalogue) -> Role:
    """Return a role that people may give, and refuse the one that only the board designates (rules 1 and 4)."""
    name = (value or "").strip().lower()
    role = catalogue.role(name)
    if role is None:
        known = ", ".join(each.value for each in catalogue.given_roles)
        raise Unfit(f"There is no role {value!r}. The roles are: {known}.")
    if role.designated:
        opened = f" {catalogue.service(role.opens).display} cannot be given to anyone else." if role.opens else ""
        raise NotPermitted(f"The role {name} is designated by the exam board only.{opened}")
    return role


def require_service(role: Role, catalogue: Catalogue, services: Collection[str], number: str, country: str) -> None:
    """Refuse a role at a centre that has not the service it opens (rule 2)."""
    if role.opens is None or role.opens in services:
        return
    service = catalogue.service(role.opens)
    if not catalogue.is_offered(service.value, country):
        raise NotPermitted(f"{service.display} is not offered in {country}, where centre {number} is.")
    raise NotPermitted(
        f"Centre {number} has no entries for a syllabus that uses {service.display}, "
        f"so nobody can have {role.value} there."
    )


def require_open(number: str, *, is_open: bool) -> None:
    """Refuse to give roles at a closed centre."""
    if not is_open:
        raise NotPermitted(f"Centre {number} is closed; nobody can be given roles there.")


def require_another(own: Collection[str], concerned: Collection[str], what: str) -> None:
    """Refuse that somebody amends their own roles, as whichever of the Users that they are (rule 3)."""
    if not set(own).isdisjoint(concerned):
        raise NotPermitted(f"Nobody amends their own roles: {what}. Ask a colleague with user management to do it.")
