"""Journal entries as sentences for people."""

import re
from collections.abc import Mapping
from typing import Any

_VERBS = {
    "create": "created",
    "replace": "changed",
    "patch": "changed",
    "delete": "deleted",
    "put": "changed",
    "post": "created",
}
_EVENTS = {
    "sign-in": "signed in",
    "password-changed": "chose a new password",
    "second-factor-added": "added a second factor to sign in with",
    "second-factor-removed": "removed a second factor",
    "second-factor-failed": "gave a second factor that was not right",
    "recovery-code-used": "used a recovery code in place of a second factor",
    "recovery-codes-made": "made new recovery codes",
    "second-factor-reset": "removed every second factor of",
    "password-reset-offered": "sent a link for a new password to",
    "invitation-sent": "sent the invitation again to",
    "invitation-accepted": "accepted the invitation",
    "address-added": "added an e-mail address to their account",
    "address-preferred": "chose to which e-mail address mail goes",
    "address-removed": "removed an e-mail address from their account",
    "account-disconnected": "disconnected the account of",
    "account-removed": "removed their account",
    "account-expired": "removed the account that nobody used of",
    "token-created": "made a token for the connection",
    "token-rotated": "made a new token for the connection",
    "token-revoked": "revoked a token of the connection",
}
"""What people do that changes no resource."""

_SHOWN_MEMBERS = 3
_CAPITAL = re.compile(r"(?<=[a-z])[A-Z]")


def sentence(entry: Mapping[str, Any], names: Mapping[str, str] | None = None) -> str:
    """Return what an entry says, as in ``Entra ID added asha@… to English Dept``."""
    actor = entry.get("actor", {}).get("display", "somebody")
    target = entry.get("target", {})
    if entry["operation"] in _EVENTS:
        is_oneself = target.get("value") == entry.get("actor", {}).get("value")
        about = "" if is_oneself else f" {target.get('display') or target.get('value')!r}"
        return f"{actor} {_EVENTS[entry['operation']]}{about}"
    what = _named(target)
    if entry.get("outcome") == "refused":
        asked = {"create": "create", "delete": "delete", "search": "search", "query": "read"}.get(
            entry["operation"], "change"
        )
        return f"{actor} could not {asked} {what}: {entry.get('detail', 'refused')} ({entry.get('status')})"
    if entry["operation"] == "create" and entry.get("members"):
        with_whom = _people([member["value"] for member in entry["members"]], names or {})
        return f"{actor} created {what} with {with_whom}"
    parts = [_membership_part(entry, target, names or {}), _attribute_part(entry, what)]
    said = " and ".join(part for part in parts if part) or f"{_VERBS.get(entry['operation'], 'changed')} {what}"
    ignored = entry.get("ignored")
    return f"{actor} {said}" + (f" (ignored: {', '.join(ignored)})" if ignored else "")


def _named(target: Mapping[str, Any]) -> str:
    kind = _CAPITAL.sub(r" \g<0>", str(target.get("type") or "the request")).strip().lower()
    name = target.get("display") or target.get("value")
    return f"{kind} {name!r}" if name else kind if kind == "the request" else f"a {kind}"


def _membership_part(entry: Mapping[str, Any], target: Mapping[str, Any], names: Mapping[str, str]) -> str:
    group = target.get("display") or target.get("value")
    parts = []
    for operation, verb, word in (("add", "added", "to"), ("remove", "removed", "from")):
        ids = [member["value"] for member in entry.get("members", []) if member["operation"] == operation]
        if ids:
            parts.append(f"{verb} {_people(ids, names)} {word} {group!r}")
    return " and ".join(parts)


def _people(ids: list[str], names: Mapping[str, str]) -> str:
    shown = ", ".join(names.get(each, each) for each in ids[:_SHOWN_MEMBERS])
    more = len(ids) - _SHOWN_MEMBERS
    return f"{shown} and {more} more" if more > 0 else shown


def _attribute_part(entry: Mapping[str, Any], what: str) -> str:
    attributes = entry.get("attributes", [])
    if entry["operation"] in ("create", "delete") or not attributes:
        return "" if entry["operation"] not in ("create", "delete") else f"{_VERBS[entry['operation']]} {what}"
    active = next((each for each in attributes if each["path"] == "active"), None)
    others = [each["path"].rpartition(":")[2] for each in attributes if each["path"] != "active"]
    # Who is not said to be inactive is active.
    said = [] if active is None else [f"{'deactivated' if active.get('after') == 'false' else 'activated'} {what}"]
    if others:
        said.append(f"changed {', '.join(others)} of {what}")
    return " and ".join(said)
