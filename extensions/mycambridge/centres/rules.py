"""What must hold for centres, as plain functions of plain values."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mycambridge.refusals import NotPermitted, Unfit

_NAMED = 8
_COUNTRY = re.compile(r"[A-Z]{2}")
_SERIES = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_SYLLABUS = re.compile(r"\d{4}")
_OPTION = re.compile(r"[A-Z0-9]{0,2}")
KINDS = ("centre", "associate")


def centre_number(text: str, pattern: str = "[A-Z0-9]{5}") -> str:
    """Return a centre number in its compared form, in upper case.

    No official grammar is published, so the shape is checked loosely; which centres exist, the register knows.
    """
    number = text.strip().upper()
    if re.fullmatch(pattern, number) is None:
        raise Unfit(f"{text!r} is no centre number; one has five letters and digits, such as GB001.")
    return number


def country_code(text: str | None) -> str:
    """Return a country in its compared form: an ISO 3166-1 alpha-2 code in upper case."""
    code = (text or "").strip().upper()
    if _COUNTRY.fullmatch(code) is None:
        raise Unfit(f"country {text!r} is no ISO 3166 code; write two letters, such as GB.")
    return code


def centre_kind(kind: str | None) -> str:
    """Return what kind of organisation a centre is: a school unless it says otherwise."""
    chosen = (kind or KINDS[0]).strip().lower()
    if chosen not in KINDS:
        raise Unfit(f"kind {kind!r} is neither 'centre' nor 'associate'.")
    return chosen


def settled_entries(entries: Iterable[Mapping[str, Any]], known: Mapping[str, Any], now: str) -> list[dict[str, Any]]:
    """Return entries in their compared form, each once, with the time at which each was first recorded.

    :param known: When the entries that the centre had before were recorded, by their values.
    """
    settled: dict[str, dict[str, Any]] = {}
    for entry in entries:
        series, syllabus, option = _entry_parts(entry)
        value = f"{series}/{syllabus}/{option}"
        settled[value] = {"value": value, "series": series, "syllabus": syllabus}
        settled[value] |= {"option": option} if option else {}
        settled[value]["recorded"] = known.get(value) or now
    return list(settled.values())


def _entry_parts(entry: Mapping[str, Any]) -> tuple[str, str, str]:
    series, syllabus = str(entry.get("series") or "").strip(), str(entry.get("syllabus") or "").strip()
    option = str(entry.get("option") or "").strip().upper()
    if _SERIES.fullmatch(series) is None:
        raise Unfit(f"series {series!r} is no series; write year and month, such as 2026-06.")
    if _SYLLABUS.fullmatch(syllabus) is None:
        raise Unfit(f"syllabus {syllabus!r} is no syllabus code; one has four digits, such as 0500.")
    if _OPTION.fullmatch(option) is None:
        raise Unfit(f"option {option!r} is no option code; one has up to two letters or digits, or is left out.")
    return series, syllabus, option


def settled_officers(
    officers: Sequence[Mapping[str, Any]], known: Mapping[str, Mapping[str, Any]], now: str, *, has_services: bool
) -> list[dict[str, Any]]:
    """Return the designated exams officers, each once, with what they were given and when.

    Who has not been told yet whether to manage users is given it once the centre has a service. What the board withdrew
    stays withdrawn.

    :param known: The designations of before, by the ids of the users.
    """
    settled: dict[str, dict[str, Any]] = {}
    for officer in officers:
        user_id = str(officer["value"])
        before = known.get(user_id, {})
        entry = {**before, **officer, "since": before.get("since") or now}
        if entry.get("userManagement") is None and has_services:
            entry["userManagement"] = True
        if entry.get("userManagement"):
            entry["userManagementSince"] = before.get("userManagementSince") or now
        else:
            entry.pop("userManagementSince", None)
        settled[user_id] = entry
    if sum(1 for entry in settled.values() if entry.get("primary")) > 1:
        raise Unfit("Only one exams officer can be the primary contact of a centre.")
    return list(settled.values())


def require_reached(added: Iterable[str], reached: Iterable[str], allowed: Sequence[str]) -> None:
    """Refuse centres that an organisation does not act for (rule 8): it provisions for its own centres only."""
    foreign = sorted(set(added) - set(reached))
    if foreign:
        raise NotPermitted(f"This organisation does not act for centre {foreign[0]}. {_allowed_sentence(allowed)}")


def _allowed_sentence(allowed: Sequence[str]) -> str:
    if not allowed:
        return "It has no centre registered yet; ask the exam board to register it."
    shown = ", ".join(allowed[:_NAMED])
    return f"It may use {shown}{' and others' if len(allowed) > _NAMED else ''}."


def settled_centres(
    after: Mapping[str, Any], before: Mapping[str, Any], own: str | None
) -> tuple[str | None, list[str]]:
    """Return the first centre of a person and all of them, which agree: the one that changed rules the other."""
    first, centres = after.get("centreNumber"), list(after.get("centres") or [])
    was_first, were = before.get("centreNumber"), list(before.get("centres") or [])
    if not first and not centres:
        return own, [own] if own else []
    if first and centres and first not in centres:
        if centres == were:
            centres = [first, *(each for each in centres if each not in (first, was_first))]
        elif first == was_first:
            first = centres[0]
        else:
            raise Unfit(f"centreNumber {first} is not among centres; send it there too, or send only one of the two.")
    if not centres:
        centres = [str(first)]
    return str(first or centres[0]), list(dict.fromkeys(centres))
