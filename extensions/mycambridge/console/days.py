"""Days as people enter them."""

from datetime import date

EARLIEST, LATEST = date(1900, 1, 1), date(9000, 1, 1)
"""A day at either end of what a date can say has none before or after it, in some zone."""


def day_of(text: str) -> date | None:
    """Return the day that a text names as in ``2027-06-30``, or None."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if EARLIEST <= day <= LATEST else None
