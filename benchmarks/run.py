"""``make benchmark``: the server beside the floor, in one run, as ratios.

Both are driven in turns, window by window, since only what is measured side by side on one machine can be compared.
"""

import argparse
import json
import statistics
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.driver import rate, window
from benchmarks.servers import both
from benchmarks.workloads import WORKLOADS, School, Workload, membership


@dataclass(frozen=True)
class Result:
    """What one workload reached."""

    engine: str
    concurrency: int
    workload: str
    floor: float
    ours: float
    goal: float

    @property
    def ratio(self) -> float:
        """The share of the floor's throughput."""
        return self.ours / self.floor


def measure(schools: Sequence[School], workload: Workload, concurrency: int, rounds: int, seconds: float) -> list[float]:
    """Return the median rate of each school's server, in requests per second."""
    calls = [workload.prepare(school) for school in schools]
    for school, call in zip(schools, calls, strict=True):
        window(school.target, call, concurrency=concurrency, seconds=seconds / 3)
    rates: list[list[float]] = [[] for _ in schools]
    for _ in range(rounds):
        for school, call, found in zip(schools, calls, rates, strict=True):
            latencies = window(school.target, call, concurrency=concurrency, seconds=seconds * workload.seconds)
            found.append(rate(latencies, concurrency))
    return [statistics.median(found) for found in rates]


def compare(engine: str, options: argparse.Namespace) -> list[Result]:
    """Measure every workload on one engine."""
    results = []
    with both(engine) as targets:
        schools = [School(target) for target in targets]
        for school in schools:
            school.fill(options.users)
        for workload in WORKLOADS:
            for concurrency in (1, 8):
                floor, ours = measure(schools, workload, concurrency, options.rounds, options.seconds)
                result = Result(engine, concurrency, workload.name, floor, ours, workload.goal)
                results.append(result)
                print(_line(result), flush=True)
    return results


def grow(engine: str, options: argparse.Namespace) -> None:
    """Print how the latencies of the server grow with the number of users, and with the size of a group."""
    with both(engine) as (_, target):
        school = School(target)
        for users in options.scale:
            school.fill(users)
            sizes = [size for size in (10, 50_000) if size + 50 < users]
            workloads = [*WORKLOADS, *[Workload(f"member of a group of {size:,}", 0, membership(size)) for size in sizes]]
            for workload in workloads:
                (reached,) = measure([school], workload, 1, options.rounds, options.seconds)
                print(f"{engine:<11}{users:>9,} users  {workload.name:<32}{1000 / reached:8.2f} ms", flush=True)


def _line(result: Result) -> str:
    verdict = "" if result.ratio >= result.goal else "  below"
    return (
        f"{result.engine:<11}c{result.concurrency}  {result.workload:<30}{result.floor:9.0f}/s{result.ours:9.0f}/s"
        f"{result.ratio:7.2f}  goal {result.goal:.2f}{verdict}"
    )


def main() -> None:
    """Read the options and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engines", default="sqlite,postgresql", help="which databases")
    parser.add_argument("--users", type=int, default=2000, help="people in the tenant")
    parser.add_argument("--seconds", type=float, default=0.5, help="length of a window")
    parser.add_argument("--rounds", type=int, default=3, help="windows for each workload and server")
    parser.add_argument("--json", type=Path, help="write the figures into this file")
    parser.add_argument("--scale", type=lambda text: [int(each) for each in text.split(",")], help="1000,100000: growth")
    options = parser.parse_args()
    results: list[Result] = []
    for engine in options.engines.split(","):
        if options.scale:
            grow(engine, options)
        else:
            results += compare(engine, options)
    if options.json:
        options.json.write_text(json.dumps([asdict(result) for result in results], indent=1))


if __name__ == "__main__":
    main()
