"""What happens when a connection ends the access of people, and when somebody decides about those who are held."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from mycambridge.access.giving import author
from mycambridge.authority import require_management
from mycambridge.brake import register, rules
from mycambridge.brake.concerned import people_losing_access
from mycambridge.brake.register import Brake, Connection
from mycambridge.brake.resource import BRAKE, BRAKE_URN
from mycambridge.centres.register import own_centre
from mycambridge.grants.notices import tell_of_brake
from mycambridge.refusals import AlreadyThere, NotPermitted, Unfit
from mycambridge.settings import domain_settings
from scim_server.extension import Change, RequestRefused
from scim_server.journal.record import Actor, Entry, record
from scim_server.store.documents import Document, utc_text
from scim_server.store.resources import ResourceStore

WHAT = "decisions about safety brakes"


def apply_brake(change: Change, store: ResourceStore) -> None:
    """Count whose access a connection ends, and stop it when they are too many.

    What ends nobody's access costs nothing: the brake is neither read nor written. An organisation that is no centre
    has no roles to lose, and nobody with user management who could decide.

    :raises RequestRefused: When the brake holds, or somebody rejected such requests.
    """
    if change.principal.kind != "connection":
        return
    people = people_losing_access(change, store)
    if not people or own_centre(store) is None:
        return
    now = datetime.now(UTC)
    brake = register.locked(store, register.connection_of(change.principal))
    match rules.verdict(brake.mode, brake.state(now)):
        case "count":
            _count(change, store, brake, people, now)
        case "hold":
            raise _held(change, store, brake, people, now)
        case "refuse":
            raise _rejected(change, store, brake, now)


# -- Counting -------------------------------------------------------------------


def _count(change: Change, store: ResourceStore, brake: Brake, people: list[str], now: datetime) -> None:
    """Let people go, unless they are too many: what is noted here is rolled back together with the request."""
    number = register.let_through(store, brake.connection, people, now)
    if not _too_many(store, brake.connection, number):
        return
    if brake.mode == rules.NOTIFY:
        _notify(change, store, brake, number, now)
    else:
        raise _held(change, store, brake, register.noted_people(store, brake.connection), now)


def _too_many(store: ResourceStore, connection: Connection, number: int) -> bool:
    most, share = domain_settings().brake_people, domain_settings().brake_share
    if number <= most:
        return False
    active = register.active_people(store, connection, limit=rules.enough_active(number, share))
    return rules.too_many(number, active, most=most, share=share)


# -- Holding, refusing, reporting -----------------------------------------------


def _held(change: Change, store: ResourceStore, brake: Brake, people: list[str], now: datetime) -> RequestRefused:
    """Return the refusal of a request; a retry that tells nothing new writes nothing."""
    number = 0
    if brake.resource is not None and brake.state(now) == rules.HELD:
        people = register.not_noted(store, brake.connection, people)
        number = brake.resource.attributes["people"]
    detail = rules.held_detail(
        number + len(people), store.tenant, most=domain_settings().brake_people, share=domain_settings().brake_share
    )
    afterwards = partial(_remember_hold, change, brake.connection, people, detail)
    return RequestRefused(
        status=429,
        detail=detail,
        headers={"Retry-After": _seconds(rules.RETRY_AFTER)},
        afterwards=afterwards if people or rules.is_over(brake.journalled, now) else None,
    )


def _remember_hold(
    change: Change, connection: Connection, people: list[str], detail: str, store: ResourceStore
) -> None:
    """Show that the brake holds, unless somebody decided in the meantime."""
    now = datetime.now(UTC)
    brake = register.locked(store, connection)
    state = brake.state(now)
    if rules.verdict(brake.mode, state) not in ("hold", "count"):
        return
    if state != rules.HELD:
        register.forget_people(store, connection, held_only=True)
        tell_of_brake(store, connection.name, detail)
    _show(store, brake, rules.HELD, register.hold(store, connection, people, now), now)
    _journal_refusal(change, store, brake, detail, 429, now)


def _rejected(change: Change, store: ResourceStore, brake: Brake, now: datetime) -> RequestRefused:
    assert brake.resource is not None
    shown = brake.resource.attributes
    detail = rules.rejected_detail(store.tenant, shown["decidedBy"]["display"], shown["until"])
    afterwards = partial(_remember_rejection, change, brake.connection, detail)
    return RequestRefused(
        status=403, detail=detail, afterwards=afterwards if rules.is_over(brake.journalled, now) else None
    )


def _remember_rejection(change: Change, connection: Connection, detail: str, store: ResourceStore) -> None:
    brake = register.locked(store, connection)
    _journal_refusal(change, store, brake, detail, 403, datetime.now(UTC))


def _journal_refusal(
    change: Change, store: ResourceStore, brake: Brake, detail: str, status: int, now: datetime
) -> None:
    """Journal a refusal once an hour: providers try again and again."""
    if not rules.is_over(brake.journalled, now):
        return
    entry = Entry(
        actor=_actor(change), operation=change.operation, resource_type=change.resource_type,
        resource_id=change.resource_id, display=_name_of(change), status=status, detail=detail,
    )  # fmt: skip
    record(store.transaction, store.tenant, [entry])
    register.mark_journalled(store, brake.connection, now)


def _name_of(change: Change) -> str | None:
    known = change.before or change.after or {}
    return known.get("userName") or known.get("displayName")


def _notify(change: Change, store: ResourceStore, brake: Brake, number: int, now: datetime) -> None:
    """Show that too many people lose access, and let them."""
    resource_id = _show(store, brake, rules.NOTIFIED, number, now)
    if not rules.is_over(brake.journalled, now):
        return
    detail = f"Ended the access of {number} people within an hour; the safety brake reports it and holds nothing."
    tell_of_brake(store, brake.connection.name, detail)
    entry = Entry(
        actor=_actor(change), operation="patch", resource_type=BRAKE, resource_id=resource_id,
        display=brake.connection.name, detail=detail,
    )  # fmt: skip
    record(store.transaction, store.tenant, [entry])
    register.mark_journalled(store, brake.connection, now)


def _show(store: ResourceStore, brake: Brake, state: str, people: int, now: datetime) -> str:
    """Write the resource that people see, and return its id."""
    document: Document = {
        "schemas": [BRAKE_URN],
        "connection": {"value": brake.connection.id, "display": brake.connection.name},
        "mode": brake.mode,
        "state": state,
        "people": people,
        "since": utc_text(now),
        "until": utc_text(rules.ends(state, now)),
    }
    if brake.resource is None:
        return store.insert(BRAKE, document).id
    before = brake.resource.attributes
    if brake.state(now) == state:
        document = {**before, "people": people}
    if document != before:
        store.update(brake.resource, document)
    return brake.resource.id


def _actor(change: Change) -> Actor:
    return Actor(change.principal.kind, change.principal.id, change.principal.name)


def _seconds(duration: timedelta) -> str:
    return str(int(duration.total_seconds()))


# -- Deciding -------------------------------------------------------------------


def check_brake(change: Change, store: ResourceStore) -> None:
    """Apply the rules to a decision about a brake, or to the choice of its mode, and complete it."""
    require_management(store, change.principal, store.tenant, WHAT)
    after = change.after
    if after is None:
        raise NotPermitted("A safety brake is not deleted: release it, or choose the mode 'off'.")
    before = change.before
    connection = _connection(after, store)
    if before is None:
        before = _opened(after, connection, store)
    elif connection.id != before["connection"]["value"]:
        raise Unfit("The connection of a safety brake stays the same; each connection has a brake of its own.")
    else:
        after["connection"] = before["connection"]
    mode = rules.known_mode(after.get("mode") or before.get("mode"))
    if mode != before.get("mode"):
        register.choose_mode(store, connection, mode)
    after["mode"] = mode
    _settle_state(change, after, before, connection, store)


def _connection(after: Document, store: ResourceStore) -> Connection:
    connection_id = str((after.get("connection") or {}).get("value") or "")
    found = register.find_connection(store.transaction, store.tenant, connection_id)
    if found is None:
        raise Unfit(f"There is no identity provider's connection {connection_id!r} here.")
    return found


def _opened(after: Document, connection: Connection, store: ResourceStore) -> dict[str, Any]:
    """Begin the brake of a connection that never held anything: people choose its mode beforehand."""
    brake = register.locked(store, connection)
    if brake.resource is not None:
        raise AlreadyThere(f"{connection.name} has the safety brake {brake.resource.id} already; change that one.")
    if not after.get("mode"):
        raise Unfit("mode is required: 'hold', 'notify' or 'off'.")
    after.pop("state", None)
    after["connection"] = {"value": connection.id, "display": connection.name}
    return {}


def _settle_state(
    change: Change, after: Document, before: Document, connection: Connection, store: ResourceStore
) -> None:
    was, sent = before.get("state"), after.get("state")
    if sent in (None, was) and was == rules.HELD and after["mode"] != rules.HOLD:
        # Nothing is held in another mode, so that whoever leaves this one lets them through.
        sent = rules.RELEASED
    if sent in (None, was):
        if was is not None:
            after["state"] = was
        return
    now = datetime.now(UTC)
    state = rules.known_decision(sent, before=was)
    register.forget_people(store, connection)
    after |= {"state": state, "until": utc_text(rules.ends(state, now)), "decided": utc_text(now)}
    after["decidedBy"] = author(change.principal)
