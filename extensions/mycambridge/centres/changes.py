"""What happens when the board registers, changes or closes a centre."""

from collections.abc import Mapping
from typing import Any

from mycambridge.authority import require_board
from mycambridge.catalogue.reading import catalogue
from mycambridge.centres import register, rules
from mycambridge.refusals import NotPermitted, Unfit
from mycambridge.settings import domain_settings
from scim_server.connections.tenants import ensure_tenant
from scim_server.extension import Change
from scim_server.journal.record import Actor, Entry, record
from scim_server.store.resources import ResourceStore, now_text


def check_centre(change: Change, store: ResourceStore) -> None:
    """Let the board alone change the register, and complete what it sent."""
    require_board(change.principal, "Centres, entries and exams officers are the exam board's to change.")
    before = change.before or {}
    if change.operation == "delete":
        _check_deletion(before, store)
        return
    after, now = change.after, now_text()
    assert after is not None
    number = rules.centre_number(str(after["centreNumber"]), domain_settings().centre_number_pattern)
    after["centreNumber"] = before.get("centreNumber") or number
    after["country"] = rules.country_code(after.get("country"))
    after["kind"] = before.get("kind") or rules.centre_kind(after.get("kind"))
    after.setdefault("active", True)
    _settle_associate(after, before, store, now)
    _settle_entries(after, before, now)
    _settle_officers(after, before, store, now)
    ensure_tenant(store.transaction, after["centreNumber"], after["displayName"])
    store.transaction.forget((register.OWN_CENTRE, after["centreNumber"]))
    _tell_the_centre(change, store)


def _check_deletion(centre: Mapping[str, Any], store: ResourceStore) -> None:
    number = centre["centreNumber"]
    if register.has_people(store.transaction, number):
        raise NotPermitted(f"{number} has users. Close it with active = false instead of deleting it.")
    if register.centres_administered(store.transaction, number):
        raise NotPermitted(f"{number} administers other centres. Move them to another Associate first.")


def _settle_associate(after: dict[str, Any], before: Mapping[str, Any], store: ResourceStore, now: str) -> None:
    sent = str((after.get("associate") or {}).get("value") or "")
    if not sent:
        after.pop("associate", None)
        return
    was = before.get("associate") or {}
    if sent == was.get("value"):
        after["associate"] = was
        return
    found = register.centre_by_id(store.transaction, sent) or register.find_centre(store.transaction, sent)
    associate = None if found is None else found.attributes
    if found is None or associate is None or associate["kind"] != "associate":
        raise Unfit(f"There is no Associate {sent!r}. Register it first, as a centre of kind 'associate'.")
    if after["kind"] == "associate":
        raise Unfit("An Associate belongs to no other Associate.")
    after["associate"] = {
        "value": found.id,
        "display": associate["displayName"],
        "centreNumber": associate["centreNumber"],
        "since": was["since"] if found.id == was.get("value") else now,
    }


def _settle_entries(after: dict[str, Any], before: Mapping[str, Any], now: str) -> None:
    known = {entry["value"]: entry["recorded"] for entry in before.get("entries") or []}
    entries = rules.settled_entries(after.get("entries") or [], known, now)
    _put(after, "entries", entries)


def _settle_officers(after: dict[str, Any], before: Mapping[str, Any], store: ResourceStore, now: str) -> None:
    """Complete the designations. A person who was deleted stays designated, without effect, until the board acts."""
    known = {officer["value"]: officer for officer in before.get("examsOfficers") or []}
    officers = [dict(officer) for officer in after.get("examsOfficers") or []]
    for officer in officers:
        if officer["value"] not in known:
            officer["display"] = _designated_name(after, officer["value"], store)
    services = catalogue().services_of(after.get("entries") or [], after["country"])
    _put(after, "examsOfficers", rules.settled_officers(officers, known, now, has_services=bool(services)))


def _designated_name(centre: Mapping[str, Any], user_id: str, store: ResourceStore) -> str:
    organisations = [centre["centreNumber"]]
    if centre.get("associate"):
        organisations.append(centre["associate"]["centreNumber"])
    found = register.find_user(store.transaction, organisations, user_id)
    if found is None:
        raise Unfit(f"{' and '.join(organisations)} has no user {user_id!r}; provision the person first.")
    return found[1]


def _put(document: dict[str, Any], name: str, values: list[dict[str, Any]]) -> None:
    if values:
        document[name] = values
    else:
        document.pop(name, None)


def _tell_the_centre(change: Change, store: ResourceStore) -> None:
    """Write into the centre's own journal what the board changes about it."""
    number = str((change.after or {})["centreNumber"])
    if number == store.tenant or change.before == change.after:
        return
    principal = change.principal
    entry = Entry(
        actor=Actor(principal.kind, principal.id, principal.name),
        operation=change.operation,
        resource_type=change.resource_type,
        resource_id=change.resource_id,
        display=(change.after or {}).get("displayName"),
        before=change.before,
        after=change.after,
    )
    record(store.transaction, number, [entry])
