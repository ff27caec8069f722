"""Moments as every service's JSON says them: in UTC, with `Z`, whatever offset they came in.

A step that a person dates with `+01:00`, and a due moment reckoned in London time, are the same moments in another
form; who compares two of them as text, or sorts by them, needs one form. Pages show London time.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, TypeVar

from pydantic import BaseModel, field_validator

T = TypeVar("T")


def in_utc(value: T) -> T:
    """Return a value with every aware moment in it in UTC: of models, lists, tuples and mappings all the way down.

    Models and collections without such a moment are returned as they are; a moment without its zone is left alone, as
    nobody can say which it is.
    """
    return _in_utc(value)  # type: ignore[no-any-return]  # each kind of value comes out as what it was


def _in_utc(value: Any) -> Any:
    match value:
        case datetime():
            return value if value.tzinfo is None else value.astimezone(UTC)
        case BaseModel():
            fields = {name: getattr(value, name) for name in type(value).model_fields}
            changed = {name: said for name, held in fields.items() if (said := _in_utc(held)) is not held}
            return value.model_copy(update=changed) if changed else value
        case tuple() | list():
            said_all = [_in_utc(one) for one in value]
            same = all(said is held for said, held in zip(said_all, value, strict=True))
            return value if same or hasattr(value, "_fields") else type(value)(said_all)
        case dict():
            said_by_key = {key: _in_utc(one) for key, one in value.items()}
            return value if all(said_by_key[key] is one for key, one in value.items()) else said_by_key
        case _:
            return value


class SaidInUtc(BaseModel):
    """An answer whose moments are said in UTC; for the base of a service's answers."""

    @field_validator("*", mode="after")
    @classmethod
    def _said_in_utc(cls, value: Any) -> Any:
        return in_utc(value)
