"""A centre at a glance: people, roles, the directory's connections, and what happened lately."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import sqlalchemy as sa

from mycambridge.access.effective import holders
from mycambridge.authority import is_board, manages
from mycambridge.brake import register as brakes
from mycambridge.brake.rules import default_mode
from mycambridge.catalogue.reading import catalogue
from mycambridge.connections.standing import directory_tokens, has_expired, newest_of_each
from mycambridge.people.rules import is_by_hand
from mycambridge.refusals import NotPermitted
from mycambridge.schema import PROVISIONED_BY, USER_URN
from mycambridge.settings import domain_settings
from scim_server.extension import Principal
from scim_server.journal.tables import changes
from scim_server.store.dialects import JsonText
from scim_server.store.resources import ResourceStore, StoredResource
from scim_server.store.tables import resources

SUMMARY = "urn:ietf:params:scim:schemas:mycambridge:2.0:CentreSummary"
DAYS = 30
_c, _r = changes.c, resources.c


def summary_of(store: ResourceStore, centre: StoredResource, _base_url: str, principal: Principal) -> Mapping[str, Any]:
    """Return a centre at a glance, for the board and for people who manage its users.

    :raises NotPermitted: When anybody else asks.
    """
    number = str(centre.attributes["centreNumber"])
    if not is_board(principal) and not (principal.kind == "person" and manages(store, principal, number)):
        raise NotPermitted(f"What happens at {number} is told to people with user management there, and to the board.")
    return {
        "schemas": [SUMMARY],
        "centre": number,
        "people": _people(store, number),
        **_roles(store, number),
        "connections": _connections(store, number),
        "brakeLimits": {"people": domain_settings().brake_people, "share": domain_settings().brake_share},
        "lastRefusal": _last_refusal(store, number),
        "activity": _activity(store, number),
    }


def _people(store: ResourceStore, number: str) -> dict[str, int]:
    """Return how many people there are, and how many of them a directory looks after."""
    kind = JsonText(_r.search, (USER_URN.lower(), PROVISIONED_BY.lower(), "type"))
    counting = sa.select(_r.active, kind, sa.func.count()).where(_r.tenant == number, _r.resource_type == "User")
    rows: Any = store.transaction.execute(counting.group_by(_r.active, kind)).all()
    inactive = sum(count for active, _, count in rows if active in (False, 0))
    total = sum(count for *_, count in rows)
    provisioned = sum(count for _, by, count in rows if not is_by_hand(by and {"type": by}))
    return {"active": total - inactive, "deactivated": inactive, "provisioned": provisioned}


def _roles(store: ResourceStore, number: str) -> dict[str, Any]:
    """Return how many people have which role, wait for one, and have two that do not go together (rule 10)."""
    rows = holders(number).c
    statement = sa.select(rows.user_id, rows.role, rows.is_pending).where(rows.centre == number.lower()).distinct()
    held: dict[str, set[str]] = {}
    pending: list[tuple[str, str]] = []
    found: Any = store.transaction.execute(statement)
    for user_id, role, is_pending in found:
        if is_pending:
            pending.append((user_id, role))
        else:
            held.setdefault(role, set()).add(user_id)
    # Who has the role in another way already waits for nothing.
    waiting = {user_id for user_id, role in pending if user_id not in held.get(role, ())}
    roles = [
        {"value": role.value, "display": role.display, "people": len(held.get(role.value, ()))}
        for role in catalogue().roles
    ]
    officers = set().union(*(held.get(role.value, set()) for role in catalogue().roles if role.designated))
    teachers = set().union(*(held.get(role.value, set()) for role in catalogue().roles if role.teaches))
    return {
        "roles": roles,
        "peopleWithRoles": len(set().union(*held.values())) if held else 0,
        "waiting": len(waiting),
        "conflicts": sorted(officers & teachers),
    }


def _connections(store: ResourceStore, number: str) -> list[dict[str, Any]]:
    """Return the connections of directories, the one used last first, each with its safety brake's mode.

    Of several tokens the newest counts, and when it ends: the one before it need not be renewed again.
    """
    tokens = directory_tokens(store.transaction, number)
    used: dict[str, str] = {}
    for token in tokens:
        used[token.connection_id] = max(used.get(token.connection_id, ""), token.last_used or "")
    newest = sorted(newest_of_each(tokens), key=lambda each: used[each.connection_id], reverse=True)
    modes = brakes.chosen_modes(store.transaction, number)
    return [
        {
            "value": each.connection_id,
            "display": each.name,
            "profile": each.profile,
            "brake": modes.get(each.connection_id) or default_mode(each.profile),
            "lastUsed": used[each.connection_id] or None,
            "expires": each.expires,
            "expired": has_expired(each),
        }
        for each in newest
    ]


def _last_refusal(store: ResourceStore, number: str) -> dict[str, Any] | None:
    """Return when and why a directory was refused last: people mistype codes, which is nobody else's matter."""
    refused = sa.select(_c.document).where(_c.tenant == number, _c.outcome == "refused")
    from_directory = refused.where(JsonText(_c.search, ("actor", "type")) == "connection")
    document = store.transaction.execute(from_directory.order_by(_c.created.desc()).limit(1)).scalar()
    if document is None:
        return None
    entry = orjson.loads(document)
    return {"at": entry["at"], "detail": entry.get("detail", ""), "connection": entry["actor"]["display"]}


def _activity(store: ResourceStore, number: str) -> list[dict[str, Any]]:
    """Return how many changes and refusals there were on each of the last days, the oldest first."""
    today = datetime.now(UTC).date()
    days = [(today - timedelta(days=back)).isoformat() for back in reversed(range(DAYS))]
    day = sa.func.substr(_c.created, 1, 10)
    statement = sa.select(day, _c.outcome, sa.func.count()).where(_c.tenant == number, _c.created >= days[0])
    rows: Any = store.transaction.execute(statement.group_by(day, _c.outcome))
    counts = {(when, outcome): count for when, outcome, count in rows}
    return [
        {"day": each, "changes": counts.get((each, "done"), 0), "refusals": counts.get((each, "refused"), 0)}
        for each in days
    ]
