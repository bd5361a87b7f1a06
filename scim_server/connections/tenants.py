"""Create, list and delete tenants."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from scim_server.connections.errors import AdministrationError
from scim_server.db import Transaction
from scim_server.store.conflicts import insert
from scim_server.store.documents import utc_text
from scim_server.store.tables import tenants

#: Begins with a letter or digit: ``..`` is no path segment, and ``-x`` no option.
_TENANT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_MAX_NAME = 200
_EXISTS = sa.select(sa.literal(1)).where(tenants.c.id == sa.bindparam("id"))


@dataclass(frozen=True, slots=True)
class Tenant:
    """A customer of the platform, whose resources nobody else sees."""

    id: str
    name: str
    created: str


def create_tenant(transaction: Transaction, tenant_id: str, name: str | None = None) -> Tenant:
    """Create a tenant, named after its id unless another name is given.

    :raises AdministrationError: When the id or the name is unfit, or the tenant exists.
    """
    if not _TENANT_ID.fullmatch(tenant_id):
        raise AdministrationError(
            "A tenant id has 1 to 64 letters, digits, dots, hyphens or underscores, and begins with a letter or digit."
        )
    tenant = Tenant(tenant_id, check_name(name or tenant_id), utc_text(datetime.now(UTC)))
    values = {"id": tenant.id, "name": tenant.name, "created": tenant.created}
    created = transaction.execute(insert(tenants).values(values).on_conflict_do_nothing().returning(tenants.c.id))
    if created.first() is None:
        raise AdministrationError(f"There is already a tenant {tenant_id}.")
    return tenant


def ensure_tenant(transaction: Transaction, tenant_id: str, name: str) -> None:
    """Create a tenant unless there is one of that id."""
    new = insert(tenants).values(id=tenant_id, name=name, created=utc_text(datetime.now(UTC)))
    transaction.execute(new.on_conflict_do_nothing())


def list_tenants(transaction: Transaction) -> list[Tenant]:
    """Return every tenant, in the order of the ids."""
    rows = transaction.execute(sa.select(tenants).order_by(tenants.c.id)).mappings()
    return [Tenant(**row) for row in rows]


def tenant_exists(transaction: Transaction, tenant_id: str) -> bool:
    """Tell whether there is a tenant."""
    return transaction.execute(_EXISTS, {"id": tenant_id}).first() is not None


def require_tenant(transaction: Transaction, tenant_id: str) -> None:
    """Refuse to work on a tenant that does not exist.

    :raises AdministrationError: When there is no such tenant.
    """
    if not tenant_exists(transaction, tenant_id):
        raise AdministrationError(f"There is no tenant {tenant_id}; scim-server tenant list shows all.")


def delete_tenant(transaction: Transaction, tenant_id: str) -> None:
    """Delete a tenant with everything in it: resources, journal, connections and tokens.

    :raises AdministrationError: When there is no such tenant.
    """
    require_tenant(transaction, tenant_id)
    transaction.execute(sa.delete(tenants).where(tenants.c.id == tenant_id))


def check_name(name: str) -> str:
    """Return a name that people may read, without the spaces around it.

    :raises AdministrationError: When it is blank, too long, or holds control characters.
    """
    name = name.strip()
    if not name or len(name) > _MAX_NAME or not name.isprintable():
        raise AdministrationError(f"A name has 1 to {_MAX_NAME} printable characters.")
    return name
