"""Where the time of a request goes: the application in this process, without sockets, under a profiler."""

import cProfile
import os
import pstats
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from pydantic import SecretStr
from werkzeug.test import EnvironBuilder, run_wsgi_app

from benchmarks.driver import Call, Target, WrongAnswerError
from benchmarks.workloads import School, any_page, create_user, find_user, patch_user, read_user
from scim_server import migrations
from scim_server.app import create_app
from scim_server.connections.tenants import create_tenant
from scim_server.connections.tokens import issue_token
from scim_server.db import Database
from scim_server.installed import load_extensions
from scim_server.settings import Settings

USERS, REQUESTS, FUNCTIONS = 1_000, 300, 25
_ROOT = Path(__file__).parent.parent
_WORKS: tuple[tuple[str, Callable[[School], Iterator[Call]]], ...] = (
    ("GET a user", read_user),
    ("userName eq", find_user("userName")),
    ("any page of 100", any_page),
    ("create a user", create_user),
    ("PATCH a user", patch_user),
)


def show() -> None:
    """Print the hottest functions of each work, by the time they take themselves."""
    with (
        open(os.devnull, "w") as nowhere,  # noqa: PTH123 - os.devnull is no path to work on
        redirect_stderr(nowhere),  # where the log goes, which is written as in production
        _application() as (app, school),
    ):
        for call in school.missing(USERS):
            (body,) = _bodies(app, [_environment(school.target, call)], call.right)
            school.note(body)
        for name, calls in _WORKS:
            _show(app, school, name, list(islice(calls(school), 2 * REQUESTS)))


@contextmanager
def _application() -> Iterator[tuple[Flask, School]]:
    """Yield the application on a fresh SQLite database, and its one tenant."""
    with tempfile.TemporaryDirectory(prefix="scim-profile-") as folder:
        url = f"sqlite:///{Path(folder) / 'profile.db'}"
        settings = Settings(database_url=SecretStr(url), secret_key=SecretStr("kept for the profile"), rate_limit="off")
        database, extensions = Database(url), load_extensions()
        migrations.upgrade(database, extensions)
        with database.write() as transaction:
            create_tenant(transaction, "BENCH")
            token = issue_token(transaction, "BENCH", name="profile").text
        target = Target("in this process", 0, "/scim/v2", {"Authorization": f"Bearer {token}"})
        yield create_app(settings, database, extensions), School(target)
        database.dispose()


def _show(app: Flask, school: School, name: str, calls: Sequence[Call]) -> None:
    """Time half of the calls as they are, profile the other half, and print both."""
    right = calls[0].right
    environments = [_environment(school.target, call) for call in calls]
    began = time.perf_counter()
    _bodies(app, environments[:REQUESTS], right)
    each = 1000 * (time.perf_counter() - began) / REQUESTS
    profile = cProfile.Profile()
    profile.runcall(_bodies, app, environments[REQUESTS:], right)
    print(f"\n{name}: {each:.2f} ms a request, {_share(profile)}")
    print(f"{'own us':>8}{'with callees':>14}{'calls':>7}  (for each request, under the profiler)")
    for line in _hottest(profile):
        print(line)


def _environment(target: Target, call: Call) -> dict[str, Any]:
    """Return a call as gunicorn would hand it to the application."""
    address = urlsplit(target.prefix + call.path)
    builder = EnvironBuilder(
        address.path,
        query_string=address.query,
        method=call.method,
        data=call.body,
        content_type="application/scim+json" if call.body else None,
        headers=list(target.headers.items()),
    )
    return builder.get_environ()


def _bodies(app: Flask, environments: Sequence[dict[str, Any]], right: Sequence[int]) -> list[bytes]:
    """Send the requests to the application.

    :raises WrongAnswerError: When an answer has another status than a right one.
    """
    bodies = []
    for environment in environments:
        parts, status, _ = run_wsgi_app(app, environment, buffered=True)
        bodies.append(b"".join(parts))
        if int(status[:3]) not in right:
            raise WrongAnswerError(f"{environment['PATH_INFO']} answered {status}: {bodies[-1][:300]!r}")
    return bodies


def _statistics(profile: cProfile.Profile) -> dict[tuple[str, int, str], tuple[Any, ...]]:
    found: dict[tuple[str, int, str], tuple[Any, ...]] = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    return found


def _hottest(profile: cProfile.Profile) -> Iterator[str]:
    ranked = sorted(_statistics(profile).items(), key=lambda item: item[1][2], reverse=True)
    for (file, line, function), (_, count, own, total, _) in ranked[:FUNCTIONS]:
        place = f"{_short(file)}:{line} {function}" if line else function
        print_own, print_total = 1e6 * own / REQUESTS, 1e6 * total / REQUESTS
        yield f"{print_own:8.1f}{print_total:14.1f}{count / REQUESTS:7.1f}  {place}"


def _share(profile: cProfile.Profile) -> str:
    """Return the shares of the time that packages take themselves, largest first."""
    spent: dict[str, float] = {}
    for (file, line, _), (_, _, own, _, _) in _statistics(profile).items():
        package = Path(_short(file)).parts[0] if line else "built-in"
        spent[package] = spent.get(package, 0) + own
    whole = sum(spent.values())
    largest = sorted(spent.items(), key=lambda item: item[1], reverse=True)[:8]
    return ", ".join(f"{package} {seconds / whole:.0%}" for package, seconds in largest)


def _short(file: str) -> str:
    """Return the path of a module from its package on."""
    for folder in ("site-packages/", f"{_ROOT}/", "/lib/"):
        _, found, rest = file.partition(folder)
        if found:
            return rest.partition("/")[2] if folder == "/lib/" else rest
    return file
