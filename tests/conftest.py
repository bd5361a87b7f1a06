"""Fixtures of every test."""

pytest_plugins = ["tests.support.databases", "tests.support.server"]
