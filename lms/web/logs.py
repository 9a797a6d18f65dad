"""Structured logs: one JSON line per event on stderr, without secrets, control characters escaped."""

import logging
import re
import sys
from typing import Any

import structlog

SECRETS = ("password", "token", "secret", "cookie", "authorization", "csrf")
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


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
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),  # as it is now: tests exchange it
        cache_logger_on_first_use=False,
    )


def _mask(_: Any, __: str, event: Any) -> Any:
    return {key: _told(key, value) for key, value in event.items()}


def _told(key: str, value: Any) -> Any:
    """The value as it may stand in a log: no secret, no more than a page, and on one line but for a trace."""
    if any(secret in key.lower() for secret in SECRETS):
        return "***"
    if not isinstance(value, str):
        return value
    return value[:4000] if key == "exception" else CONTROLS.sub(_escaped, value[:4000])


def _escaped(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode()
