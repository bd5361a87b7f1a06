"""When the safety brake holds, as plain functions of plain values."""

from datetime import UTC, datetime, timedelta
from typing import Literal

from mycambridge.refusals import Unfit

HOLD, NOTIFY, OFF = MODES = ("hold", "notify", "off")
HELD, NOTIFIED, RELEASED, REJECTED = ("held", "notified", "released", "rejected")
DECISIONS = (RELEASED, REJECTED)
WINDOW = timedelta(hours=1)
"""In which the people who lose access are counted together."""

RETRY_AFTER = timedelta(minutes=15)
"""When a provider is asked to try again: soon after somebody released it, without a storm of retries until then."""

_LASTS = {
    HELD: timedelta(days=1), NOTIFIED: WINDOW, RELEASED: timedelta(hours=1), REJECTED: timedelta(days=1),
}  # fmt: skip
_NEVER_DELAYED = frozenset({"interop"})
"""Client profiles that forbid to delay a deactivation."""

Verdict = Literal["let through", "count", "hold", "refuse"]


def default_mode(profile: str) -> str:
    """Return the mode of a connection for which nobody chose one, by its client profile."""
    return NOTIFY if profile in _NEVER_DELAYED else HOLD


def known_mode(sent: str | None) -> str:
    """Return a mode as it is written.

    :raises Unfit: When there is no such mode.
    """
    mode = (sent or "").strip().lower()
    if mode not in MODES:
        raise Unfit(f"mode {sent!r} is none of 'hold', 'notify' and 'off'.")
    return mode


def known_decision(sent: str | None, *, before: str | None) -> str:
    """Return a decision as it is written.

    :raises Unfit: When it is no decision, or when there is nothing that could be rejected.
    """
    decision = (sent or "").strip().lower()
    if decision not in DECISIONS:
        raise Unfit(f"state {sent!r} is no decision: write 'released' or 'rejected'.")
    if decision == REJECTED and before is None:
        raise Unfit("This brake never held anything, so there is nothing to reject.")
    return decision


def ends(state: str, since: datetime) -> datetime:
    """Return when a state ends by itself."""
    return since + _LASTS[state]


def state_at(moment: datetime, state: str | None, until: str | None) -> str | None:
    """Return a state while it lasts, else None."""
    return state if until is not None and moment < _read(until) else None


def is_over(moment: str | None, now: datetime) -> bool:
    """Tell whether a moment is longer ago than people are counted together, or never was."""
    return moment is None or _read(moment) + WINDOW <= now


def verdict(mode: str, state: str | None) -> Verdict:
    """Return what becomes of a request that ends somebody's access, or that its people must be counted first.

    :param state: The state that lasts now.
    """
    if mode == OFF or state == RELEASED:
        return "let through"
    if state == REJECTED:
        return "refuse"
    return "hold" if (mode, state) == (HOLD, HELD) else "count"


def too_many(people: int, active: int, *, most: int, share: int) -> bool:
    """Tell whether more people lose access than a number, and than a percentage of those who were active."""
    return people > most and people * 100 > active * share


def enough_active(people: int, share: int) -> int:
    """Return with how many active people a number is no more than a percentage of them: nobody counts further."""
    return people * 100 // share + 1 if share else 0


def held_detail(people: int, tenant: str, *, most: int, share: int) -> str:
    """Return the sentence for a request that is held."""
    return (
        f"The safety brake holds this request: within an hour this connection would end the access of {people} people "
        f"at {tenant}, which is more than {most} and more than {share} % of them. Nothing of it was kept. Check the "
        f"directory; if all of them are to go, somebody with user management for {tenant} or the exam board releases "
        "it (SafetyBrakes), and it goes through when it is sent again."
    )


def rejected_detail(tenant: str, decided_by: str, until: str) -> str:
    """Return the sentence for a request that a person rejected."""
    return (
        f"{decided_by} rejected that this connection ends the access of so many people at {tenant}. Correct the "
        "directory, so that nobody is removed by mistake. Until somebody with user management for "
        f"{tenant} or the exam board releases it (SafetyBrakes), requests that end somebody's access are refused; "
        f"at the latest on {_read(until):%d %B %Y at %H:%M} UTC they count anew."
    )


def _read(moment: str) -> datetime:
    return datetime.fromisoformat(moment).astimezone(UTC)
