"""The register of connections."""

from datetime import UTC, datetime

import sqlalchemy as sa
import uuid_utils

from scim_server.connections.errors import AdministrationError
from scim_server.connections.scopes import write_scopes
from scim_server.connections.tables import connections, oauth_clients, tokens
from scim_server.connections.tenants import check_name, require_tenant
from scim_server.db import Transaction
from scim_server.store.documents import utc_text

_c = connections.c


def open_connection(
    transaction: Transaction, tenant: str, *, name: str, profile: str, scopes: list[str], person: str | None = None
) -> str:
    """Return the id of a connection that nothing gives access to yet, made when the tenant has none of that name.

    A name whose tokens have all expired or been revoked may be used again, so that the journal goes on naming one
    connection.

    :param person: The id of the User whose own access it is, or None for an identity provider's.
    :raises AdministrationError: When the tenant does not exist, the name is in use, or a scope has a wrong form.
    """
    require_tenant(transaction, tenant)
    values = {"name": check_name(name), "profile": profile, "scopes": write_scopes(scopes), "person": person}
    found = transaction.execute(
        sa.select(_c.id).where(_c.tenant == tenant, _c.name == values["name"]).with_for_update()
    ).scalar()
    now = utc_text(datetime.now(UTC))
    if found is None:
        made = {"tenant": tenant, "id": str(uuid_utils.uuid7()), "created": now}
        transaction.execute(sa.insert(connections), made | values)
        return made["id"]
    if _in_use(transaction, tenant, found, now):
        raise AdministrationError(
            f"Tenant {tenant} already has a connection named {values['name']}: "
            "rotate its token, revoke it first, or choose another name."
        )
    transaction.execute(sa.update(connections).where(_c.tenant == tenant, _c.id == found).values(values))
    return str(found)


def _in_use(transaction: Transaction, tenant: str, connection_id: str, now: str) -> bool:
    usable_token = sa.exists().where(
        tokens.c.tenant == tenant,
        tokens.c.connection_id == connection_id,
        tokens.c.revoked.is_(None),
        tokens.c.expires > now,
    )
    usable_client = sa.exists().where(
        oauth_clients.c.tenant == tenant,
        oauth_clients.c.connection_id == connection_id,
        oauth_clients.c.revoked.is_(None),
    )
    return bool(transaction.execute(sa.select(sa.or_(usable_token, usable_client))).scalar())
