"""What happens when a directory provisions people and groups: they belong to centres of its organisation."""

from collections.abc import Iterable
from typing import Any

from mycambridge.access.giving import author
from mycambridge.authority import manages, selves
from mycambridge.centres import register
from mycambridge.centres.rules import centre_number, require_reached, settled_centres
from mycambridge.people.rules import is_by_hand
from mycambridge.refusals import NotPermitted
from mycambridge.schema import CENTRE_NUMBER, CENTRES, GROUP_URN, PROVISIONED_BY, REQUESTED_THROUGH, USER_URN
from mycambridge.settings import domain_settings
from scim_server.extension import Change
from scim_server.store.documents import Document
from scim_server.store.resources import ResourceStore, now_text

_SHOWN = 9


def check_person(change: Change, store: ResourceStore) -> None:
    """Complete the centres of a person, and refuse those that the organisation does not act for (rule 8)."""
    before = (change.before or {}).get(USER_URN) or {}
    if change.principal.kind == "person":
        _require_care(change, before, store)
    after = change.after
    if after is None or after is change.before:
        return
    ours = _known_here(change, before)
    sent = {name: value for name, value in (after.get(USER_URN) or {}).items() if name not in ours}
    sent |= {name: value for name, value in ours.items() if value is not None}
    if before and sent == before:
        return
    if sent.get(CENTRE_NUMBER):
        sent[CENTRE_NUMBER] = _number(sent[CENTRE_NUMBER])
    if sent.get(CENTRES):
        sent[CENTRES] = [_number(each) for each in sent[CENTRES]]
    own = register.own_centre(store)
    first, centres = settled_centres(sent, before, None if own is None else own["centreNumber"])
    _require_reached(set(centres) - set(before.get(CENTRES) or []), store)
    if first is None:
        after.pop(USER_URN, None)
    else:
        after[USER_URN] = {**sent, CENTRE_NUMBER: first, CENTRES: centres}


def _require_care(change: Change, before: Document, store: ResourceStore) -> None:
    """Refuse somebody who changes a person but does not look after them.

    The board may change everybody, and a directory those whom it provisions, also a designated exams officer (rule 4).
    """
    principal = change.principal
    if not manages(store, principal, store.tenant):
        raise NotPermitted(f"{principal.name} has no user management for {store.tenant}, and so changes nobody there.")
    if change.resource_id is None:
        return
    if change.resource_id in selves(store.transaction, principal):
        raise NotPermitted("Nobody changes their own record. Ask a colleague with user management to do it.")
    if not is_by_hand(before.get(PROVISIONED_BY)):
        raise NotPermitted(
            "A directory provisions this person: change them there. You can suspend them here, or take roles away."
        )
    if register.is_designated(store.transaction, change.resource_id):
        # Whoever changes the address of an exams officer chooses who accepts the invitation.
        raise NotPermitted("The exam board designated this person exams officer. Ask the board to change them.")


def _known_here(change: Change, before: Document) -> dict[str, Any]:
    """Return what only the server says of a person, None for what is not so."""
    provisioned_by = before.get(PROVISIONED_BY)
    # A directory that changes a person looks after them from then on.
    if change.before is None or (change.principal.kind == "connection" and is_by_hand(provisioned_by)):
        provisioned_by = author(change.principal)
    return {PROVISIONED_BY: provisioned_by, REQUESTED_THROUGH: _requested_through(change, before)}


def _requested_through(change: Change, before: Document) -> Document | None:
    """Return which connection asked for the roles of a person: only what it may give can come of that (rule 5)."""
    asked = (change.after or {}).get("roles")
    if not asked:
        return None
    if change.before is not None and change.before.get("roles") == asked:
        known: Document | None = before.get(REQUESTED_THROUGH)
        return known
    principal = change.principal
    if principal.kind != "connection":
        return None
    return {"value": principal.id, "display": principal.name, "since": now_text()}


def check_group(change: Change, store: ResourceStore) -> None:
    """Complete the centre of a group, and refuse one that the organisation does not act for (rule 8)."""
    after = change.after
    if after is None or after is change.before:
        return
    sent = dict(after.get(GROUP_URN) or {})
    own = register.own_centre(store)
    centre = _number(sent["centre"]) if sent.get("centre") else None if own is None else own["centreNumber"]
    if centre is None:
        return
    if centre != ((change.before or {}).get(GROUP_URN) or {}).get("centre"):
        _require_reached([centre], store)
    after[GROUP_URN] = {**sent, "centre": centre}


def _number(text: str) -> str:
    return centre_number(str(text), domain_settings().centre_number_pattern)


def _require_reached(added: Iterable[str], store: ResourceStore) -> None:
    """Look up only what is new: an Associate has hundreds of centres, and may lose some that its people still have."""
    added = list(added)
    reached = [number for number in added if register.reached_centre(store, number) is not None]
    if len(reached) < len(added):
        require_reached(added, reached, register.reached_numbers(store, _SHOWN))
