"""``make benchmark``: the server beside the floor, in one run, as ratios.

The floor is a bare Flask and SQLAlchemy application under the same web server on the same database engine. Both are
driven in turns, window by window, since only what is measured side by side on one machine can be compared: the ratio is
the median of the rounds' own ratios. A run for the record takes longer: ``--rounds 7 --seconds 0.5 --fill 600``.
"""

import argparse
import json
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TypeVar

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks import growth, hotspots, ratios
from benchmarks.driver import Target, WrongAnswerError
from benchmarks.growth import Growth
from benchmarks.ratios import Pace, Ratio
from benchmarks.servers import ENGINES, Installation, both
from benchmarks.workloads import WORKLOADS, School

Figure = TypeVar("Figure", Ratio, Growth)


def _engines(text: str) -> list[str]:
    names = text.split(",")
    if unknown := sorted(set(names) - set(ENGINES)):
        raise argparse.ArgumentTypeError(f"{', '.join(unknown)} is unknown; choose from {', '.join(ENGINES)}")
    return names


def _sizes(text: str) -> tuple[int, int] | None:
    few, _, many = text.partition(",")
    if text == "off":
        return None
    if not (few.isdecimal() and many.isdecimal() and 200 <= int(few) < int(many)):
        raise argparse.ArgumentTypeError("give two numbers of people, the first 200 at least, as 1000,100000; or 'off'")
    return int(few), int(many)


def _read_options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engines", type=_engines, default=list(ENGINES), help="sqlite,postgresql or one of them")
    parser.add_argument("--users", type=int, default=2000, help="people in the tenant beside the floor (2000)")
    parser.add_argument("--seconds", type=float, default=0.3, help="length of a window (0.3)")
    parser.add_argument("--rounds", type=int, default=3, help="windows for each work and server (3)")
    parser.add_argument("--only", default="", metavar="TEXT", help="measure only the works with this in their name")
    parser.add_argument(
        "--scale", type=_sizes, default=(1_000, 100_000), metavar="FEW,MANY", help="growth (1000,100000), or 'off'"
    )
    parser.add_argument("--fill", type=float, default=20, help="seconds at most to create the many people (20)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures into this file")
    parser.add_argument("--profile", action="store_true", help="instead show where the time of a request goes")
    return parser.parse_args(arguments)


def compare(engine: str, floor: Target, server: Installation, options: argparse.Namespace) -> Iterator[Ratio]:
    """Yield the ratios on one engine, as soon as they are known."""
    schools = School(floor), School(server.tenant("BENCH"))
    for school in schools:
        school.fill(options.users)
    workloads = [each for each in WORKLOADS if options.only in each.name]
    yield from ratios.compare(engine, schools, workloads, Pace(options.seconds, options.rounds))


def grow(engine: str, server: Installation, options: argparse.Namespace) -> Iterator[Growth]:
    """Yield the growth on one engine, as soon as it is known."""
    small, large = (School(server.tenant(f"WITH{users}")) for users in options.scale)
    for school, users in zip((small, large), options.scale, strict=True):
        began = time.perf_counter()
        school.fill(users, options.fill)
        print(
            f"{engine:<15} {len(school.ids):,} people in {time.perf_counter() - began:.0f} s, by bulk requests",
            flush=True,
        )
    yield from growth.grow(engine, small, large, Pace(options.seconds, options.rounds))


def _shown(heading: str, found: Iterator[Figure]) -> list[Figure]:
    """Print the figures as they come, below their heading."""
    print(f"\n{heading}")
    figures = []
    for figure in found:
        print(figure, flush=True)
        figures.append(figure)
    return figures


def measure(options: argparse.Namespace) -> list[Ratio | Growth]:
    """Measure on every engine that is asked for."""
    found: list[Ratio | Growth] = []
    for engine in options.engines:
        with both(engine) as (floor, server):
            found += _shown(ratios.HEADING, compare(engine, floor, server, options))
            if options.scale:
                found += _shown(growth.HEADING, grow(engine, server, options))
    return found


def main(arguments: list[str] | None = None) -> None:
    """Measure what the command line asks for."""
    options = _read_options(arguments)
    # A run that is stopped leaves no server behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if options.profile:
        hotspots.show()
        return
    began = time.perf_counter()
    try:
        found = measure(options)
    except (WrongAnswerError, RuntimeError) as error:
        sys.exit("\n".join([str(error), *getattr(error, "__notes__", ())]))
    met = sum(figure.is_met for figure in found)
    print(f"\n{met} of {len(found)} met, measured in {time.perf_counter() - began:.0f} s.")
    shares = [figure.driver_share for figure in found if isinstance(figure, Ratio)]
    print(f"The driver used {max(shares, default=0):.2f} of one processor at most.")
    if options.json:
        rows = [asdict(figure) | {"met": figure.is_met} for figure in found]
        options.json.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
