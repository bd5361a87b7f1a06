"""What an import did, and what it refused."""

from collections import Counter
from dataclasses import dataclass, field

from scim_server.transfer.records import Refused

MAX_REFUSED = 1000
"""How many refused lines are told one by one."""

_MAX_IGNORED = 100


@dataclass(frozen=True, slots=True)
class Done:
    """A line that is stored."""

    line: int
    size: int
    what: str
    """``created``, ``updated`` or ``unchanged``."""

    sent_id: str | None
    id: str
    ignored: tuple[str, ...] = ()
    """What the line holds that no schema declares."""


Outcome = Done | Refused


@dataclass(slots=True)
class Report:
    """What became of the lines of a file."""

    counts: Counter[str] = field(default_factory=Counter)
    """How many lines were ``created``, ``updated``, ``unchanged`` and ``refused``."""

    refused: list[Refused] = field(default_factory=list)
    """The first of the refused lines."""

    ignored: Counter[str] = field(default_factory=Counter)
    """Attributes that no schema declares, and how many lines hold each."""

    unreadable: str | None = None
    """Why the rest of the file could not be read, if so."""

    stored: bool = True
    """Whether anything of this was kept."""

    def add(self, outcome: Outcome) -> None:
        """Count what became of a line."""
        if isinstance(outcome, Refused):
            self.counts["refused"] += 1
            if len(self.refused) < MAX_REFUSED:
                self.refused.append(outcome)
            return
        self.counts[outcome.what] += 1
        for name in outcome.ignored:
            if name in self.ignored or len(self.ignored) < _MAX_IGNORED:
                self.ignored[name] += 1

    @property
    def failed(self) -> bool:
        """Whether anything was refused, or could not be read."""
        return bool(self.counts["refused"]) or self.unreadable is not None
