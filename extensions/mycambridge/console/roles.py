"""Roles in the words of the console."""

from dataclasses import dataclass

from mycambridge.catalogue.reading import Role, catalogue
from mycambridge.console.lists import quoted
from scim_server.pages.acting import Acting, Json
from scim_server.pages.language import _

USER = "urn:ietf:params:scim:schemas:extension:mycambridge:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:extension:mycambridge:2.0:Group"
MAPPING = "urn:ietf:params:scim:schemas:mycambridge:2.0:RoleMapping"
GRANT = "urn:ietf:params:scim:schemas:mycambridge:2.0:RoleGrant"
SUSPENSION = "urn:ietf:params:scim:schemas:mycambridge:2.0:Suspension"
APPROVAL = "urn:ietf:params:scim:schemas:mycambridge:2.0:RoleApproval"
NAMED_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Choice:
    """A role that people of a centre may be given, or why they may not."""

    role: Role
    opens: str
    obstacle: str | None

    @property
    def value(self) -> str:
        """The role as the API writes it."""
        return self.role.value

    @property
    def display(self) -> str:
        """The role as people call it."""
        return self.role.display


def choices(centre: Json) -> list[Choice]:
    """Return every role that user management may give, in the order of the catalogue."""
    served = {service["value"] for service in centre.get("services") or ()}
    return [_choice(role, served) for role in catalogue().roles if not role.designated]


def choice_of(value: str, centre: Json) -> Choice | None:
    """Return one role, unless user management may not give it."""
    return next((each for each in choices(centre) if each.value == value), None)


def _choice(role: Role, served: set[str]) -> Choice:
    if role.opens is None:
        return Choice(role, _("Lets people manage users of this centre and their roles."), None)
    service = catalogue().service(role.opens).display
    obstacle = None
    if role.opens not in served:
        obstacle = _("This centre does not have %(service)s: it has no entries for a syllabus that uses it.")
        obstacle = obstacle % {"service": service}
    return Choice(role, _("Opens %(service)s.") % {"service": service}, obstacle)


def is_sensitive(value: str) -> bool:
    """Tell whether each new member of a group mapped to a role waits for approval."""
    role = catalogue().role(value)
    return role is not None and role.sensitive


def display_of(value: str) -> str:
    """Return a role as people call it."""
    role = catalogue().role(value)
    return value if role is None else role.display


def name_of(user: Json) -> str:
    """Return a person as people call them."""
    return str(user.get("displayName") or user.get("userName") or user["id"])


def people_named(acting: Acting, ids: list[str]) -> dict[str, str]:
    """Return what people and groups are called, by their ids, of which :data:`NAMED_AT_ONCE` are looked up at most."""
    wanted = " or ".join(f"id eq {quoted(each)}" for each in ids[:NAMED_AT_ONCE])
    if not wanted:
        return {}
    found = [
        *acting.list("/Users", filter=wanted, attributes="displayName,userName", count=str(NAMED_AT_ONCE))["Resources"],
        *acting.list("/Groups", filter=wanted, attributes="displayName", count=str(NAMED_AT_ONCE))["Resources"],
    ]
    return {each["id"]: name_of(each) for each in found}
