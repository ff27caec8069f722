"""From a figure to its evidence: the audits that a printed count counts, by reference and place in the log.

Only what a report prints has evidence: the list of a hidden count would say how many it counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from services.reporting.reports.counts import Counter, Reader
from services.reporting.reports.names import units_of
from services.reporting.reports.window_figures import Gathered, gather
from services.reporting.reports.window_ledger import DIMENSIONS, at
from services.reporting.reports.windows import Window
from shared.authority.settings import AuthoritySettings

CONDITIONS: Final[Mapping[str, str]] = {
    "completed": "true",
    "on_time": "NOT c.late",
    "late": "c.late",
    "graded": "c.after IS NOT NULL",
    "good": "c.after IN ('good', 'outstanding')",
    "requires_improvement": "c.after = 'requires-improvement'",
    "inadequate": "c.after = 'inadequate'",
    "moderated": "c.moderated",
    "compared": "c.compared",
    "raised": "c.distance > 0",
    "same": "c.distance = 0",
    "lowered": "c.distance < 0",
    "missed": "c.missed_inadequate AND c.moderator_grade = 'inadequate' AND c.auditor_grade <> 'inadequate'",
    "child_feedback": "c.child_feedback_obtained",
    "parent_feedback": "c.parent_feedback_obtained",
    "practitioner_feedback": "c.practitioner_feedback_obtained",
    "worker_took_part": "c.took_part IN ('worker', 'both')",
}
"""How the audits of each count are known among the completed ones, as sql/months.sql and outcomes.sql count them."""

WORDS: Final[Mapping[str, str]] = {
    "completed": "Completed",
    "on_time": "Completed on time",
    "late": "Completed late",
    "graded": "Graded",
    "good": "Good or better",
    "requires_improvement": "Requires improvement",
    "inadequate": "Inadequate",
    "moderated": "Moderated",
    "compared": "Graded by {auditor} and {moderator}",
    "raised": "Raised by the {moderator}",
    "same": "Left as it was by the {moderator}",
    "lowered": "Lowered by the {moderator}",
    "missed": "Missed inadequates",
    "child_feedback": "Feedback of the child obtained",
    "parent_feedback": "Feedback of a parent or carer obtained",
    "practitioner_feedback": "Feedback of the {practitioner} obtained",
    "worker_took_part": "The child's worker took part",
}

OF_UNITS: Final = ("completed", "on_time", "late", "graded", "good", "inadequate")
"""The counts that reports print by kind, service, area and district too."""


class NoEvidence(Exception):
    """The count is hidden, or no report prints it: its audits are not listed."""


@dataclass(frozen=True, slots=True)
class Item:
    """An audit behind a figure: its reference, and the event that made it what it is, by number and recorded time."""

    audit_id: UUID
    sequence: int
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Figure:
    """Which count: of all, or of one unit (`dimension` kind, service, area or district, with its key)."""

    count: str
    dimension: str = ""
    key: str = ""

    @property
    def ledger_key(self) -> str:
        """Return what the window's ledger calls it."""
        return at(self.count, self.dimension, self.key) if self.dimension else self.count


@dataclass(frozen=True, slots=True)
class Evidence:
    """The audits behind a figure, in the order of their references, and the window's other figures with evidence."""

    figure: Figure
    items: tuple[Item, ...]
    others: tuple[Figure, ...]


async def evidence(
    reader: Reader, settings: AuthoritySettings, window: Window, figure: Figure, as_known_at: datetime | None = None
) -> Evidence:
    """Return the audits that a printed count of a window counts, as known now or at a moment.

    Raises:
        NoEvidence: the count is hidden in the window's reports, or they do not print it.

    """
    counter = Counter(reader, settings.key, as_known_at)
    smallest_shown = settings.reporting.suppression_threshold + 1
    gathered = await gather(counter, window, units_of(settings), smallest_shown)
    if gathered is None:
        raise NoEvidence
    printed = figures_with_evidence(gathered)
    if figure not in printed:
        raise NoEvidence
    lines = await counter.evidence(window, CONDITIONS[figure.count], figure.dimension, figure.key)
    items = tuple(Item(line["audit_id"], line["sequence"], line["known_from"]) for line in lines)
    return Evidence(figure, items, tuple(one for one in printed if one != figure))


def figures_with_evidence(gathered: Gathered) -> list[Figure]:
    """Return the counts of a window whose audits may be listed: those that its reports print, zeros left out."""
    ledger, keys = gathered.figures.ledger, gathered.figures.breakdowns.keys
    found = [Figure(count) for count in CONDITIONS]
    found += [Figure(count, name, key) for name in DIMENSIONS for key in keys[name] for count in OF_UNITS]
    return [one for one in found if ledger.shows(one.ledger_key) and ledger.value(one.ledger_key)]
