"""Fixtures of every test."""

from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.support.databases", "tests.support.server"]

# The time of an example is the database's, and a fresh database serves all examples, each of which undoes its changes.
_UNHURRIED = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.register_profile("quick", _UNHURRIED, max_examples=40)
settings.register_profile("thorough", _UNHURRIED, max_examples=1000)
settings.load_profile("quick")
