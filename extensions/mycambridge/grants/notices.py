"""Tell the people who manage users of a centre when somebody else is given the same power (domain.md, NCSC advice)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

import sqlalchemy as sa

from mycambridge.access.effective import holders
from mycambridge.approvals.resource import APPROVED
from mycambridge.catalogue.reading import USER_MANAGEMENT
from mycambridge.centres.register import CENTRE
from mycambridge.mappings.covering import mappings_covering
from mycambridge.mappings.resource import IN_FORCE
from mycambridge.stored import stored_where
from scim_server.accounts.invitations import address_of, name_of
from scim_server.db import Transaction
from scim_server.extension import Change
from scim_server.outbox.mail import Mail, post
from scim_server.store.documents import Document
from scim_server.store.resources import ResourceStore
from scim_server.store.tables import resources

_AT_MOST = 100
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Given:
    """User management that a change gives: to a person, to whoever belongs to a group, or to its new members."""

    tenant: str
    centre: str
    display: str
    to: Literal["person", "group", "members"]
    ids: tuple[str, ...]
    """The ids of the people, or of the mapping of the group."""

    group: str = ""
    """The name of the group that got new members."""


def tell_managers(changes: Sequence[Change], store: ResourceStore) -> None:
    """Write to everybody with user management of a centre about a change that gives it to somebody else."""
    for change in changes:
        if change.after is not None:
            for given in _given(change, change.after, change.before or {}, store):
                _tell(store.transaction, given, change.principal.name)


def _given(change: Change, after: Document, before: Document, store: ResourceStore) -> list[Given]:
    match change.resource_type:
        case "RoleGrant":
            return _granted(after, store) if change.operation == "create" else []
        case "RoleApproval":
            return [] if before.get("decision") == APPROVED else _approved(after, store)
        case "Group":
            return _joined(change, after, store)
        case "RoleMapping":
            return [] if _is_waived(before) else _mapped(str(change.resource_id), after, store)
        case type_name if type_name == CENTRE:
            return _designated(after, before)
    return []


def _granted(grant: Document, store: ResourceStore) -> list[Given]:
    if grant["role"] != USER_MANAGEMENT:
        return []
    return [Given(store.tenant, grant["centre"], grant["user"]["display"], "person", (grant["user"]["value"],))]


def _approved(approval: Document, store: ResourceStore) -> list[Given]:
    if approval["decision"] != APPROVED:
        return []
    mapping = store.find("RoleMapping", approval["mapping"]["value"])
    if mapping is None or mapping.attributes["role"] != USER_MANAGEMENT:
        return []
    person = approval["user"]
    return [Given(store.tenant, mapping.attributes["centre"], person["display"], "person", (person["value"],))]


def _mapped(mapping_id: str, mapping: Document, store: ResourceStore) -> list[Given]:
    if not _is_waived(mapping):
        return []
    return [Given(store.tenant, mapping["centre"], str(mapping["group"].get("display")), "group", (mapping_id,))]


def _joined(change: Change, group: Document, store: ResourceStore) -> list[Given]:
    """Return what new members of a group gain that is mapped without approval, or is part of such a group."""
    members = tuple(change.members_added)
    if not members or change.resource_id is None or change.operation == "create":
        return []
    found = (store.find("RoleMapping", each) for each in mappings_covering(store, change.resource_id))
    mappings = [each.attributes for each in found if each is not None]
    return [
        Given(store.tenant, each["centre"], _names(members, store), "members", members, str(group.get("displayName")))
        for each in mappings
        if _is_waived(each)
    ]


def _names(members: Sequence[str], store: ResourceStore) -> str:
    """Return who some members are: people by their userNames, groups by their names."""
    named = []
    for each in members[:_NAMED]:
        found = store.find("User", each) or store.find("Group", each)
        attributes = {} if found is None else found.attributes
        named.append(str(attributes.get("userName") or attributes.get("displayName") or each))
    more = len(members) - _NAMED
    return ", ".join(named) + (f" and {more} more" if more > 0 else "")


def _is_waived(mapping: Document) -> bool:
    """Tell whether members of a group have user management without anybody's approval."""
    in_force = mapping.get("role") == USER_MANAGEMENT and mapping.get("status") == IN_FORCE
    return in_force and not mapping.get("requiresApproval")


def _designated(after: Document, before: Document) -> list[Given]:
    """Return the exams officers who manage users since a change by the board, or since the centre's first entries."""
    managed = {officer["value"] for officer in _managing(before)}
    number = after["centreNumber"]
    return [
        Given(number, number, officer["display"], "person", (officer["value"],))
        for officer in _managing(after)
        if officer["value"] not in managed
    ]


def _managing(centre: Document) -> list[Any]:
    return [officer for officer in centre.get("examsOfficers") or [] if officer.get("userManagement")]


def _tell(transaction: Transaction, given: Given, by: str) -> None:
    subject, said, instead = _words(given, by)

    def counts(row: Any) -> sa.ColumnElement[bool]:
        if given.to == "group":
            return cast(sa.ColumnElement[bool], row.mapping_id.is_distinct_from(given.ids[0]))
        return cast(sa.ColumnElement[bool], row.user_id.not_in(given.ids))

    managers = _managers(transaction, given.tenant, given.centre, counts)
    _write(transaction, given.tenant, managers, subject, f"{said}\n\n{instead}")


def _words(given: Given, by: str) -> tuple[str, str, str]:
    """Return the subject, what happened, and what to do if it was not agreed."""
    who, centre = given.display, given.centre
    if given.to == "group":
        said = (
            f"{by} has mapped the directory group {who} to user management at {centre}, without approval of each "
            "member. Whoever belongs to the group, now or later, can give roles to others there."
        )
        instead = "If this was not agreed, end the mapping on the page of the group, or tell the exam board."
        return f"Members of {who} can manage users of {centre} now", said, instead
    if given.to == "members":
        said = (
            f"{by} has added {who} to the directory group {given.group}, whose members have user management at "
            f"{centre} without approval of each of them. Who was added can now give roles to others there."
        )
        instead = (
            "If this was not agreed, have them taken out of the group, or end its mapping on the page of the group."
        )
    else:
        said = f"{by} has given {who} user management at {centre}. {who} can now give roles to others there."
        instead = "If this was not agreed, take it back on the page of that person, or tell the exam board."
    return f"Somebody can manage users of {centre} now", said, instead


def tell_of_brake(store: ResourceStore, connection: str, detail: str) -> None:
    """Write to everybody with user management of a centre that its safety brake holds or reports a connection."""
    said = f"The safety brake of {connection} needs you.\n\n{detail}\n\nSee the page Safety brake of the console."
    managers = _managers(store.transaction, store.tenant, store.tenant)
    _write(store.transaction, store.tenant, managers, f"The safety brake of {store.tenant} needs you", said)


def _write(transaction: Transaction, tenant: str, to: Iterable[Document], subject: str, said: str) -> None:
    for document in to:
        address = address_of(document)
        if address is not None:
            text = f"Dear {name_of(document)},\n\n{said}\n\nMy Cambridge\n"
            post(transaction, Mail(address, subject, text, "notice"), tenant=tenant)


def _managers(
    transaction: Transaction, tenant: str, centre: str, counts: Callable[[Any], sa.ColumnElement[bool]] | None = None
) -> list[Document]:
    """Return the people who manage users of a centre by something that counts; anything does by default."""
    rows = holders(tenant, None, value=USER_MANAGEMENT, centre=centre.lower()).c
    holding = sa.select(rows.user_id).where(
        rows.role == USER_MANAGEMENT, rows.centre == centre.lower(), sa.not_(rows.is_pending)
    )
    if counts is not None:
        holding = holding.where(counts(rows))
    found = stored_where(transaction, tenant, "User", resources.c.id.in_(holding), limit=_AT_MOST)
    return [each.attributes for each in found]
