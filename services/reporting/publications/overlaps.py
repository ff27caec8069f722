"""An authority that cuts its year otherwise than before: its windows overlap those that readers have.

Figures of two windows that share some months can be subtracted, and nothing holds one against the other. So a window
that overlaps a published one is not published, and where a later window compares itself with an earlier one that does,
that one is shown hidden (docs/adr/0030).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from services.reporting.reports.printed_before import Before, Printed
from services.reporting.reports.window_figures import TREND_WINDOWS
from services.reporting.reports.windows import Window
from shared.eventstore.database import Connection


@dataclass(frozen=True, slots=True)
class Span:
    """A published window: its first day, the first day after it, and its words."""

    start: date
    end: date
    label: str

    def overlaps(self, window: Window) -> bool:
        """Tell whether some days are in both, and others in one alone."""
        same = (self.start, self.end) == (window.start, window.end)
        return not same and self.start < window.end and window.start < self.end


async def published_spans(connection: Connection, authority: str, until: int | None = None) -> list[Span]:
    """Return the windows an authority has published, newest first, or those before the version with a number."""
    rows = await connection.fetch(
        "SELECT DISTINCT (one.content::jsonb #>> '{window,from}')::date AS start,"
        " (one.content::jsonb #>> '{window,to}')::date + 1 AS end, one.window_label AS label"
        " FROM reporting.publications AS one LEFT JOIN reporting.printed AS kept USING (authority, window_key, version)"
        " WHERE authority = $1 AND one.published_at IS NOT NULL AND ($2::bigint IS NULL OR kept.made < $2)"
        " ORDER BY start DESC",
        authority,
        until,
    )
    return [Span(row["start"], row["end"], row["label"]) for row in rows]


def without_overlapping(before: Before, window: Window, spans: Sequence[Span]) -> Before:
    """Return what was given, with every figure hidden of the windows a report compares itself with and that overlap."""
    earlier = [window.back(back) for back in range(1, TREND_WINDOWS)]
    earlier.append(window.rhythm.containing(window.first.plus(-12).start))
    hidden = {one.key: Printed({}) for one in earlier if any(span.overlaps(one) for span in spans)}
    return replace(before, published={**before.published, **hidden}) if hidden else before
