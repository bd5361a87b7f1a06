"""What happens when a directory provisions people and groups: they belong to centres of its organisation."""

from collections.abc import Iterable

from mycambridge.centres import register
from mycambridge.centres.rules import centre_number, require_reached, settled_centres
from mycambridge.schema import CENTRE_NUMBER, CENTRES, GROUP_URN, USER_URN
from mycambridge.settings import domain_settings
from scim_server.extension import Change
from scim_server.store.resources import ResourceStore

_SHOWN = 9


def check_person(change: Change, store: ResourceStore) -> None:
    """Complete the centres of a person, and refuse those that the organisation does not act for (rule 8)."""
    after = change.after
    if after is None or after is change.before:
        return
    sent = dict(after.get(USER_URN) or {})
    before = (change.before or {}).get(USER_URN) or {}
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
