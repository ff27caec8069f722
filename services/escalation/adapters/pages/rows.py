"""An audit escalation as a line of a list: what is to be done next, until when, by whom, and where. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from services.escalation.adapters.pages.wording import TO_DO, short, spoken, until
from services.escalation.app.lists import OPEN, RUNNING, left_until
from services.escalation.app.summaries import STATUS_WORDS, Status
from services.escalation.domain.steps import NextStep
from shared.authority.names import USUAL, capital
from shared.authority.settings import AuthoritySettings
from shared.calendar.words import day
from shared.eventstore.model import SummaryRow

_STOPPED: Final = "now: its clock stopped at sign-off"


class Names:
    """The authority's own names of its parts; a part that its settings no longer have goes by its keys.

    `words` are what it calls roles and levels.
    """

    def __init__(self, authority: str, settings: AuthoritySettings | None) -> None:
        self.authority = authority if settings is None else settings.name
        self.words = USUAL if settings is None else settings.names
        units = () if settings is None else tuple(settings.units.values())
        self._teams = {"/".join(unit.path): f"{unit.name}, {unit.district_name}" for unit in units}
        self.districts = {"/".join(unit.path[:2]): f"{unit.district_name}, {unit.area_name}" for unit in units}
        self.areas = {unit.path[0]: unit.area_name for unit in units}
        self._settings = settings

    def team(self, path: str) -> str:
        """Return a team's name and its district's."""
        return self._teams.get(path) or spoken(path)

    def district(self, path: str) -> str:
        """Return a district's name and its area's."""
        return self.districts.get(path) or spoken(path)

    def place(self, path: str) -> str:
        """Return the name of an area, a district or a team."""
        return self.areas.get(path) or self.districts.get(path) or self.team(path)

    def service(self, key: str) -> str:
        """Return a service's name."""
        services = () if self._settings is None else self._settings.services
        return next((one.name for one in services if one.key == key), spoken(key))


@dataclass(frozen=True, slots=True)
class Row:
    """A line; `when` says until when the next step is to be taken, or how it ended."""

    id: UUID
    category: str
    team: str
    state: str
    to_do: str
    waits_for: str
    when: str
    overdue: bool

    @property
    def short(self) -> str:
        """Return what tells it from others on a page."""
        return short(self.id)

    @property
    def href(self) -> str:
        """Return the address of its page."""
        return f"/escalations/{self.id}"


def row_of(row: SummaryRow, names: Names, now: datetime) -> Row:
    """Return a summary as a line, as seen at a moment."""
    data, status = row.data, Status(row.status)
    step, waits_for, due = data.get("next_step"), data.get("waits_for"), left_until(row)
    return Row(
        id=row.stream_id,
        category=spoken(data["category"]),
        team=names.team(data["team"]),
        state=names.words.say(STATUS_WORDS[status]),
        to_do="Nothing" if step is None else names.words.say(TO_DO[NextStep(step)]),
        waits_for="Nobody" if waits_for is None else capital(names.words.role(waits_for)),
        when=_when(row, status, due, now),
        overdue=is_overdue(row, now),
    )


def rows_of(rows: Iterable[SummaryRow], names: Names, now: datetime) -> tuple[Row, ...]:
    """Return summaries as lines."""
    return tuple(row_of(row, names, now) for row in rows)


def is_overdue(row: SummaryRow, now: datetime) -> bool:
    """Return whether a running clock's due moment has passed, marked already or not."""
    due = left_until(row)
    return row.status in RUNNING and due is not None and due < now


def pressing(rows: Sequence[SummaryRow], now: datetime, ends: datetime) -> tuple[int, int]:
    """Return how many are overdue, and how many are due before the day ends."""
    overdue = sum(is_overdue(row, now) for row in rows)
    running = [left_until(row) for row in rows if row.status in RUNNING]
    return overdue, sum(due is not None and now <= due < ends for due in running)


def _when(row: SummaryRow, status: Status, due: datetime | None, now: datetime) -> str:
    if status is Status.SIGNED_OFF:
        return _STOPPED
    if status in OPEN:
        return until(due, now)
    closed = row.data.get("closed_at")
    if closed is None:
        return "at its end"
    within = row.data.get("within_clock")
    met = "" if within is None else ", signed off in time" if within else ", signed off late"
    return f"closed on {day(datetime.fromisoformat(closed))}{met}"
