"""Audit escalations by category, and whether the clock was met (domain.md section 4)."""

from __future__ import annotations

from collections.abc import Mapping

from services.reporting.reports.figures import (
    Bar,
    BarChart,
    Cell,
    ClockChart,
    ClockLimit,
    ClockStep,
    Decimal,
    Finding,
    Paragraph,
    Row,
    Section,
    Segment,
    Table,
)
from services.reporting.reports.names import words
from services.reporting.reports.sections import escalation_steps as steps
from services.reporting.reports.sections.context import Context, columns, in_words, is_nothing
from services.reporting.reports.sentences import mostly, out_of, plural, spelled, supported
from services.reporting.reports.window_ledger import CATEGORIES, CLOCK_OUTCOMES, at

OUTCOMES = (
    ("within_clock", "Within the clock"),
    ("signed_off_late", "Signed off late"),
    ("overdue", "Overdue, not signed off"),
    ("running", "Clock still running"),
)
_FEWEST_FOR_SENTENCE = 10


def section(context: Context) -> Section:
    """Return the section on audit escalations."""
    considered = [steps.considered(context)]
    if not is_nothing(context.figures.count("escalations not_required")):
        considered.append(steps.reasons(context))
    blocks = (Paragraph(text=_introduction(context)),)
    if is_nothing(context.figures.count("escalations raised")):
        return Section(
            id="escalations", topic="Audit escalations", heading=heading(context), blocks=(*blocks, *considered)
        )
    return Section(
        id="escalations",
        topic="Audit escalations",
        heading=heading(context),
        blocks=(
            *blocks,
            chart(context),
            by_category(context),
            steps.by_area(context),
            steps.by_month(context),
            clock(context),
            steps.times(context),
            *considered,
            steps.afterwards(context),
        ),
    )


def heading(context: Context) -> str:
    """Return the message of the clocks in one line."""
    figures = context.figures
    raised = figures.count("escalations raised")
    if is_nothing(raised):
        return "No audit escalation was raised"
    share = figures.share("escalations within_clock", "escalations raised")
    if share.percent is not None:
        return f"{share.percent}% of audit escalations were signed off within the clock"
    if mostly(figures, "escalations within_clock", "escalations raised"):
        return "Most audit escalations were signed off within the clock"
    if raised.value is not None:
        return f"{plural(raised.value, 'audit escalation')} raised"
    return "A few audit escalations were raised"


def findings(context: Context) -> list[Finding]:
    """Return what may be said of the clocks in a headline."""
    figures = context.figures
    found = []
    for category in CATEGORIES:
        part, whole = f"escalations within_clock {category}", f"escalations raised {category}"
        share, days = figures.share(part, whole), _days(context, category)
        if supported(share, _FEWEST_FOR_SENTENCE):
            found.append(
                f"{out_of(share)} {category} audit escalations ({share.percent}%) were signed off within {days}."
            )
        elif (figures.count(whole).value or 0) >= _FEWEST_FOR_SENTENCE and mostly(figures, part, whole):
            found.append(f"Most {category} audit escalations were signed off within {days}.")
    return [Finding(text=text, section="escalations") for text in found]


def _days(context: Context, category: str) -> str:
    clock = context.settings.escalation.clock_days
    days = clock.safeguarding if category == "safeguarding" else clock.practice
    return f"{spelled(days)} working {'day' if days == 1 else 'days'}"


def _introduction(context: Context) -> str:
    return (
        "An audit escalation asks the {service-manager} to act on unsafe practice. Actions are to be signed off within "
        f"{_days(context, 'safeguarding')} for a safeguarding concern and {_days(context, 'practice')} for a practice "
        "concern. It is counted in the window in which it was raised, in the category it has now."
    )


def chart(context: Context) -> BarChart:
    """Return how the clocks of each category went."""
    figures = context.figures
    bars = tuple(
        Bar(
            key=key,
            label=label,
            of=figures.count(f"escalations raised{suffix}"),
            segments=tuple(
                Segment(
                    key=name,
                    label=outcome,
                    share=figures.share(f"escalations {name}{suffix}", f"escalations raised{suffix}"),
                )
                for name, outcome in OUTCOMES
            ),
        )
        for key, label, suffix in (
            *((one, f"{words(one)}: {_days(context, one)}", f" {one}") for one in CATEGORIES),
            ("all", "All", ""),
        )
    )
    said = "; ".join(
        f"{bar.label}: " + ", ".join(f"{part.label.lower()} {in_words(part.share)}" for part in bar.segments)
        for bar in bars
    )
    return BarChart(
        id="clocks",
        title=heading(context),
        subtitle=f"Audit escalations raised, by how their clock went. {context.subtitle}",
        alternative=f"{heading(context)}. {said}.",
        bars=bars,
    )


def clock(context: Context) -> ClockChart:
    """Return the medians of the steps from the raise on, as the table beside prints them, against the limits."""
    days = context.settings.escalation.clock_days
    limits = tuple(
        ClockLimit(key=key, label=f"Limit, {key}: {spelled(value)} {'day' if value == 1 else 'days'}", days=value)
        for key, value in (("safeguarding", days.safeguarding), ("practice", days.practice))
    )
    taken = tuple(
        ClockStep(key=row.key, label=row.label, median=median)
        for row in steps.times(context).rows
        if row.key in _AFTER_RAISE and isinstance(median := row.cells["working_days"], Decimal)
    )
    said = ", ".join(f"{one.label[:1].lower()}{one.label[1:]} {_took(one.median)}" for one in taken)
    title = f"The clock: {said}"
    return ClockChart(
        id="clock-days",
        title=title,
        subtitle=f"Working days, medians of all categories together, from the raise. {context.subtitle}",
        alternative=f"{title}. The limit for sign-off is {_days(context, 'safeguarding')} for safeguarding and "
        f"{_days(context, 'practice')} for practice.",
        steps=taken,
        limits=limits,
    )


_AFTER_RAISE = frozenset({"oversight", "sign-off"})


def _took(median: Decimal) -> str:
    if median.value is None:
        return {"suppressed": "hidden, as numbers are small", "too-few": "too few for a median"}.get(
            median.missing or "", "no cases"
        )
    return f"{median.value:g} working {'day' if median.value == 1 else 'days'} at the median"


def by_category(context: Context) -> Table:
    """Return how the clocks of each category went, in numbers."""
    figures = context.figures

    def cells(suffix: str) -> dict[str, Cell]:
        counts: dict[str, Cell] = {
            name: figures.count(f"escalations {name}{suffix}") for name in ("raised", *CLOCK_OUTCOMES)
        }
        return counts | {
            "share": figures.share(f"escalations within_clock{suffix}", f"escalations raised{suffix}"),
            "second_line": figures.count(f"escalations second_line{suffix}"),
        }

    return Table(
        id="escalations-by-category",
        caption="Audit escalations by category and how their clock went",
        row_heading="Category",
        columns=columns(
            ("raised", "Raised (n)"),
            *OUTCOMES,
            ("share", "Within the clock, % of n"),
            ("second_line", "Told to the second line"),
        ),
        rows=(
            *(Row(key=one, label=words(one), cells=cells(f" {one}")) for one in CATEGORIES),
            Row(key="all", label="All", cells=cells(""), whole=True),
        ),
    )


def by_district(context: Context) -> Table:
    """Return how the clocks went in each district."""
    figures = context.figures

    def cells(where: str, key: str) -> Mapping[str, Cell]:
        counts: dict[str, Cell] = {
            name: figures.count(at(f"escalations {name}", where, key)) for name in ("raised", *CLOCK_OUTCOMES)
        }
        return counts

    keys = figures.breakdowns.keys["district"]
    total: dict[str, Cell] = {name: figures.count(f"escalations {name}") for name in ("raised", *CLOCK_OUTCOMES)}
    rows = [Row(key=key, label=context.names.of("district", key), cells=dict(cells("district", key))) for key in keys]
    return Table(
        id="escalations-by-district",
        caption="Audit escalations by {district} and how their clock went",
        row_heading="{District}",
        columns=columns(("raised", "Raised (n)"), *OUTCOMES),
        rows=(*rows, Row(key="all", label="All", cells=total, whole=True)),
    )
