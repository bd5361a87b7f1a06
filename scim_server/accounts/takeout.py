"""Everything that is kept about a person, for the person (GDPR Article 15)."""

from collections.abc import Sequence
from typing import Any

import orjson
import sqlalchemy as sa

from scim_server.accounts.sessions import list_sessions
from scim_server.accounts.tables import account_emails, account_links, accounts, passkeys
from scim_server.db import Transaction
from scim_server.extension import ServerExtension
from scim_server.journal.read import entries_about
from scim_server.store.tables import resources, tenants


def everything_about(
    transaction: Transaction, account_id: str, extensions: Sequence[ServerExtension] = ()
) -> dict[str, Any]:
    """Return the account, its addresses and sessions, and what each school knows and did, without secrets."""
    a, e, k = accounts.c, account_emails.c, passkeys.c
    columns = (a.name, a.created, a.last_sign_in, a.password_hash.is_not(None), a.totp_secret.is_not(None))
    row: Any = transaction.execute(sa.select(*columns).where(a.id == account_id)).one()
    name, created, last, has_password, has_totp = row
    emails = sa.select(e.email, e.is_primary, e.verified).where(e.account_id == account_id).order_by(e.verified)
    keys = sa.select(k.name, k.created, k.last_used).where(k.account_id == account_id).order_by(k.created)
    return {
        "account": {"id": account_id, "name": name, "created": created, "lastSignIn": last},
        "emailAddresses": _rows(transaction, emails),
        "signInMethods": {"password": bool(has_password), "authenticatorApp": bool(has_totp)},
        "passkeys": _rows(transaction, keys),
        "sessions": [
            {"created": s.created, "lastSeen": s.last_seen, "browser": s.user_agent, "address": s.address}
            for s in list_sessions(transaction, account_id)
        ],
        "organisations": _organisations(transaction, account_id, extensions),
    }


def _rows(transaction: Transaction, statement: sa.Select[Any]) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in transaction.execute(statement).mappings()]


def _organisations(
    transaction: Transaction, account_id: str, extensions: Sequence[ServerExtension]
) -> list[dict[str, Any]]:
    r, link = resources.c, account_links.c
    provisioned = sa.and_(r.tenant == link.tenant, r.resource_type == "User", r.id == link.user_id)
    joined = account_links.join(resources, provisioned).join(tenants, tenants.c.id == link.tenant)
    rows: Any = transaction.execute(
        sa.select(link.tenant, tenants.c.name, link.linked, r.created, r.last_modified, r.document, r.id)
        .select_from(joined)
        .where(link.account_id == account_id)
        .order_by(link.tenant, link.user_id)
    ).all()
    return [
        {"id": tenant, "name": name, "linked": linked, "created": created, "lastModified": modified}
        | {"provisioned": orjson.loads(document)}
        | {key: value for each in extensions for key, value in each.kept_about(tenant, user_id, transaction).items()}
        | {"journal": _journal(transaction, tenant, user_id)}
        for tenant, name, linked, created, modified, document, user_id in rows
    ]


def _journal(transaction: Transaction, tenant: str, user_id: str) -> list[dict[str, Any]]:
    """Return what happened to a User, but not while it was somebody else, from whose account it was disconnected."""
    entries: list[dict[str, Any]] = []
    for entry in entries_about(transaction, tenant, user_id):
        if entry["operation"] == "account-disconnected":
            entries.clear()
        else:
            entries.append(entry)
    return entries
