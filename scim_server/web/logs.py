"""Logs: one JSON object a line on standard error, without anybody's personal data."""

import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Any

import orjson
import structlog
from gunicorn.glogging import Logger

_LOGGERS: list[Any] = []


def configure_logs(level: str) -> None:
    """Write log lines of at least a level."""
    _LOGGERS.clear()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(serializer=orjson.dumps),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer),
    )


def log() -> Any:
    """Return the logger, made once after each configuration: making it costs more than a line."""
    if not _LOGGERS:
        _LOGGERS.append(structlog.get_logger().bind())
    return _LOGGERS[0]


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


class JsonFormatter(logging.Formatter):
    """Writes what libraries log in the same form, without the messages of exceptions."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a line."""
        line: dict[str, Any] = {
            "event": record.getMessage(),
            "level": record.levelname.lower(),
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(),
        }
        if record.exc_info and record.exc_info[1]:
            line |= fault(record.exc_info[1])
        return orjson.dumps(line).decode()


class GunicornLogger(Logger):  # type: ignore[misc]
    """Gunicorn's logger, in the form of all other lines."""

    def setup(self, cfg: Any) -> None:
        """Take the place of gunicorn's own format."""
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(JsonFormatter())
