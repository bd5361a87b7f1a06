"""The server's throughput as a share of the floor's, both measured in turns."""

import statistics
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from benchmarks.driver import Call, Target, Window, window
from benchmarks.workloads import School, Workload

WARM_SECONDS = 0.15


@dataclass(frozen=True)
class Pace:
    """How long every target is measured."""

    seconds: float
    """The length of a window."""
    rounds: int
    """How many windows each target has."""


@dataclass(frozen=True)
class Turns:
    """The windows of one target, one for each round."""

    windows: Sequence[Window]

    @property
    def rate(self) -> float:
        """The median of the windows' rates, in requests per second."""
        return statistics.median(each.rate for each in self.windows)

    @property
    def milliseconds(self) -> tuple[float, float]:
        """The latency that half of the requests, and that 95 % of them, did not exceed."""
        latencies = sorted(latency for each in self.windows for latency in each.latencies)
        return tuple(1000 * latencies[int(share * (len(latencies) - 1))] for share in (0.5, 0.95))  # type: ignore[return-value]

    @property
    def driver_share(self) -> float:
        """The share of one processor that the driver used at most."""
        return max(each.driver_share for each in self.windows)


@dataclass(frozen=True)
class Ratio:
    """What one workload reached."""

    engine: str
    concurrency: int
    workload: str
    goal: float
    floor: float
    ours: float
    floor_ms: tuple[float, float]
    ours_ms: tuple[float, float]
    rounds: Sequence[float]
    """The ratio of each round, whose two windows lie side by side."""
    driver_share: float

    @property
    def reached(self) -> float:
        """The median of the rounds: a disturbance of the machine rarely spans both windows of most rounds."""
        return statistics.median(self.rounds)

    @property
    def is_met(self) -> bool:
        """Whether the goal is reached, as the figures are printed."""
        return round(self.reached, 2) >= self.goal

    def __str__(self) -> str:
        """Return a line of the table."""
        return (
            f"{self.engine:<11} c{self.concurrency}  {self.workload:<28}{self.floor:8.0f}/s{self.ours:8.0f}/s"
            f"{self.ours_ms[0]:8.2f}{self.ours_ms[1]:8.2f} ms{self.reached:7.2f}{self.goal:7.2f}"
            f"  {'met' if self.is_met else 'NOT MET'}"
        )


HEADING = f"{'engine':<11} {'':<4}{'work':<28}{'floor':>10}{'ours':>10}{'p50':>8}{'p95':>8}   {'ratio':>7}{'goal':>7}"


def in_turns(lanes: Sequence[tuple[Target, Iterator[Call]]], pace: Pace, *, concurrency: int) -> list[Turns]:
    """Measure several targets window by window in turns, so that a disturbance of the machine meets them alike.

    :raises WrongAnswerError: When one of them does not answer rightly.
    """
    for target, calls in lanes:
        window(target, calls, concurrency=concurrency, seconds=WARM_SECONDS)
    found: list[list[Window]] = [[] for _ in lanes]
    for number in range(pace.rounds):
        order = list(zip(lanes, found, strict=True))
        # Whoever goes first in one round goes last in the next.
        for (target, calls), windows in order if number % 2 else reversed(order):
            windows.append(window(target, calls, concurrency=concurrency, seconds=pace.seconds))
    return [Turns(windows) for windows in found]


def compare(engine: str, schools: tuple[School, School], workloads: Iterable[Workload], pace: Pace) -> Iterator[Ratio]:
    """Yield what the second of two schools, the floor's and ours, reaches with each workload at concurrency 1 and 8.

    :raises WrongAnswerError: When one of the two does not answer rightly.
    """
    for workload in workloads:
        lanes = [(school.target, workload.calls(school)) for school in schools]
        for concurrency in (1, 8):
            below, above = in_turns(lanes, pace, concurrency=concurrency)
            yield Ratio(
                engine,
                concurrency,
                workload.name,
                workload.goal,
                round(below.rate, 1),
                round(above.rate, 1),
                below.milliseconds,
                above.milliseconds,
                [mine.rate / bare.rate for mine, bare in zip(above.windows, below.windows, strict=True)],
                max(below.driver_share, above.driver_share),
            )
