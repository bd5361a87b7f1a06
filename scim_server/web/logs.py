"""Logs: one JSON object a line on standard error, without anybody's personal data."""

import logging
import sys
import traceback
from typing import Any

import orjson
import structlog


def configure_logs(level: str) -> None:
    """Write log lines of at least a level."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(serializer=orjson.dumps),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer),
        cache_logger_on_first_use=True,
    )


def log() -> Any:
    """Return the logger."""
    return structlog.get_logger()


def fault(error: BaseException) -> dict[str, Any]:
    """Describe an unexpected error by its kind and place: its message may hold SQL or personal data."""
    frames = traceback.extract_tb(error.__traceback__)
    return {
        "error": type(error).__name__,
        "cause": type(error.__cause__).__name__ if error.__cause__ else None,
        "frames": [
            f"{frame.filename.rpartition('site-packages/')[2]}:{frame.lineno} {frame.name}" for frame in frames[-12:]
        ],
    }
