"""Fixtures of the exam board's domain."""

from tests.support.centres import board, school

__all__ = ["board", "school"]
