"""Signals: good or better by month on a control chart, and what of it is more than noise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import dropwhile
from typing import Final

from services.reporting.reports.control_chart import Chart, Phase, Signal, phases
from services.reporting.reports.figures import (
    ChartPhase,
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
from services.reporting.reports.names import words
from services.reporting.reports.sections.context import Context, columns
from services.reporting.reports.sentences import listed, plural
from services.reporting.reports.windows import Month

Monthly = list[tuple[Month, Share]]

_MEASURE: Final = "good-or-better"


@dataclass(frozen=True, slots=True)
class _Charted:
    """The months of the trend with the phases of their chart, each from a month on, and why a later one begins."""

    months: Monthly
    phases: tuple[tuple[Month, Phase], ...]
    because: Mapping[Month, str]

    @property
    def plotted(self) -> list[tuple[Month, float]]:
        """Return the months that have a point."""
        return [(month, value) for month, share in self.months if (value := exact_percent(share)) is not None]

    @property
    def newest(self) -> Chart | None:
        """Return mean and limits of the newest phase."""
        return self.phases[-1][1].chart if self.phases else None

    @property
    def signals(self) -> dict[Month, Signal]:
        """Return the months that are signals, each by the limits of its phase."""
        plotted = self.plotted
        return {
            plotted[phase.start + place][0]: signal
            for _, phase in self.phases
            if phase.chart is not None
            for place, signal in enumerate(phase.chart.signals)
            if signal is not None
        }

    @property
    def has_limits(self) -> bool:
        """Tell whether any phase has limits, so that signals can be told from noise."""
        return any(phase.chart is not None for _, phase in self.phases)


def section(context: Context) -> Section:
    """Return the section with the control chart."""
    charted = _charted(context)
    return Section(
        id="signals",
        topic="Signals",
        heading=_heading(charted),
        blocks=(
            Paragraph(
                text="Each point is the share of a month's graded audits that were good or better after moderation. "
                "Months differ by chance; between the dashed limits a month by itself says nothing. A signal is a "
                "point outside the limits, seven in a row on one side of the mean, seven rising or falling in a row, "
                "or two of three close to a limit. A month whose numbers are hidden or under 10 is left out."
            ),
            _figure(context, charted),
            _table(charted),
        ),
    )


def findings(context: Context) -> list[Finding]:
    """Return what the control chart says, in a headline."""
    charted = _charted(context)
    return [Finding(text=_heading(charted) + ".", section="signals")] if charted.has_limits else []


def _charted(context: Context) -> _Charted:
    """Return the months of the trend, from the first one with a graded audit on, and the phases of their chart."""
    trend = [(month, one.month_share(month)) for one in context.gathered.trend for month in one.window.months]
    months = list(dropwhile(lambda one: one[1].of.value == 0, trend)) or trend[-1:]
    plotted = [month for month, share in months if exact_percent(share) is not None]
    values = [value for _, share in months if (value := exact_percent(share)) is not None]
    rebased = {} if context.record is None else dict(context.record.rebases.get(_MEASURE, ()))
    starts = {sum(month.key < at for month in plotted): at for at in sorted(rebased) if at > months[0][0].key}
    found = phases(values, list(starts), floor=0, ceiling=100)
    because = {
        month: context.settings.boards.rebase_reason(rebased[month.key]) or words(rebased[month.key])
        for month, _ in months[1:]
        if month.key in rebased
    }
    by_key = {month.key: month for month, _ in months}
    begins = [months[0][0] if phase.start == 0 else by_key[starts[phase.start]] for phase in found]
    return _Charted(months, tuple(zip(begins, found, strict=True)), because)


def _heading(charted: _Charted) -> str:
    if not charted.has_limits:
        return "Too few months with enough graded audits to tell a signal from noise"
    signals = charted.signals
    if not signals:
        return f"Good or better by month: no signal in {plural(len(charted.plotted), 'month')}, only chance"
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


def _figure(context: Context, charted: _Charted) -> ControlChart:
    signals, plotted, newest = charted.signals, charted.plotted, charted.newest
    alternative = _heading(charted) + "."
    if plotted:
        lowest, highest = min(plotted, key=lambda one: one[1]), max(plotted, key=lambda one: one[1])
        alternative += (
            f" Lowest {_whole(lowest[1])}% in {lowest[0].label}, highest {_whole(highest[1])}% in {highest[0].label}."
        )
    for month, phase in charted.phases:
        if phase.chart is not None:
            said = f"Mean {_whole(phase.chart.mean)}%, limits {_limits(phase.chart)}."
            alternative += f" From {month.label}: {said[:1].lower()}{said[1:]}" if charted.because else f" {said}"
    return ControlChart(
        id="good-or-better-by-month",
        title=_heading(charted),
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
            for month, share in charted.months
        ),
        mean=None if newest is None else round(newest.mean, 1),
        lower=None if newest is None else round(newest.lower, 1),
        upper=None if newest is None else round(newest.upper, 1),
        trial=newest is not None and newest.trial,
        marks=_marks(context, charted),
        phases=tuple(_phase(*one) for one in charted.phases) if charted.because else (),
        reading=_reading(charted),
    )


def _marks(context: Context, charted: _Charted) -> tuple[Mark, ...]:
    """Return where the tool changed and where the chart was rebased, in order; one mark where both fall together."""
    words_of = dict.fromkeys(charted.because, "New limits")
    change = context.gathered.tool_change
    if change is not None and change > charted.months[0][0]:
        words_of[change] = "New tool, new limits" if change in words_of else "New tool version"
    return tuple(Mark(month=month.key, words=text) for month, text in sorted(words_of.items()))


def _phase(month: Month, phase: Phase) -> ChartPhase:
    chart = phase.chart
    return ChartPhase(
        month=month.key,
        label=month.label,
        mean=None if chart is None else round(chart.mean, 1),
        lower=None if chart is None else round(chart.lower, 1),
        upper=None if chart is None else round(chart.upper, 1),
        trial=chart is not None and chart.trial,
    )


def _whole(value: float) -> int:
    return whole_percent(round(value, 1))


def _limits(chart: Chart) -> str:
    return f"{_whole(chart.lower)}% and {_whole(chart.upper)}%"


def _reading(charted: _Charted) -> tuple[str, ...]:
    if not charted.has_limits and not charted.because:
        return ("There are fewer than four months to draw limits from.",)
    lines = [line for month, phase in charted.phases for line in _of_phase(charted, month, phase)]
    signals = charted.signals
    for signal in Signal:
        named = [month for month, found in signals.items() if found is signal]
        if named:
            direction = "an improvement" if signal.high else "a concern"
            where = _named(named)
            lines.append(f"{where[0].upper()}{where[1:]}: {signal.rule}. This points to {direction}.")
    return tuple(lines)


def _of_phase(charted: _Charted, month: Month, phase: Phase) -> Iterator[str]:
    """Yield what a phase's mean and limits are; of a chart that was rebased, from when, and why."""
    chart, months = phase.chart, plural(phase.stop - phase.start, "month")
    since = ""
    if charted.because:
        why = f" ({_lower(charted.because[month])})" if month in charted.because else ""
        since = f"From {month.label}{why} "
    if chart is None:
        yield f"{since}there are fewer than four months so far, so limits follow later."
        return
    mean = f"{since}the mean is {_whole(chart.mean)}%"
    yield f"{mean[:1].upper()}{mean[1:]}; a month between {_limits(chart)} is within what chance explains."
    if chart.trial:
        yield f"These are trial limits: they rest on {months}, fewer than twelve."


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _table(charted: _Charted) -> Table:
    signals = charted.signals
    rows = []
    for month, share in charted.months:
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
