"""What must hold for centres, as plain functions of plain values."""

from collections.abc import Sequence

from mycambridge.centres.refusals import ForeignCentre, UnknownCentreShape

_LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
_LENGTH = 5
_NAMED = 8


def centre_number(text: str) -> str:
    """Return a centre number in its compared form: five letters and digits, in upper case.

    No official grammar is published, so the shape is checked loosely; which centres exist, the register knows.
    """
    number = text.strip().upper()
    if len(number) != _LENGTH or not set(number) <= _LETTERS:
        raise UnknownCentreShape(f"{text!r} is no centre number; one has five letters and digits, such as GB001.")
    return number


def settled_centre(sent: object, allowed: Sequence[str]) -> str | None:
    """Return the centre of a person or group: the one sent, else the only one of the organisation.

    An organisation provisions for its own centres only.
    """
    if sent is None or sent == "":
        return allowed[0] if len(allowed) == 1 else None
    number = centre_number(str(sent))
    if number not in allowed:
        raise ForeignCentre(f"This connection may not provision for centre {number}. {_allowed_sentence(allowed)}")
    return number


def _allowed_sentence(allowed: Sequence[str]) -> str:
    if not allowed:
        return "Its organisation has no centre registered yet; ask the exam board to register it."
    shown = ", ".join(allowed[:_NAMED])
    more = len(allowed) - _NAMED
    return f"It may use {shown}{f' and {more} more' if more > 0 else ''}."
