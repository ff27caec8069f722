"""The clock of a process: the machine's, or in tests a moment that stands in a file until the test writes another.

Deadlines run over days, and a test that tells such a story has real processes live through them. Everything in a
service takes the moment from this one clock, save what lies outside the business: how long a token is valid, log lines.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.process.parts import Clock, utc_now


class ClockSettings(BaseSettings):
    """What the clock goes by, which nobody sets outside tests (`SIGHTLINE_...`)."""

    model_config = SettingsConfigDict(env_prefix="SIGHTLINE_", extra="ignore", frozen=True, env_ignore_empty=True)

    clock_file: Path | None = Field(
        default=None,
        description="Tests only: file with the moment it is, in ISO 8601 with its offset, read at each look; refused "
        "without SIGHTLINE_LOCAL",
    )

    def clock(self, *, local: bool) -> Clock:
        """Return the clock these settings describe.

        Raises:
            ValueError: a file is set where time must be real, or holds no moment; the sentence says what to do.

        """
        if self.clock_file is None:
            return utc_now
        if not local:
            raise ValueError(
                "SIGHTLINE_CLOCK_FILE is for tests: a clock that stands still never finds a deadline passed. "
                "Take the setting out."
            )
        clock = FileClock(self.clock_file)
        clock()
        return clock


class FileClock:
    """A clock that gives the moment in a file. Whoever sets it replaces the file, so that none is read by halves."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def __call__(self) -> datetime:
        """Return the moment, in UTC.

        Raises:
            ValueError: the file is not there, or holds no moment with an offset.

        """
        way_out = "Write a moment such as 2026-04-02T15:00:00+01:00 into it."
        try:
            moment = datetime.fromisoformat(self._file.read_text(encoding="ascii").strip())
        except (OSError, ValueError) as unreadable:
            raise ValueError(f"SIGHTLINE_CLOCK_FILE: {self._file} holds no moment. {way_out}") from unreadable
        if moment.tzinfo is None:
            raise ValueError(f"SIGHTLINE_CLOCK_FILE: the moment in {self._file} has no offset. {way_out}")
        return moment.astimezone(UTC)
