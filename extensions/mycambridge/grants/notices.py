"""Tell the people who manage users of a centre when somebody else is given the same power (domain.md, NCSC advice)."""

from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from mycambridge.access.effective import holders
from mycambridge.catalogue.reading import USER_MANAGEMENT
from mycambridge.stored import stored_where
from scim_server.accounts.invitations import address_of, name_of
from scim_server.extension import Change
from scim_server.outbox.mail import Mail, post
from scim_server.store.documents import Document
from scim_server.store.resources import ResourceStore
from scim_server.store.tables import resources

_AT_MOST = 100


def tell_managers(changes: Sequence[Change], store: ResourceStore) -> None:
    """Write to everybody with user management of a centre about a grant or an approval that gives it to somebody."""
    for change in changes:
        if change.operation != "create" or change.after is None:
            continue
        given = _given(change, store)
        if given is not None:
            who, centre = given
            _tell(store, centre, who, change.principal.name)


def _given(change: Change, store: ResourceStore) -> tuple[str, str] | None:
    """Return to whom, and at which centre, a change gives user management, or None when it gives something else."""
    after = change.after or {}
    if change.resource_type == "RoleGrant" and after["role"] == USER_MANAGEMENT:
        return str(after["user"]["display"]), str(after["centre"])
    if change.resource_type == "RoleApproval" and after["decision"] == "approved":
        mapping = store.find("RoleMapping", after["mapping"]["value"])
        if mapping is not None and mapping.attributes["role"] == USER_MANAGEMENT:
            return str(after["user"]["display"]), str(mapping.attributes["centre"])
    return None


def _tell(store: ResourceStore, centre: str, who: str, by: str) -> None:
    said = (
        f"{by} has given {who} user management at {centre}. {who} can now give roles to others there.\n\n"
        "If this was not agreed, take it back on the page of that person, or tell the exam board."
    )
    _write(store, centre, f"Somebody can manage users of {centre} now", said, but=who)


def tell_of_brake(store: ResourceStore, connection: str, detail: str) -> None:
    """Write to everybody with user management of a centre that its safety brake holds or reports a connection."""
    said = f"The safety brake of {connection} needs you.\n\n{detail}\n\nSee the page Safety brake of the console."
    _write(store, store.tenant, f"The safety brake of {store.tenant} needs you", said)


def _write(store: ResourceStore, centre: str, subject: str, said: str, but: str | None = None) -> None:
    for document in _managers(store, centre):
        address = address_of(document)
        if address is not None and document["userName"] != but:
            text = f"Dear {name_of(document)},\n\n{said}\n\nMy Cambridge\n"
            post(store.transaction, Mail(address, subject, text, "notice"), tenant=store.tenant)


def _managers(store: ResourceStore, centre: str) -> Iterator[Document]:
    rows = holders(store.tenant, None, value=USER_MANAGEMENT, centre=centre.lower()).c
    holding = sa.select(rows.user_id).where(
        rows.role == USER_MANAGEMENT, rows.centre == centre.lower(), sa.not_(rows.is_pending)
    )
    for found in stored_where(store.transaction, store.tenant, "User", resources.c.id.in_(holding), limit=_AT_MOST):
        yield found.attributes
