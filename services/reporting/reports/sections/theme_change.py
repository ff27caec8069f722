"""Themes to develop, the window before beside this one: mentions per 100 completed audits.

The window before stands as its own published report has it; where none is published there is nothing to set beside.
Rates are worked out of printed counts alone, and a rate of which either count is hidden is hidden with it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from services.reporting.reports.figures import Cell, Count, Decimal, Row, SlopeChart, SlopeLine, Table
from services.reporting.reports.printed_before import Printed
from services.reporting.reports.sections.context import Context, columns
from services.reporting.reports.sentences import FEWEST_FOR_COMPARISON
from services.reporting.reports.window_ledger import at

_MOST_LINES: Final = 6
_FEWEST_LINES: Final = 2
_FEWEST_MENTIONS: Final = 10
_Z_99: Final = 2.5758293035489004
"""Up to six themes are held against chance at once, so each has to go beyond 99% of it."""


def blocks(context: Context, themes: Sequence[str]) -> tuple[SlopeChart | Table, ...]:
    """Return the chart and its table; nothing where either window has too few audits, or none before is published."""
    earlier = context.earlier
    if earlier is None:
        return ()
    then, now = _count(earlier.counts.get("completed")), context.figures.count("completed")
    if min(then.value or 0, now.value or 0) < FEWEST_FOR_COMPARISON:
        return ()
    named = [_named(context, earlier, theme, then, now) for theme in themes]
    table = Table(
        id="themes-change",
        caption="Themes to develop: the window before and this one",
        row_heading="Theme",
        columns=columns(
            ("before", "Before: mentions"),
            ("before_rate", "Before: per 100 audits"),
            ("now", "Now: mentions"),
            ("now_rate", "Now: per 100 audits"),
        ),
        rows=tuple(one.row for one in named),
        note=f"The window before is {context.window.back().label}, as it was published.",
    )
    lines = _lines(named)
    return (table,) if len(lines) < _FEWEST_LINES else (_chart(context, lines), table)


def _count(value: int | None) -> Count:
    return Count(value=value, suppressed=value is None)


@dataclass(frozen=True, slots=True)
class _Named:
    """A theme with how often it was named in either window."""

    key: str
    label: str
    before: Count
    rate_before: Decimal
    now: Count
    rate_now: Decimal

    @property
    def row(self) -> Row:
        cells: dict[str, Cell] = {
            "before": self.before,
            "before_rate": self.rate_before,
            "now": self.now,
            "now_rate": self.rate_now,
        }
        return Row(key=self.key, label=self.label, cells=cells)


def _named(context: Context, earlier: Printed, theme: str, then: Count, now: Count) -> _Named:
    key = at("development", "theme", theme)
    before = _count(earlier.counts.get(key, 0))  # a theme that has no row there was not named
    today = context.figures.count(key)
    return _Named(theme, context.names.theme(theme), before, _rate(before, then), today, _rate(today, now))


def _rate(mentions: Count, audits: Count) -> Decimal:
    if mentions.value is None or not audits.value:
        return Decimal(value=None, of=audits, decimals=0, missing="suppressed")
    return Decimal(value=math.floor(100 * mentions.value / audits.value + 0.5), of=audits, decimals=0)


def _lines(named: Sequence[_Named]) -> tuple[SlopeLine, ...]:
    """Return the most named themes of which both windows print the number, most named first."""
    found = []
    for one in named:
        mentions = (one.before.value or 0) + (one.now.value or 0)
        if one.before.value is None or one.now.value is None or not mentions:
            continue
        moved = _beyond_chance(one.before.value, one.rate_before.of, one.now.value, one.rate_now.of)
        line = SlopeLine(key=one.key, label=one.label, before=one.rate_before, now=one.rate_now, beyond_chance=moved)
        found.append((-mentions, one.label, line))
    return tuple(line for _, _, line in sorted(found, key=lambda one: one[:2])[:_MOST_LINES])


def _beyond_chance(before: int, audits_before: Count, now: int, audits_now: Count) -> bool:
    """Tell whether two rates differ by more than chance would explain, mentions taken as Poisson's law has them."""
    if before + now < _FEWEST_MENTIONS or not audits_before.value or not audits_now.value:
        return False
    error = math.sqrt(before / audits_before.value**2 + now / audits_now.value**2)
    return abs(now / audits_now.value - before / audits_before.value) / error >= _Z_99


def _chart(context: Context, lines: tuple[SlopeLine, ...]) -> SlopeChart:
    moved = max((line for line in lines if line.beyond_chance), key=_distance, default=None)
    title = "To develop: no theme was named more or less often than chance would explain"
    if moved is not None:
        verb = "rose" if (moved.now.value or 0) > (moved.before.value or 0) else "fell"
        title = (
            f"{moved.label}: to develop {verb} from {_said(moved.before)} to {_said(moved.now)} mentions per 100 audits"
        )
    said = "; ".join(f"{line.label} {_said(line.before)}, now {_said(line.now)}" for line in lines)
    return SlopeChart(
        id="themes-slope",
        title=title,
        subtitle=f"Mentions as to develop per 100 completed audits, {context.window.back().label} and "
        f"{context.window.label}. {context.settings.name}",
        alternative=f"{title}. Mentions per 100 completed audits, before and now: {said}.",
        before_label=context.window.back().label,
        now_label=context.window.label,
        lines=lines,
    )


def _distance(line: SlopeLine) -> float:
    return abs((line.now.value or 0) - (line.before.value or 0))


def _said(rate: Decimal) -> str:
    return f"{rate.value:.0f}"
