"""One spelling for every row, the same on SQLite and PostgreSQL: what digests, backups and seals are made of."""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, DateTime, Float
from sqlalchemy.types import TypeEngine

LARGEST_PLAIN = 1e16  # larger whole floats are spelt 1e+16, which PostgreSQL's jsonb turns into whole numbers


def line(row: Mapping[str, Any]) -> bytes:
    """The row as one line of JSON, without the line's end: ASCII only, keys sorted, no blanks."""
    plain = {name: _plain(value) for name, value in row.items()}
    return json.dumps(plain, sort_keys=True, separators=(",", ":")).encode("ascii")


def value_for(kind: TypeEngine[Any], value: Any, *, sqlite: bool) -> Any:
    """What a line's value is in a column of this type: the way back from `line`."""
    if value is None or isinstance(kind, JSON):
        return value
    if isinstance(kind, DateTime):
        moment = datetime.fromisoformat(value)
        return moment.replace(tzinfo=None) if sqlite or not kind.timezone else moment
    if isinstance(kind, Float):
        return float(value)
    wanted = kind.python_type
    if wanted in (date, time):
        return wanted.fromisoformat(value)
    if wanted is bytes:
        return base64.b64decode(value)
    return wanted(value) if wanted in (Decimal, UUID) else value


def _plain(value: Any) -> Any:
    """The value as JSON has it."""
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, datetime):
        # SQLite drops zones; whatever has none is in UTC.
        moment = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return moment.isoformat(timespec="microseconds")
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"no portable form for {type(value).__name__}")


def _number(value: float) -> float | int:
    if value.is_integer() and abs(value) >= LARGEST_PLAIN:
        return int(value)
    return value + 0.0  # turns -0.0, which jsonb does not keep, into 0.0
