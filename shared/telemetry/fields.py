"""Which fields a log line may have, and what their values may look like: privacy by construction.

A field not named here is dropped, and a value that is not a number, a time, an id or a short code is withheld, also
under an allowed name: free text has no way into a log line. A field is allowed only for codes, ids and figures.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum
from typing import Any
from uuid import UUID

ALLOWED = frozenset({
    "action", "age_seconds", "applied", "attempt", "authority", "bytes", "calendar_version", "category",
    "causation_id", "correlation_id", "count", "deadline", "depth", "discarded", "dropped_fields", "due_on",
    "duration_ms", "end_offset", "error", "event_id", "event_type", "exit_code", "facts", "found", "group", "handled",
    "kind", "lag", "logger", "method", "offset", "outcome", "parked", "part", "partition", "partitions", "port",
    "position", "reason_code", "reference", "remaining", "repeats", "report", "role", "route", "rows", "schema",
    "seconds", "sent", "sequence", "service", "skipped", "state", "status", "stream_id", "template", "timer", "topic",
    "topics", "traceparent", "version", "wait_seconds", "wake_at", "where", "window",
})  # fmt: skip
"""Every field name a log line may carry, besides the ones the pipeline adds (timestamp, level, event, service)."""

WITHHELD = "[withheld]"
_CODE = re.compile(r"[A-Za-z0-9._:/@+*=<>(){}\[\]#%-]{1,240}")
_TEMPLATE = "template"
_LONGEST_LIST = 50


def clean(fields: Mapping[str, Any], *, allowed: frozenset[str] = ALLOWED) -> tuple[dict[str, Any], int]:
    """Give the fields that may be written and the number of those that were dropped or withheld."""
    kept: dict[str, Any] = {}
    refused = 0
    for name, value in fields.items():
        if name not in allowed:
            refused += 1
            continue
        safe = value if name == _TEMPLATE and isinstance(value, Template) else _safe(value)
        if safe == WITHHELD:
            refused += 1
        kept[name] = safe
    return kept, refused


class Template(str):
    """A library's message template, without the values: the one kind of text with spaces that may be logged."""

    __slots__ = ()


def _safe(value: Any) -> Any:
    match value:
        case None | bool() | int() | float():
            return value
        case Enum():
            return _safe(value.value)
        case UUID() | datetime() | date():
            return str(value) if isinstance(value, UUID) else value.isoformat()
        case str() if _CODE.fullmatch(value):
            return value
        case list() | tuple() | set() | frozenset():
            return [_safe(one) for one in list(value)[:_LONGEST_LIST]]
        case _:
            return WITHHELD
