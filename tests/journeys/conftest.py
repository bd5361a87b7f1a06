"""Fixtures of journeys in a real browser."""

from tests.support.browser import browser, server, visit
from tests.support.centres import board, school

__all__ = ["board", "browser", "school", "server", "visit"]
