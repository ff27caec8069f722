"""The second half of the Corporate Parenting Board's report: what went well, concerns, and what happened since."""

from __future__ import annotations

from typing import Final

from services.reporting.reports.cared_for_ledger import of_status, of_theme
from services.reporting.reports.figures import (
    Block,
    Bullets,
    Cell,
    Count,
    Finding,
    Pair,
    PairChart,
    Paragraph,
    Row,
    Section,
    Table,
)
from services.reporting.reports.sections.context import Context, columns, is_nothing
from services.reporting.reports.sections.parenting import BOTH_COLUMNS, OURS, both_cells, ours_of
from services.reporting.reports.sentences import mostly, number, spelled, supported
from services.reporting.reports.window_ledger import at

_STEPS: Final = (
    ("discussed", "Talked over with the worker"),
    ("done", "Done"),
    ("difference", "Made a difference for the child"),
)
_STEPS_SAID: Final = ("done", "difference")
_CLOCKS: Final = (
    ("within_clock", "Put right in time"),
    ("signed_off_late", "Put right, but late"),
    ("overdue", "Not yet put right, and late"),
    ("running", "Not yet put right, still in time"),
)
_POLARITIES: Final = (("strength", "Went well"), ("development", "Needs work"))
_MOST_THEMES: Final = 10
_NAMED: Final = 3
_FEWEST_MENTIONS: Final = 10


def sections(context: Context) -> list[Section]:
    """Return themes, audit escalations, recommendations, and how to read the numbers."""
    return [_themes(context), _concerns(context), _since(context), _reading(context)]


def findings(context: Context) -> list[Finding]:
    """Return what may be said of these in a headline."""
    found = []
    for polarity, words in (("strength", "went well"), ("development", "needs work")):
        named = _foremost(context, polarity, _FEWEST_MENTIONS)
        if named:
            text = f"What most often {words} with these children: {named[0]}."
            found.append(Finding(text=text, section="well-and-needs-work"))
    in_time = _in_time(context)
    if in_time:
        found.append(Finding(text=in_time, section="concerns"))
    done, difference = (ours_of(context, f"recommendations {one}", "recommendations made") for one in _STEPS_SAID)
    if supported(done) and supported(difference):
        text = (
            f"Of {number(done.of.value or 0)} things that audits asked for, {done.percent}% are done. We know of a "
            f"difference for the child in {difference.percent}%."
        )
        found.append(Finding(text=text, section="since"))
    return found


def notes(context: Context) -> list[str]:
    """Return how to read the numbers, in plain words."""
    threshold = context.settings.reporting.suppression_threshold
    found = [
        f"A c stands where a number is from 1 to {threshold}, so that no child can be known by it.",
        "Other numbers are hidden too if they would give it away. A 0 is a true 0.",
        "We give no percentage of fewer than 10. We compare groups only if each has 30 or more.",
        "A child counts here if the child was in care or a care leaver when the audit was made.",
        "The figures show how good the work was in the audits. They do not rank people, {teams} or places.",
    ]
    if context.gathered.provisional:
        found.append("These months are not over, or not all is known yet. The figures will change.")
    return found


def _foremost(context: Context, polarity: str, fewest: int = 1) -> list[str]:
    """Return what was named most often by what is printed, and not named the other way as often or more."""
    figures, other = context.figures, "development" if polarity == "strength" else "strength"
    shown = []
    for theme in figures.breakdowns.themes:
        count, against = figures.count(of_theme(polarity, theme)), figures.count(of_theme(other, theme))
        if count.value is None or count.value < fewest:
            continue
        if against.value is None or count.value > against.value:
            shown.append((-count.value, context.names.theme(theme), count.value))
    return [f"{label} (in {number(value)} audits)" for _, label, value in sorted(shown)[:_NAMED]]


def _themes(context: Context) -> Section:
    figures = context.figures
    themes = sorted(figures.breakdowns.themes, key=lambda one: (-_shown(context, one), context.names.theme(one)))
    blocks: list[Block] = [
        Paragraph(
            text="Each audit names what went well and what needs work. Here is what was named for these children, "
            "most often first."
        )
    ]
    for polarity, label in _POLARITIES:
        named = tuple(_foremost(context, polarity))
        empty = "No number here can be shown."
        blocks.append(Bullets(heading=label, items=named, empty=empty))
    if any(_shown(context, theme) for theme in themes):
        blocks += [_chart(context, themes[:_MOST_THEMES]), _table(context, themes)]
    return Section(
        id="well-and-needs-work",
        topic="What went well, what needs work",
        heading="What went well, and what needs work" if themes else "Nothing was named in these audits",
        blocks=tuple(blocks),
    )


def _shown(context: Context, theme: str) -> int:
    """Return the printed mentions of a theme, so that the order gives no hidden number away."""
    return sum(context.figures.count(of_theme(polarity, theme)).value or 0 for polarity, _ in _POLARITIES)


def _chart(context: Context, themes: list[str]) -> PairChart:
    def count(polarity: str, theme: str) -> Count:
        return context.figures.count(of_theme(polarity, theme))

    pairs = tuple(
        Pair(
            key=theme,
            label=context.names.theme(theme),
            left=count("development", theme),
            right=count("strength", theme),
        )
        for theme in themes
    )
    said = "; ".join(f"{one.label}: needs work {_said(one.left)}, went well {_said(one.right)}" for one in pairs)
    return PairChart(
        id="parenting-themes-chart",
        title="What was named in audits of these children",
        subtitle=f"How many audits named it. {context.subtitle}",
        alternative=f"What was named in audits of these children. {said}.",
        left_label="Needs work",
        right_label="Went well",
        pairs=pairs,
    )


def _said(count: Count) -> str:
    return "hidden" if count.value is None else number(count.value)


def _table(context: Context, themes: list[str]) -> Table:
    rows = []
    for theme in themes:
        cells: dict[str, Cell] = {}
        for polarity, _ in _POLARITIES:
            cells[polarity] = context.figures.count(of_theme(polarity, theme))
            cells[f"{polarity}_all"] = context.figures.count(at(polarity, "theme", theme))
        rows.append(Row(key=theme, label=context.names.theme(theme), cells=cells))
    return Table(
        id="parenting-themes",
        caption="What was named, and in how many audits",
        row_heading="Named",
        columns=columns(
            ("strength", "Went well"),
            ("development", "Needs work"),
            ("strength_all", "All children: went well"),
            ("development_all", "All children: needs work"),
        ),
        rows=tuple(rows),
        note="The first two columns are these children alone.",
    )


def _in_time(context: Context) -> str:
    """Say how many concerns were put right in time, or that most were, where that may be said."""
    part, whole = of_status("escalations within_clock"), of_status("escalations raised")
    share = context.figures.share(part, whole)
    if supported(share):
        return (
            f"{share.percent}% of {number(share.of.value or 0)} concerns about these children were put right in time."
        )
    if mostly(context.figures, part, whole):
        return "Most of the concerns about these children were put right in time."
    return ""


def _concerns(context: Context) -> Section:
    figures, clock = context.figures, context.settings.escalation.clock_days
    raised = figures.count(of_status("escalations raised"))
    heading = _in_time(context).rstrip(".") or "How concerns were dealt with"
    if is_nothing(raised):
        heading = f"No concern was raised about {OURS}"
    rows = [
        Row(key=name, label=label, cells=both_cells(context, f"escalations {name}", "escalations raised"))
        for name, label in _CLOCKS
    ]
    whole: dict[str, Cell] = {"count": raised, "all": figures.count("escalations raised")}
    rows.append(Row(key="raised", label="All concerns", cells=whole, whole=True))
    return Section(
        id="concerns",
        topic="Concerns",
        heading=heading,
        blocks=(
            Paragraph(
                text="Now and then an audit finds work that is not safe, or not good enough. Then a senior manager is "
                "told, and must see that it is put right. This is called an audit escalation."
            ),
            Paragraph(
                text=f"If a child may not be safe, {_days(clock.safeguarding)} to put it right. If the work has to get "
                f"better, {_days(clock.practice)}."
            ),
            *_not_shown(raised),
            Table(
                id="concerns",
                caption="Concerns that audits raised, and how they were dealt with",
                row_heading="Concern",
                columns=BOTH_COLUMNS,
                rows=tuple(rows),
                note="A concern that came without an audit counts under all children only.",
            ),
        ),
    )


def _not_shown(raised: Count) -> list[Paragraph]:
    if raised.value is not None:
        return []
    return [Paragraph(text="How many there were for these children is not shown: a child could be known by it.")]


def _days(days: int) -> str:
    return f"there {'is' if days == 1 else 'are'} {spelled(days)} working {'day' if days == 1 else 'days'}"


def _since(context: Context) -> Section:
    made = context.figures.count(of_status("recommendations made"))
    heading = "What became of what the audits asked for"
    done = ours_of(context, "recommendations done", "recommendations made")
    if is_nothing(made):
        heading = "These audits asked for nothing to be done"
    elif done.percent is not None:
        heading = f"{done.percent}% of what these audits asked for is done"
    rows = [
        Row(key=name, label=label, cells=both_cells(context, f"recommendations {name}", "recommendations made"))
        for name, label in _STEPS
    ]
    whole: dict[str, Cell] = {"count": made, "all": context.figures.count("recommendations made")}
    rows.append(Row(key="made", label="All that was asked for", cells=whole, whole=True))
    return Section(
        id="since",
        topic="What happened since",
        heading=heading,
        blocks=(
            Paragraph(
                text="An audit may ask for something to be done for the child. The manager has to see that it is done. "
                "We count what was asked for in these months, and what we know of it so far."
            ),
            Table(
                id="since",
                caption="What the audits asked for, and what became of it",
                row_heading="So far",
                columns=BOTH_COLUMNS,
                rows=tuple(rows),
                note="One thing may be counted in more than one line: talked over, done, and of use to the child.",
            ),
        ),
    )


def _reading(context: Context) -> Section:
    return Section(
        id="notes",
        topic="How to read this",
        heading="How to read these numbers",
        blocks=tuple(Paragraph(text=text) for text in notes(context)),
    )
