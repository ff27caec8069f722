"""Audit escalations beside their clocks: by area and month, how long steps took, why none was required, and after.

Rules: domain.md section 4; a step recorded later than the settings allow is counted apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from statistics import median

from services.reporting.reports.escalation_ledger import MONTH, NOT_REQUIRED, RESULTS
from services.reporting.reports.figures import Cell, Count, Decimal, Row, Table
from services.reporting.reports.names import words
from services.reporting.reports.sections.context import Context, code_rows, columns, count_and_share
from services.reporting.reports.window_figures import FEWEST_FOR_PERCENT
from services.reporting.reports.window_ledger import CLOCK_OUTCOMES, at
from services.reporting.reports.windows import london_date
from shared.calendar.working_days import BeyondCalendar, WorkingCalendar

_OUTCOMES = (
    ("within_clock", "Within the clock"),
    ("signed_off_late", "Signed off late"),
    ("overdue", "Overdue, not signed off"),
    ("running", "Clock still running"),
)
_STEPS = (
    ("raise", "From the finding to the raise", "considered_at", "raised_at", "escalations raised and considered"),
    ("oversight", "From the raise to oversight", "clock_started_at", "oversight_at", "escalations raised and overseen"),
    ("sign-off", "From the raise to sign-off", "clock_started_at", "signed_off_at", "escalations signed_off"),
)
_RESULT_WORDS = {
    "better": "Better than before",
    "same": "The same grade",
    "worse": "Worse than before",
    "not_graded": "One of the two is not graded",
}
_HOUR = timedelta(hours=1)


def by_area(context: Context) -> Table:
    """Return how the clocks went in each area."""
    keys = context.figures.breakdowns.keys["area"]
    return _clocks(context, "area", [(key, context.names.of("area", key)) for key in keys])


def by_month(context: Context) -> Table:
    """Return how the clocks went that were raised in each month."""
    months = [(f"{month.start:%Y-%m}", f"{month.start:%B %Y}") for month in context.window.months]
    return _clocks(context, MONTH, months)


def _clocks(context: Context, dimension: str, named: Sequence[tuple[str, str]]) -> Table:
    figures = context.figures
    names = ("raised", *CLOCK_OUTCOMES)

    def cells(key: str) -> dict[str, Cell]:
        counts: dict[str, Cell] = {name: figures.count(at(f"escalations {name}", dimension, key)) for name in names}
        within, raised = (at(f"escalations {name}", dimension, key) for name in ("within_clock", "raised"))
        return counts | {"share": figures.share(within, raised)}

    whole: dict[str, Cell] = {name: figures.count(f"escalations {name}") for name in names}
    whole["share"] = figures.share("escalations within_clock", "escalations raised")
    return Table(
        id=f"escalations-by-{dimension}",
        caption=f"Audit escalations by {dimension} and how their clock went",
        row_heading=dimension.capitalize(),
        columns=columns(("raised", "Raised (n)"), *_OUTCOMES, ("share", "Within the clock, % of n")),
        rows=(
            *(Row(key=key, label=label, cells=cells(key)) for key, label in named),
            Row(key="all", label="All", cells=whole, whole=True),
        ),
    )


def times(context: Context) -> Table:
    """Return how long steps took: medians in working days of the authority's calendar, and in hours of any day."""
    calendar = context.settings.calendar()
    rows = []
    for key, label, start, end, n in _STEPS:
        spans = [
            (line[start], line[end])
            for line in context.figures.counted.escalation_times
            if line[start] is not None and line[end] is not None
        ]
        of = context.figures.count(n)
        medians = {
            "working_days": median_of(working_days_of(calendar, spans), of),
            "hours": median_of([max(end - start, timedelta()) / _HOUR for start, end in spans], of),
        }
        cells: dict[str, Cell] = {"n": of}
        for name, found in medians.items():
            cells[name] = context.figures.measure(f"median {name} of {key}", found, FEWEST_FOR_PERCENT)
        rows.append(Row(key=key, label=label, cells=cells))
    return Table(
        id="escalation-times",
        caption="How long the steps of audit escalations took",
        row_heading="Step",
        columns=columns(("n", "n"), ("working_days", "Working days, median"), ("hours", "Hours, median")),
        rows=tuple(rows),
        note="By when a step happened, not when it was recorded. Working days leave out week-ends, bank holidays and "
        "the authority's closure days, and count from the day after; hours are those of any day. One that was "
        "reopened is measured from its reopening.",
    )


def median_of(values: Sequence[float], of: Count) -> Decimal:
    """Return the median with one decimal, and the n beside it; none for under ten cases, or where n is hidden."""
    if of.value is None:
        return Decimal(value=None, of=of, decimals=1, missing="suppressed")
    if len(values) < FEWEST_FOR_PERCENT:
        return Decimal(value=None, of=of, decimals=1, missing="too-few" if of.value else "no-cases")
    return Decimal(value=round(median(values), 1), of=of, decimals=1)


def working_days_of(calendar: WorkingCalendar, spans: Sequence[tuple[datetime, datetime]]) -> list[float]:
    """Return the working days after the first day up to the last of each; those beyond the calendar are left out."""
    found = []
    for start, end in spans:
        try:
            found.append(float(_counted(calendar, london_date(start), london_date(end))))
        except BeyondCalendar:
            continue
    return found


def _counted(calendar: WorkingCalendar, first: date, last: date) -> int:
    days = max((last - first).days, 0)
    return sum(calendar.is_working_day(first + timedelta(days=number)) for number in range(1, days + 1))


def considered(context: Context) -> Table:
    """Return how many were considered, and how many found not required."""
    figures = context.figures
    return Table(
        id="escalations-considered",
        caption="Audit escalations considered",
        row_heading="Outcome",
        columns=columns(("count", "Audit escalations"), ("share", "% of n")),
        rows=(
            Row(
                key="not-required",
                label="Found not required, with a reason",
                cells=count_and_share(figures, "escalations not_required", "escalations considered"),
            ),
            Row(key="all", label="Considered", cells={"count": figures.count("escalations considered")}, whole=True),
        ),
        note="Considered in the window; one that was raised may have been considered in the window before.",
    )


def reasons(context: Context) -> Table:
    """Return why escalation was found not required."""
    figures, whole = context.figures, "escalations not_required"
    codes = figures.breakdowns.codes[NOT_REQUIRED]
    return Table(
        id="escalations-not-required",
        caption="Why audit escalation was not required",
        row_heading="Reason",
        columns=columns(("count", "Audit escalations"), ("share", "% of n")),
        rows=(
            *code_rows(context, "escalations", NOT_REQUIRED, codes, whole=whole, label=words),
            Row(key="all", label="Found not required", cells={"count": figures.count(whole)}, whole=True),
        ),
    )


def afterwards(context: Context) -> Table:
    """Return what became of those raised beside their clocks: recorded late, reopened, withdrawn, re-audited."""
    figures = context.figures
    listed = (
        (
            "recorded-late",
            "Sign-off recorded later than allowed, of those signed off",
            "escalations recorded_late",
            "escalations signed_off",
        ),
        ("reopened", "Reopened, of those raised", "escalations reopened", "escalations raised"),
        ("re-audits-asked", "Re-audit asked for, of those raised", "re-audits asked", "escalations raised"),
        ("re-audits-done", "Re-audit done, of those asked for", "re-audits done", "re-audits asked"),
    )
    results = tuple(
        Row(
            key=f"re-audits-{name}",
            label=_RESULT_WORDS[name],
            cells={"count": figures.count(f"re-audits {name}")},
            level=1,
        )
        for name in RESULTS
    )
    return Table(
        id="escalations-after",
        caption="What became of audit escalations beside their clocks",
        row_heading="What",
        columns=columns(("count", "Audit escalations"), ("share", "%")),
        rows=(
            *(Row(key=key, label=label, cells=count_and_share(figures, part, of)) for key, label, part, of in listed),
            *results,
            Row(
                key="withdrawn",
                label="Withdrawn as raised in error, in no other figure",
                cells={"count": figures.count("escalations withdrawn")},
            ),
        ),
        note="A re-audit's grade is held against the one that stood before. Where one was reopened, its newest clock "
        "is the one that counts.",
    )
