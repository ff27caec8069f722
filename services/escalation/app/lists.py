"""Lists of audit escalations: what is asked for, ordered by the time left, a page at a time, and how many there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol
from uuid import UUID

from services.escalation.app.summaries import Status
from services.escalation.domain.model import Category
from shared.eventstore.model import SummaryRow

RUNNING: Final = (Status.CONSIDERING, Status.RAISED)
"""Those whose clock runs: of the decision, or of the sign-off."""

OPEN: Final = (*RUNNING, Status.SIGNED_OFF)
"""Those of which something is still to be done."""

AT_ITS_END: Final = 2**63 - 1
"""What is at its end comes after everything that is not."""

_ERA: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which ones: of an authority, and of those what else is said; None and empty say nothing.

    `paths` are parts of the authority. `due_from` and `due_before` bound the moment until which the next step is to be
    taken. `found_by` is a person who found a cause. `overdue` (not signed off) and `undecided` are reckoned from the
    due moment as it stands at `now`, marked by the timer or not; they need it.
    """

    authority: str
    paths: tuple[str, ...] | None = None
    statuses: tuple[Status, ...] = ()
    category: Category | None = None
    waits_for: tuple[str, ...] = ()
    next_steps: tuple[str, ...] = ()
    due_from: datetime | None = None
    due_before: datetime | None = None
    found_by: UUID | None = None
    overdue: bool | None = None
    undecided: bool | None = None
    reopening_asked: bool | None = None
    now: datetime | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins: after this row, by the time left and then by its id."""

    left_until: int
    id: UUID

    def __str__(self) -> str:
        """Return it as it stands in an address."""
        return f"{self.left_until}.{self.id}"

    @classmethod
    def parse(cls, text: str) -> Place:
        """Read what an address holds; raises `ValueError` for anything else."""
        until, _, id_ = text.partition(".")
        return cls(int(until), UUID(id_))


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list, and where the next one begins; None at the end."""

    rows: Sequence[SummaryRow]
    next: Place | None


@dataclass(frozen=True, slots=True)
class Counted:
    """How many of a district (its path) are open, and of those due today and overdue; and closed this month."""

    district: str
    open: int
    due_today: int
    overdue: int
    closed: int


@dataclass(frozen=True, slots=True)
class Day:
    """The moments that counts go by: now, the end of the day and the beginning of the month in England."""

    now: datetime
    ends: datetime
    month: datetime


class Lists(Protocol):
    """Where audit escalations are looked for."""

    async def page(self, wanted: Wanted, limit: int, after: Place | None = None) -> Page:
        """Return a page of those wanted, the least time left first."""
        ...

    async def closed(
        self, authority: str, paths: tuple[str, ...] | None, since: datetime, limit: int
    ) -> list[SummaryRow]:
        """Return those closed since a moment, the last one first."""
        ...

    async def count(self, authority: str, paths: tuple[str, ...] | None, day: Day) -> list[Counted]:
        """Return how many there are in each district that has any, by its path."""
        ...


def microseconds(moment: datetime) -> int:
    """Return a moment (aware) as lists are ordered by."""
    return (moment - _ERA) // timedelta(microseconds=1)


def left_until(row: SummaryRow) -> datetime | None:
    """Return until when the next step is to be taken; None where no clock says so."""
    at = row.data.get("consider_by") if row.status == Status.CONSIDERING else row.data.get("due_at")
    return None if at is None or row.status not in OPEN else datetime.fromisoformat(at)


def is_overdue(row: SummaryRow, now: datetime) -> bool:
    """Return whether it is raised, not signed off, and past its due moment."""
    return row.status == Status.RAISED and _past(row, now)


def is_undecided(row: SummaryRow, now: datetime) -> bool:
    """Return whether it is being considered past the moment to decide by."""
    return row.status == Status.CONSIDERING and _past(row, now)


def _past(row: SummaryRow, now: datetime) -> bool:
    due = left_until(row)
    return due is not None and due < now
