"""Answers say their moments in UTC, however deep they lie in it; nothing else of an answer changes."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from shared.web.moments import SaidInUtc, in_utc

SUMMER = datetime(2026, 7, 8, 10, tzinfo=ZoneInfo("Europe/London"))
NINE = '"2026-07-08T09:00:00Z"'


class Held(BaseModel):
    """As a domain has it: it knows nothing of answers."""

    model_config = ConfigDict(frozen=True)

    at: datetime
    words: str = "kept"


class Said(SaidInUtc):
    """An answer with every kind of place where a moment may lie."""

    model_config = ConfigDict(frozen=True)

    at: datetime | None = None
    day: date | None = None
    held: Held | None = None
    several: tuple[Held, ...] = ()
    by_name: dict[str, Any] = Field(default_factory=dict)


def test_a_moment_of_an_answer() -> None:
    assert f'"at":{NINE}' in Said(at=SUMMER).model_dump_json()
    assert f'"at":{NINE}' in Said.model_validate({"at": "2026-07-08T10:00:00+01:00"}).model_dump_json()


def test_moments_within_values_of_a_domain() -> None:
    said = Said(held=Held(at=SUMMER), several=(Held(at=SUMMER),), by_name={"one": [SUMMER], "two": {"at": SUMMER}})
    assert said.model_dump_json().count(NINE) == 4
    assert said.several[0].words == "kept"


def test_what_holds_no_moment_of_another_form_is_returned_as_it_is() -> None:
    held = Held(at=datetime(2026, 7, 8, 9, tzinfo=UTC))
    for value in (None, "10:00", date(2026, 7, 8), ("a", 1), {"a": [1]}, datetime(2026, 7, 8, 9)):  # noqa: DTZ001 - that is the case
        assert in_utc(value) is value
    assert in_utc(held).at == held.at
