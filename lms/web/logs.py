"""Structured logs: one JSON line per event on stderr, without secrets, control characters escaped."""

import logging
import sys
from typing import Any

import structlog

SECRETS = ("password", "token", "secret", "cookie", "authorization", "csrf")


def init(*, readable: bool = False) -> None:
    """Set up logging for this process; `readable` for a person at a terminal."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _mask,
            structlog.dev.ConsoleRenderer(colors=False)
            if readable
            else structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def _mask(_: Any, __: str, event: Any) -> Any:
    return {
        key: "***"
        if any(s in key.lower() for s in SECRETS)
        else value[:4000]
        if isinstance(value, str)
        else value
        for key, value in event.items()
    }
