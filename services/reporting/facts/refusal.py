"""What the fact tables cannot hold, found before anything is written. A sentence names places, never values."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import orjson

_BIGINT: Final = 2**63
_INTEGER: Final = 2**31


class FactRefused(ValueError):
    """A message is a proper event, and yet no fact can be made of it: it is parked."""


def same_stream(stated: UUID, subject: UUID, field: str) -> None:
    """Refuse an event that speaks of another stream than the one it came in."""
    if stated != subject:
        raise FactRefused(f"{field} is not the stream the message belongs to")


def bigint(value: int | None, field: str) -> int | None:
    """Give a number that fits into 64 bits."""
    if value is not None and not -_BIGINT <= value < _BIGINT:
        raise FactRefused(f"{field} is too large a number")
    return value


def integer(value: int, field: str) -> int:
    """Give a number that fits into 32 bits."""
    if not -_INTEGER <= value < _INTEGER:
        raise FactRefused(f"{field} is too large a number")
    return value


def text(value: str, field: str) -> str:
    """Give a text without the zero character, which PostgreSQL keeps nowhere."""
    if "\0" in value:
        raise FactRefused(f"{field} holds a zero character")
    return value


def moment(value: datetime, field: str) -> datetime:
    """Give a moment in UTC."""
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise FactRefused(f"{field} lies outside the years 1 to 9999") from None


def json_text(value: Any, field: str) -> str:
    """Give a value as JSON text."""
    try:
        return orjson.dumps(value).decode()
    except (orjson.JSONEncodeError, TypeError):
        raise FactRefused(f"{field} holds a number larger than JSON readers agree on") from None
