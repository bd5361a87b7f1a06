"""What happens when somebody gives a role to one person, changes that, or takes it back."""

from datetime import UTC, datetime

from mycambridge.access.giving import PERSONAL, author, existing, given_role, kept_reference, same
from mycambridge.access.rules import require_another
from mycambridge.authority import require_management, selves
from mycambridge.naming import describe
from mycambridge.refusals import AlreadyThere, Unfit
from scim_server.extension import Change
from scim_server.journal.record import Actor, Entry, record
from scim_server.store.documents import Document
from scim_server.store.resources import ResourceStore

WHAT = "role grants"


def check_grant(change: Change, store: ResourceStore) -> None:
    """Apply the rules to a grant, and complete it."""
    principal, before = change.principal, change.before or {}
    if change.operation == "delete":
        require_management(store, principal, before["centre"], WHAT)
        require_another(selves(store.transaction, principal), [before["user"]["value"]], "this grant is yours")
        return
    after = change.after
    assert after is not None
    given_role(change, store, WHAT)
    user_id = kept_reference(after, before, "user", "Delete the grant, and grant the role to the other person.")
    require_another(selves(store.transaction, principal), [user_id], "this grant would be yours")
    after["user"] = before.get("user") or person_reference(user_id, store)
    _require_future(after, before.get("expires"))
    after["createdBy"] = before.get("createdBy") or author(principal)
    for other in existing(store, "RoleGrant", "user.value", user_id):
        if other.id != change.resource_id and same(other.attributes, after) and not _is_over(other.attributes):
            raise AlreadyThere(
                f"{after['user']['display']} has {after['role']} at {after['centre']} by the grant {other.id} already."
            )


def person_reference(user_id: str, store: ResourceStore) -> dict[str, str]:
    """Return a person as grants and suspensions refer to them.

    :raises Unfit: When there is no such person.
    """
    found = store.find("User", user_id)
    if found is None:
        raise Unfit(f"There is no user {user_id!r} here. Provision the person first.")
    return {"value": user_id, "display": found.attributes["userName"]}


def _require_future(grant: Document, was: str | None) -> None:
    if grant.get("expires") != was and _is_over(grant):
        raise Unfit(f"expires {grant['expires']} has passed; choose a later moment, or delete the grant.")


def _is_over(grant: Document) -> bool:
    expires = grant.get("expires")
    return expires is not None and datetime.fromisoformat(expires) <= datetime.now(UTC)


def forget_person(change: Change, store: ResourceStore) -> None:
    """Delete what was granted to a person who is deleted, and what was decided about them."""
    assert change.resource_id is not None
    principal = change.principal
    for type_name in PERSONAL:
        for found in existing(store, type_name, "user.value", change.resource_id):
            store.delete(found)
            entry = Entry(
                actor=Actor(principal.kind, principal.id, principal.name),
                operation="delete",
                resource_type=type_name,
                resource_id=found.id,
                display=describe(type_name, found.attributes),
                before=found.attributes,
                status=204,
                detail="The person was deleted.",
            )
            record(store.transaction, store.tenant, [entry])
