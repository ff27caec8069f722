"""Recommendations followed up: discussed in supervision, done, made a difference. Closing the loop."""

from __future__ import annotations

from services.reporting.reports.figures import BarChart, Cell, Finding, Paragraph, Row, Section, Share, Table
from services.reporting.reports.sections.context import Context, columns, in_words, is_nothing, one_part_bar
from services.reporting.reports.sentences import number, supported
from services.reporting.reports.window_ledger import at

_STEPS = (
    ("discussed", "Discussed in supervision"),
    ("done", "Done"),
    ("difference", "Made a difference"),
)


def section(context: Context) -> Section:
    """Return the section on recommendations."""
    figures = context.figures
    introduction = Paragraph(
        text="Every audit with recommendations is to follow through into the next supervision. Counted are the "
        "recommendations made in the window and what is known of them so far; the three answers are independent."
    )
    if is_nothing(figures.count("recommendations made")):
        return Section(
            id="recommendations",
            topic="Recommendations",
            heading="No recommendation was made",
            blocks=(introduction,),
        )
    return Section(
        id="recommendations",
        topic="Recommendations",
        heading=_heading(context),
        blocks=(introduction, _chart(context), _table(context)),
    )


def findings(context: Context) -> list[Finding]:
    """Return what may be said of the follow-through in a headline."""
    shares = {name: _share(context, name) for name, _ in _STEPS}
    if not all(supported(share) for share in shares.values()):
        return []
    made = number(shares["done"].of.value or 0)
    return [
        Finding(
            text=f"Of {made} recommendations {shares['discussed'].percent}% were discussed in supervision, "
            f"{shares['done'].percent}% are done and {shares['difference'].percent}% are known to have made a "
            "difference for the child.",
            section="recommendations",
        )
    ]


def _share(context: Context, name: str) -> Share:
    return context.figures.share(f"recommendations {name}", "recommendations made")


def _heading(context: Context) -> str:
    done, difference = _share(context, "done"), _share(context, "difference")
    if done.percent is not None and difference.percent is not None:
        return f"{done.percent}% of recommendations are done, {difference.percent}% are known to have made a difference"
    if done.percent is not None:
        return f"{done.percent}% of recommendations are done"
    return "Too few recommendations to say how they were followed through"


def _chart(context: Context) -> BarChart:
    bars = tuple(one_part_bar(name, label, _share(context, name)) for name, label in _STEPS)
    said = ", ".join(f"{label.lower()} {in_words(_share(context, name))}" for name, label in _STEPS)
    made = context.figures.count("recommendations made")
    return BarChart(
        id="recommendations-chart",
        title=_heading(context),
        subtitle=f"Share of recommendations made. {context.subtitle}",
        alternative=f"{_heading(context)}. Of {'a hidden number' if made.value is None else number(made.value)} made: "
        f"{said}.",
        bars=bars,
    )


def _table(context: Context) -> Table:
    figures = context.figures
    rows = []
    for category in figures.breakdowns.recommendations:
        made = at("recommendations made", "category", category)
        cells: dict[str, Cell] = {"made": figures.count(made)}
        for name, _ in _STEPS:
            part = at(f"recommendations {name}", "category", category)
            cells |= {name: figures.count(part), f"{name}_share": figures.share(part, made)}
        rows.append(Row(key=category, label=context.names.of("category", category), cells=cells))
    total: dict[str, Cell] = {"made": figures.count("recommendations made")}
    for name, _ in _STEPS:
        total |= {name: figures.count(f"recommendations {name}"), f"{name}_share": _share(context, name)}
    rows.append(Row(key="all", label="All", cells=total, whole=True))
    overdue = figures.count("recommendations overdue")
    note = ""
    if overdue.value:
        note = f"{number(overdue.value)} of them are past their due date and not done."
    return Table(
        id="recommendations",
        caption="Recommendations made and what became of them",
        row_heading="Category",
        columns=columns(
            ("made", "Made (n)"),
            *((key, text) for name, label in _STEPS for key, text in ((name, label), (f"{name}_share", "% of n"))),
        ),
        rows=tuple(rows),
        note=note,
    )
