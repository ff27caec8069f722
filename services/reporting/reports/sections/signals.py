"""Signals: good or better by month on a control chart, and what of it is more than noise."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import dropwhile

from services.reporting.reports.control_chart import Chart, Signal, control_chart
from services.reporting.reports.figures import (
    ControlChart,
    Decimal,
    Finding,
    Mark,
    Paragraph,
    Point,
    Row,
    Section,
    Share,
    Table,
    Words,
    exact_percent,
    whole_percent,
)
from services.reporting.reports.sections.context import Context, columns
from services.reporting.reports.sentences import listed, plural
from services.reporting.reports.windows import Month

Monthly = list[tuple[Month, Share]]


def section(context: Context) -> Section:
    """Return the section with the control chart."""
    months = _months(context)
    chart = _limits(months)
    return Section(
        id="signals",
        topic="Signals",
        heading=_heading(months, chart),
        blocks=(
            Paragraph(
                text="Each point is the share of a month's graded audits that were good or better after moderation. "
                "Months differ by chance; between the dashed limits a month by itself says nothing. A signal is a "
                "point outside the limits, seven in a row on one side of the mean, seven rising or falling in a row, "
                "or two of three close to a limit. A month whose numbers are hidden or under 10 is left out."
            ),
            _figure(context, months, chart),
            _table(months, chart),
        ),
    )


def findings(context: Context) -> list[Finding]:
    """Return what the control chart says, in a headline."""
    months = _months(context)
    chart = _limits(months)
    if chart is None:
        return []
    return [Finding(text=_heading(months, chart) + ".", section="signals")]


def _months(context: Context) -> Monthly:
    """Return the months of the trend, from the first one with a graded audit on."""
    months = [(month, one.month_share(month)) for one in context.gathered.trend for month in one.window.months]
    return list(dropwhile(lambda one: one[1].of.value == 0, months)) or months[-1:]


def _plotted(months: Monthly) -> list[tuple[Month, float]]:
    return [(month, value) for month, share in months if (value := exact_percent(share)) is not None]


def _limits(months: Monthly) -> Chart | None:
    return control_chart([value for _, value in _plotted(months)], floor=0, ceiling=100)


def _signals(months: Monthly, chart: Chart | None) -> dict[Month, Signal]:
    if chart is None:
        return {}
    found = zip(_plotted(months), chart.signals, strict=True)
    return {month: signal for (month, _), signal in found if signal is not None}


def _heading(months: Monthly, chart: Chart | None) -> str:
    if chart is None:
        return "Too few months with enough graded audits to tell a signal from noise"
    signals = _signals(months, chart)
    if not signals:
        return f"Good or better by month: no signal in {plural(len(_plotted(months)), 'month')}, only chance"
    high = [month for month, signal in signals.items() if signal.high]
    low = [month for month, signal in signals.items() if not signal.high]
    parts = []
    if high:
        parts.append(f"above what chance explains {_named(high)}")
    if low:
        parts.append(f"below {'it' if high else 'what chance explains'} {_named(low)}")
    return f"Good or better was {', and '.join(parts)}"


def _named(months: Sequence[Month]) -> str:
    """Name months, runs of neighbours as from and to."""
    runs: list[list[Month]] = []
    for month in sorted(months):
        if runs and runs[-1][-1].plus(1) == month:
            runs[-1].append(month)
        else:
            runs.append([month])
    return listed([f"in {run[0].label}" if len(run) == 1 else _span(run) for run in runs])


def _span(run: Sequence[Month]) -> str:
    first, last = run[0], run[-1]
    start = first.label.removesuffix(f" {first.year}") if first.year == last.year else first.label
    return f"from {start} to {last.label}"


def _figure(context: Context, months: Monthly, chart: Chart | None) -> ControlChart:
    signals = _signals(months, chart)
    change = context.gathered.tool_change
    plotted = _plotted(months)
    first = months[0][0]
    marks: tuple[Mark, ...] = ()
    if change is not None and change > first:
        marks = (Mark(month=change.key, words="New tool version"),)
    alternative = _heading(months, chart) + "."
    if plotted:
        lowest, highest = min(plotted, key=lambda one: one[1]), max(plotted, key=lambda one: one[1])
        alternative += (
            f" Lowest {_whole(lowest[1])}% in {lowest[0].label}, highest {_whole(highest[1])}% in {highest[0].label}."
        )
    if chart is not None:
        alternative += f" Mean {_whole(chart.mean)}%, limits {_whole(chart.lower)}% and {_whole(chart.upper)}%."
    return ControlChart(
        id="good-or-better-by-month",
        title=_heading(months, chart),
        subtitle=f"Good or better after moderation, % of graded audits by month of completion. {context.settings.name}",
        alternative=alternative,
        points=tuple(
            Point(
                key=month.key,
                label=month.label,
                short=month.short,
                share=share,
                signal=signals[month].value if month in signals else None,
                favourable=signals[month].high if month in signals else None,
            )
            for month, share in months
        ),
        mean=None if chart is None else round(chart.mean, 1),
        lower=None if chart is None else round(chart.lower, 1),
        upper=None if chart is None else round(chart.upper, 1),
        trial=chart is not None and chart.trial,
        marks=marks,
        reading=_reading(months, chart, signals),
    )


def _whole(value: float) -> int:
    return whole_percent(round(value, 1))


def _reading(months: Monthly, chart: Chart | None, signals: dict[Month, Signal]) -> tuple[str, ...]:
    if chart is None:
        return ("There are fewer than four months to draw limits from.",)
    lower, upper = _whole(chart.lower), _whole(chart.upper)
    lines = [
        f"The mean is {_whole(chart.mean)}%; a month between {lower}% and {upper}% is within what chance explains."
    ]
    if chart.trial:
        lines.append(f"These are trial limits: they rest on {len(_plotted(months))} months, fewer than twelve.")
    for signal in Signal:
        named = [month for month, found in signals.items() if found is signal]
        if named:
            direction = "an improvement" if signal.high else "a concern"
            where = _named(named)
            lines.append(f"{where[0].upper()}{where[1:]}: {signal.rule}. This points to {direction}.")
    return tuple(lines)


def _table(months: Monthly, chart: Chart | None) -> Table:
    signals = _signals(months, chart)
    rows = []
    for month, share in months:
        signal = signals.get(month)
        rows.append(
            Row(
                key=month.key,
                label=month.label,
                cells={
                    "graded": share.of,
                    "good": share.part,
                    "share": share,
                    "signal": Words(text=signal.value if signal else "none"),
                },
            )
        )
    return Table(
        id="good-or-better-months",
        caption="Good or better after moderation by month of completion",
        row_heading="Month",
        columns=columns(
            ("graded", "Graded audits (n)"), ("good", "Good or better"), ("share", "% of n"), ("signal", "Signal")
        ),
        rows=tuple(rows),
    )


def gap_section(context: Context) -> Section:
    """Return the gap between auditors and moderators over the windows, with missed inadequates."""
    trend = list(dropwhile(lambda one: one.count("completed").value == 0, context.gathered.trend))
    rows = tuple(
        Row(
            key=one.window.key,
            label=one.window.label,
            cells={
                "n": one.count("pool"),
                "gap": one.gap(),
                "lowered": one.share("lowered", "compared"),
                "raised": one.share("raised", "compared"),
                "missed": one.count("missed"),
            },
        )
        for one in trend
    )
    return Section(
        id="gap",
        topic="{Auditors} and {moderators}",
        heading=_gap_heading(context),
        blocks=(
            Paragraph(
                text="The gap is the {moderator}'s grade less the {auditor}'s, on average, in steps of the four-point "
                "scale: below zero, {moderators} grade lower. It rests on audits that were not picked for their grade. "
                "Missed inadequates are audits that the {auditor} graded higher and the {moderator} inadequate."
            ),
            Table(
                id="gap-by-window",
                caption="Gap between {auditors} and {moderators} by window",
                row_heading="Window",
                columns=columns(
                    ("n", "Graded twice, in the pool (n)"),
                    ("gap", "Gap, mean in steps"),
                    ("lowered", "Lowered, % of all graded twice"),
                    ("raised", "Raised, % of all graded twice"),
                    ("missed", "Missed inadequates"),
                ),
                rows=rows,
            ),
        ),
    )


def _gap_heading(context: Context) -> str:
    now, before = context.figures.gap(), context.previous.gap()
    if now.value is None:
        return "Too few audits were graded twice to say how far {auditors} and {moderators} are apart"
    side = "lower than" if now.value < 0 else "higher than" if now.value > 0 else "like"
    size = f"{abs(now.value):.2f} steps " if now.value else ""
    text = f"{{Moderators}} grade {size}{side} {{auditors}}"
    if before.value is None or abs(now.value) == abs(before.value):
        return text
    narrower = abs(now.value) < abs(before.value)
    return f"{text}: the gap is {'narrower' if narrower else 'wider'} than in the window before"


def gap_findings(context: Context) -> list[Finding]:
    """Return the gap in a headline."""
    gap: Decimal = context.figures.gap()
    if gap.value is None:
        return []
    missed = context.figures.count("missed")
    tail = "" if not missed.value else f"; {plural(missed.value, 'inadequate')} came to light only in moderation"
    return [Finding(text=f"{_gap_heading(context)}{tail}.", section="gap")]
