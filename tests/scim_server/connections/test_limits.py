"""Rate limits: one for each connection, however many processes serve it."""

import os
import random
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scim_server.connections.limits import GRACE_SECONDS, LEASE_SECONDS, Bucket, RateLimiter
from scim_server.connections.tables import rate_buckets
from scim_server.connections.tenants import delete_tenant
from scim_server.connections.token_format import TokenText
from scim_server.db import Database
from scim_server.extension import Principal
from scim_server.protocol.errors import TooManyRequests
from scim_server.settings import RateLimit, Settings


class Clock:
    """Stands still until it is moved."""

    now = 1_800_000_000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """Return a clock that the test moves."""
    return Clock()


@pytest.fixture
def entra(issue: Callable[..., TokenText], who: Callable[[TokenText], Principal]) -> Principal:
    """Return the connection of Entra ID."""
    return who(issue())


def limiter(database: Database, rate: str, clock: Clock) -> RateLimiter:
    """Limit as one more process does."""
    return RateLimiter(database, Settings(rate_limit=rate), clock=clock)


def passes(limit: RateLimiter, principal: Principal) -> bool:
    try:
        limit.check(principal)
    except TooManyRequests:
        return False
    return True


@pytest.mark.parametrize("rate", ["1/second burst 5", "50/second burst 60", "10/minute", "1/hour burst 1"])
def test_a_burst_passes_and_then_nothing(school: Database, entra: Principal, clock: Clock, rate: str) -> None:
    limit = limiter(school, rate, clock)
    allowed = sum(passes(limit, entra) for _ in range(100))
    assert allowed == RateLimit(rate).burst


def test_the_answer_says_when_to_come_back_and_keeps_its_word(school: Database, entra: Principal, clock: Clock) -> None:
    limit = limiter(school, "10/minute burst 1", clock)
    limit.check(entra)
    with pytest.raises(TooManyRequests, match="Entra ID sends requests faster") as refused:
        limit.check(entra)
    assert (refused.value.status, refused.value.retry_after) == (429, 6)
    clock.now += 5.9
    assert not passes(limit, entra)
    clock.now += 0.1
    assert passes(limit, entra)


def test_a_second_is_said_in_the_singular(school: Database, entra: Principal, clock: Clock) -> None:
    limit = limiter(school, "2/second burst 1", clock)
    limit.check(entra)
    with pytest.raises(TooManyRequests, match=r"try again in 1 second\."):
        limit.check(entra)


def test_several_processes_share_one_burst(school: Database, entra: Principal, clock: Clock) -> None:
    processes = [limiter(school, "50/second burst 200", clock) for _ in range(4)]
    assert sum(passes(process, entra) for _ in range(100) for process in processes) == 200


def test_several_processes_at_the_same_moment_share_one_burst(school: Database, entra: Principal, clock: Clock) -> None:
    processes = [limiter(school, "50/second burst 120", clock) for _ in range(4)]
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda number: passes(processes[number % 4], entra), range(240)))
    assert sum(answers) == 120


def test_a_client_below_the_rate_is_never_refused_however_many_processes_it_meets(
    school: Database, entra: Principal, clock: Clock
) -> None:
    processes = [limiter(school, "50/second burst 500", clock) for _ in range(16)]
    chosen = random.Random(1)  # noqa: S311 - guards nothing
    for _ in range(600):
        assert passes(chosen.choice(processes), entra)
        clock.now += 1 / 45


def test_what_a_process_leased_and_did_not_use_comes_back(school: Database, entra: Principal, clock: Clock) -> None:
    idle, busy = (limiter(school, "50/second burst 500", clock) for _ in range(2))
    idle.check(entra)
    clock.now += LEASE_SECONDS
    idle.check(entra)
    clock.now += LEASE_SECONDS + GRACE_SECONDS
    assert sum(passes(busy, entra) for _ in range(600)) == 500


def test_a_client_below_its_burst_costs_few_statements(school: Database, entra: Principal, clock: Clock) -> None:
    statements = []
    sa.event.listen(school.engine, "after_cursor_execute", lambda *arguments: statements.append(arguments[2]))
    limit = limiter(school, "50/second burst 500", clock)
    for _ in range(100):
        limit.check(entra)
    assert len([each for each in statements if each.startswith("UPDATE")]) == 2


def test_a_client_that_is_refused_and_does_not_wait_costs_no_statements(
    school: Database, entra: Principal, clock: Clock
) -> None:
    limit = limiter(school, "50/second burst 10", clock)
    while passes(limit, entra):
        pass
    statements = []
    sa.event.listen(school.engine, "after_cursor_execute", lambda *arguments: statements.append(arguments[2]))
    assert not any(passes(limit, entra) for _ in range(100))
    assert statements == []


def test_connections_do_not_use_up_each_others_burst(
    school: Database, issue: Callable[..., TokenText], who: Callable[[TokenText], Principal], clock: Clock
) -> None:
    entra, okta = who(issue(name="Entra ID")), who(issue(name="Okta"))
    limit = limiter(school, "1/hour burst 1", clock)
    assert [passes(limit, entra), passes(limit, entra), passes(limit, okta)] == [True, False, True]


def test_a_forked_process_does_not_use_the_lease_of_its_parent(
    school: Database, entra: Principal, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = limiter(school, "50/second burst 500", clock)
    limit.check(entra)
    school.dispose()
    pid = os.getpid()
    monkeypatch.setattr(os, "getpid", lambda: pid + 1)
    limit.check(entra)
    with school.read() as transaction:
        leases = transaction.execute(sa.select(rate_buckets.c.leases)).scalar_one()
    assert leases.count("[") == 2


def test_off_lets_everything_pass_without_asking_the_database(unreachable: Database) -> None:
    limit = RateLimiter(unreachable, Settings(rate_limit="off"))
    limit.check(Principal("connection", "1", "Entra ID", "GB001"))


def test_administrators_are_not_limited(unreachable: Database, clock: Clock) -> None:
    limit = limiter(unreachable, "1/hour burst 1", clock)
    for _ in range(3):
        limit.check(Principal("administrator", "ann", "ann"))


def test_a_connection_that_is_deleted_meanwhile_does_not_break_the_limit(
    school: Database, entra: Principal, clock: Clock
) -> None:
    limit = limiter(school, "1/hour burst 1", clock)
    school.run(lambda transaction: delete_tenant(transaction, "GB001"), writing=True)
    limit.check(entra)


def test_a_bucket_that_other_processes_hold_entirely_is_asked_again_when_the_first_lease_ends() -> None:
    bucket = Bucket(0.0, 100.0, {"first": (4.0, 103.0), "second": (6.0, 109.0)})
    assert bucket.lease(RateLimit("10/second burst 10"), "third", returned=0, now=101.0) == (0, 2.0)


ONE_PROCESS = """
import sys
from scim_server.connections.limits import RateLimiter
from scim_server.db import Database
from scim_server.extension import Principal
from scim_server.protocol.errors import TooManyRequests
from scim_server.settings import Settings

url, connection = sys.argv[1:]
limit = RateLimiter(Database(url), Settings(rate_limit="1/hour burst 40"))
passed = 0
for _ in range(40):
    try:
        limit.check(Principal("connection", connection, "Entra ID", "GB001"))
        passed += 1
    except TooManyRequests:
        pass
print(passed)
"""


def test_real_processes_share_one_burst(school: Database, entra: Principal) -> None:
    url = school.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", ONE_PROCESS, url, entra.id]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert sum(int(process.communicate(timeout=60)[0]) for process in processes) == 40


@settings(max_examples=200, deadline=None)
@example(rate="5/second burst 20", steps=[(0, 0.0, 1), (0, 1.0, 21)])
@example(rate="5/second burst 20", steps=[(0, 0.0, 1), (1, 3.0, 6), (0, 0.0, 15)])
@given(
    rate=st.sampled_from(["1/second burst 1", "5/second burst 20", "50/second burst 500", "7/minute burst 30"]),
    steps=st.lists(st.tuples(st.integers(0, 4), st.floats(0, 3), st.integers(1, 80)), min_size=1, max_size=60),
)
def test_no_stretch_of_time_lets_more_pass_than_the_burst_and_the_rate(
    rate: str, steps: list[tuple[int, float, int]]
) -> None:
    limit, bucket = RateLimit(rate), None
    held = [SimpleNamespace(tokens=0, expires=0.0) for _ in range(5)]
    now, passed = 1_800_000_000.0, []
    for process, pause, wanted in steps:
        now += pause
        bucket = bucket or Bucket(limit.burst, now)
        mine = held[process]
        for _ in range(wanted):
            if mine.tokens < 1 or mine.expires <= now:
                granted, wait = bucket.lease(limit, str(process), returned=mine.tokens, now=now)
                mine.tokens, mine.expires = granted, now + LEASE_SECONDS
                assert granted or wait > 0
            if not mine.tokens:
                break
            mine.tokens -= 1
            passed.append(now)
    for first, start in enumerate(passed):
        for last in range(first, len(passed)):
            assert last - first + 1 <= limit.burst + limit.per_second * (passed[last] - start) + 1e-3
