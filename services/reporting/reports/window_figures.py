"""The figures of a window: what the ledger lets out, as counts, shares and decimals."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

from services.reporting.reports.agreement import Agreement, agreement
from services.reporting.reports.cared_for_ledger import fill_cared_for
from services.reporting.reports.counts import Counted, Counter, Line, MonthCounts
from services.reporting.reports.escalation_ledger import fill_escalations
from services.reporting.reports.figures import Count, Decimal, Share
from services.reporting.reports.headline import headline_ledger, month_key
from services.reporting.reports.printed_before import NOTHING, Before, held, outside_the_qa_unit, with_what_is_gone
from services.reporting.reports.printed_before import Printed as Given
from services.reporting.reports.suppression import Ledger
from services.reporting.reports.tool_forms import forms_of
from services.reporting.reports.tool_ledger import fill_tools
from services.reporting.reports.window_ledger import GRADES, PAIRS, Breakdowns, fill, matrix_key
from services.reporting.reports.windows import Month, Window

FEWEST_FOR_PERCENT = 10
"""Under so many cases no percentage is given: it would say more than the cases do."""

FEWEST_FOR_COEFFICIENT = 30
"""Under so many pairs no coefficient is given."""

FEWEST_VALUES = 4
"""So many values the measures beside the matrix must leave each of its small hidden cells, if the counts leave as many.

One other would keep it from being worked out; with two or three, its readers, who know the cases, might tell.
"""

TREND_WINDOWS = 6


class Printed:
    """Gives out figures of a ledger; the keys are those of `headline` and `window_ledger`."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    def count(self, key: str) -> Count:
        """Return a count, suppressed where the ledger hides it."""
        if self.ledger.shows(key):
            return Count(value=self.ledger.value(key))
        return Count(value=None, suppressed=True)

    def share(self, part: str, whole: str) -> Share:
        """Return part of whole in percent, suppressed where either is."""
        some, of = self.count(part), self.count(whole)
        if some.value is None or of.value is None:
            return Share(part=some, of=of, percent=None, missing="suppressed")
        if of.value == 0:
            return Share(part=some, of=of, percent=None, missing="no-cases")
        if of.value < FEWEST_FOR_PERCENT:
            return Share(part=some, of=of, percent=None, missing="too-few")
        return Share(part=some, of=of, percent=rounded_percent(some.value, of.value))


def rounded_percent(part: int, whole: int) -> int:
    """Return a percentage as a whole number, halves up."""
    return (200 * part + whole) // (2 * whole)


class Headlines(Printed):
    """The headline figures of a window and of its months."""

    def __init__(
        self, window: Window, months: Sequence[MonthCounts], smallest_shown: int, before: Sequence[Given] = ()
    ) -> None:
        """`before` is what readers were given of the window in earlier versions."""
        super().__init__(headline_ledger(months, smallest_shown, [one.counts for one in before]))
        self.window = window
        self.before = before
        self._measures: dict[str, Decimal] = {}
        self._difference = sum(month["pool_difference"] for month in months)

    def month_share(self, month: Month) -> Share:
        """Return good or better of a month's graded audits."""
        return self.share(month_key("good", month), month_key("graded", month))

    def gap(self) -> Decimal:
        """Return the mean of moderator's grade less auditor's over the pool, in steps of the scale.

        With a hidden n it is given all the same from 30 cases on: two decimals fit every n that would leave a small
        number outside the pool.
        """
        of, n = self.count("pool"), self.ledger.value("pool")
        if n < FEWEST_FOR_COEFFICIENT:
            return Decimal(value=None, of=of, missing="suppressed" if of.suppressed else "too-few" if n else "no-cases")
        return self.measure("gap", Decimal(value=round(self._difference / n, 2), of=of), FEWEST_FOR_COEFFICIENT)

    def measure(self, name: str, found: Decimal, fewest: int) -> Decimal:
        """Return a mean or median as it may be printed beside those of earlier versions, and note that it is."""
        self._measures[name] = held(found, name, self.before, fewest)
        return self._measures[name]

    def given(self) -> Given:
        """Return what readers outside the QA unit are given of the window, once its reports are made."""
        return Given(
            outside_the_qa_unit(self.ledger.printed()),
            {name: (one.value, one.of.value) for name, one in self._measures.items()},
        )


class AsPublished(Headlines):
    """The headline figures of a window as its own published report has them: so that no two reports differ on them."""

    def __init__(self, window: Window, published: Given) -> None:
        super().__init__(window, (), 0)
        self._published = published

    def count(self, key: str) -> Count:
        """Return a count as it was published, or hidden."""
        value = self._published.counts.get(key)
        return Count(value=value, suppressed=value is None)

    def gap(self) -> Decimal:
        """Return the gap as it was published."""
        value, _ = self._published.measures.get("gap", (None, None))
        of = self.count("pool")
        if value is None:
            return Decimal(value=None, of=of, missing="no-cases" if of.value == 0 else "suppressed")
        return Decimal(value=value, of=of)

    def given(self) -> Given:
        """Return what was published."""
        return self._published


class WindowFigures(Headlines):
    """Every figure of a window's two reports."""

    def __init__(
        self,
        window: Window,
        months: Sequence[MonthCounts],
        counted: Counted,
        breakdowns: Breakdowns,
        smallest_shown: int,
        *,
        before: Sequence[Given] = (),
    ) -> None:
        super().__init__(window, months, smallest_shown, before)
        if before:
            counted = with_what_is_gone(counted, breakdowns, before)
        self.counted = counted
        self.breakdowns = breakdowns
        fill(self.ledger, counted, breakdowns)
        fill_escalations(self.ledger, counted, breakdowns, [f"{month.start:%Y-%m}" for month in window.months])
        fill_cared_for(self.ledger, counted, breakdowns.keys["service"], breakdowns.themes)
        self.forms = forms_of(counted.tool_sections, counted.tool_questions)
        self._kept_back = fill_tools(self.ledger, counted, breakdowns, self.forms)
        self._agreement = agreement(
            [[self.ledger.value(matrix_key(given, seen)) for seen in GRADES] for given in GRADES]
        )
        if self.gap().value is None:
            return  # the pool is too small for any measure beside the matrix
        self._look_around()
        if not self._keeps_secrets():
            self.ledger.withhold(_CELLS)
            self._look_around()

    def kept_back(self, key: str) -> bool:
        """Tell whether readers outside the QA unit do not get a count, though it is not hidden by itself."""
        return key in self._kept_back

    def given(self) -> Given:
        """Return what readers outside the QA unit are given of the window, without what is kept back from them."""
        found = super().given()
        return replace(found, counts={**found.counts, **dict.fromkeys(self._kept_back)})

    def _look_around(self) -> None:
        """Find worlds in which the small hidden cells of the matrix differ: by the counts alone, and by all printed."""
        secrets = self.ledger.secrets()
        self._small = [key for key in _CELLS if key in secrets]
        self._by_counts = self.ledger.other_worlds(self._small, by_counts_alone=True)
        self._worlds = self.ledger.other_worlds(self._small)

    def ac2(self) -> Decimal:
        """Return Gwet's AC2 over the pool, with two decimals, or one where two would say too much.

        It is withheld where it would narrow down a small cell of the matrix, hidden or left out with all of it.
        """
        of = self.count("pool")
        if of.value is None:
            return Decimal(value=None, of=of, missing="suppressed")
        if of.value < FEWEST_FOR_COEFFICIENT:
            return Decimal(value=None, of=of, missing="too-few" if of.value else "no-cases")
        for decimals in (2, 1):
            value, low, high = _as_printed(self._agreement, decimals)
            if value is not None and self._keeps_secrets(decimals):
                return Decimal(value=value, of=of, low=low, high=high, decimals=decimals)
        return Decimal(value=None, of=of, missing="suppressed")

    def _keeps_secrets(self, decimals: int | None = None) -> bool:
        """Tell whether the measures leave each small hidden cell of the matrix enough of the values it could have.

        The measures are the mean difference and, with `decimals`, the coefficient printed with so many. Where the
        counts alone leave fewer, as two hidden cells with a known sum do, the measures must leave as many.
        """
        worlds = self._worlds
        if decimals is not None:
            printed = _as_printed(self._agreement, decimals)
            worlds = [world for world in worlds if _as_printed(agreement(_matrix(world)), decimals) == printed]
        return all(
            self._values(key, worlds) >= max(2, min(FEWEST_VALUES, self._values(key, self._by_counts)))
            for key in self._small
        )

    def _values(self, key: str, worlds: Sequence[Mapping[str, int]]) -> int:
        return len({self.ledger.value(key), *(world[key] for world in worlds)})


_CELLS = [matrix_key(*pair) for pair in PAIRS]


def _matrix(world: Mapping[str, int]) -> list[list[int]]:
    return [[world[matrix_key(given, seen)] for seen in GRADES] for given in GRADES]


def _as_printed(found: Agreement, decimals: int) -> tuple[float | None, float | None, float | None]:
    """Return the coefficient and its limits as they are printed: with one decimal, the limits are rounded outwards.

    Else the estimate would often equal a limit.
    """
    if found.ac2 is None or found.low is None or found.high is None:
        return None, None, None
    if decimals == 1:
        return round(found.ac2, 1), math.floor(found.low * 10) / 10, math.ceil(found.high * 10) / 10
    return round(found.ac2, decimals), round(found.low, decimals), round(found.high, decimals)


@dataclass(frozen=True, slots=True)
class Gathered:
    """The figures of a window with those of the windows before it, oldest first, and where the tool changed.

    `year_ago` is the same window a year ago, one of those before unless a year has more windows than they are.
    `tools_before` are the versions of tools, as `tool 2`, that audits of the window before used.
    """

    figures: WindowFigures
    before: tuple[Headlines, ...]
    year_ago: Headlines
    tool_change: Month | None
    tools_before: frozenset[str]
    read_to: datetime
    provisional: bool

    @property
    def previous(self) -> Headlines:
        """Return the headlines of the window before."""
        return self.before[-1]

    @property
    def all_printed(self) -> tuple[Headlines, ...]:
        """Return the headlines of each window of which a report prints any."""
        return (*(() if self.year_ago in self.before else (self.year_ago,)), *self.trend)

    @property
    def trend(self) -> tuple[Headlines, ...]:
        """Return the headlines of the windows before and of this one, in order."""
        return (*self.before, self.figures)


async def gather(
    counter: Counter, window: Window, units: dict[str, list[str]], smallest_shown: int, before: Before = NOTHING
) -> Gathered | None:
    """Count a window, the five before it, and the same a year ago; None where the facts hold nothing at all.

    `before` is what was published so far, for a report that is to be published: its own window is held against it, and
    each window before is as it was published, where it was.
    """
    read_to = await counter.read_to()
    if read_to is None:
        return None
    windows = [window.back(back) for back in range(TREND_WINDOWS - 1, -1, -1)]
    a_year_ago = window.rhythm.containing(window.first.plus(-12).start)
    months = await counter.months(min(windows[0].start, a_year_ago.start), window.end)
    of = {one: [months[month] for month in one.months] for one in (*windows, a_year_ago)}
    earlier = {
        one: AsPublished(one, before.published[one.key])
        if one.key in before.published
        else Headlines(one, of[one], smallest_shown, before.of(one.key))
        for one in (*windows[:-1], a_year_ago)
    }
    counted = await counter.window(window, read_to)
    tools = await counter.tool_versions(windows[0].start, window.end)
    return Gathered(
        figures=WindowFigures(
            window, of[window], counted, Breakdowns(units), smallest_shown, before=before.of(window.key)
        ),
        before=tuple(earlier[one] for one in windows[:-1]),
        year_ago=earlier[a_year_ago],
        tool_change=_tool_change(tools),
        tools_before=frozenset(
            line["tool_version"] for line in tools if Month.of(line["month"]) in window.back().months
        ),
        read_to=read_to,
        provisional=read_to < window.ends_at,
    )


def _tool_change(lines: Sequence[Line]) -> Month | None:
    """Return the month in which another tool version came to be used most, the last time within two years."""
    most: dict[Month, tuple[int, str]] = {}
    for line in lines:
        month = Month.of(line["month"])
        most[month] = max(most.get(month, (0, "")), (line["audits"], line["tool_version"]))
    ordered = sorted(most)
    changes = [after for before, after in pairwise(ordered) if most[before][1] != most[after][1]]
    return changes[-1] if changes else None
