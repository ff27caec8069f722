"""Grades before and after moderation, and where they differ."""

from __future__ import annotations

from collections.abc import Mapping

from services.reporting.reports.figures import Bar, BarChart, Cell, Finding, Paragraph, Row, Section, Segment, Table
from services.reporting.reports.names import words
from services.reporting.reports.sections.context import Context, columns, in_words, unit_rows
from services.reporting.reports.sentences import change, number, of_n, supported
from services.reporting.reports.window_ledger import GRADES, at

_SIDES = (("before", "Before moderation"), ("after", "After moderation"))


def section(context: Context) -> Section:
    """Return the section on grades."""
    return Section(
        id="grades",
        topic="Grades",
        heading=_heading(context),
        blocks=(
            Paragraph(text=_introduction(context)),
            _chart(context),
            _distribution(context),
            by_unit(context, "service", "Grades after moderation by {service}", "{Service}"),
            by_unit(context, "district", "Grades after moderation by {area} and {district}", "{Area} and {district}"),
            *_by_kind(context),
        ),
    )


def _by_kind(context: Context) -> tuple[Table, ...]:
    """Return the grades by kind of audit; with one kind alone they would say the total twice."""
    if len(context.figures.breakdowns.keys["kind"]) < 2:  # noqa: PLR2004 - one kind needs no table
        return ()
    return (by_unit(context, "kind", "Grades after moderation by kind of audit", "Kind of audit"),)


def findings(context: Context) -> list[Finding]:
    """Return what may be said of grades in a headline."""
    found = []
    now = context.figures.share("good", "graded")
    moved = change(context.previous.share("good", "graded"), now)
    n_before = number(context.previous.count("graded").value or 0)
    if moved is not None and moved.beyond_chance:
        found.append(
            f"Good or better {moved.verb} from {moved.before}% of {n_before} graded audits to {of_n(now)}: "
            f"{moved.judgement}."
        )
    elif supported(now):
        tail = ""
        if moved is not None:
            tail = f", against {moved.before}% of {n_before} in the window before: {moved.judgement}"
        found.append(f"{of_n(now)} graded audits were good or better after moderation{tail}.")
    inadequate = context.figures.share("inadequate", "graded")
    if supported(inadequate):
        moved = change(context.previous.share("inadequate", "graded"), inadequate)
        tail = "" if moved is None else f", against {moved.before}% in the window before: {moved.judgement}"
        found.append(f"{of_n(inadequate)} graded audits were inadequate after moderation{tail}.")
    return [Finding(text=text, section="grades") for text in found]


def _heading(context: Context) -> str:
    now = context.figures.share("good", "graded")
    moved = change(context.previous.share("good", "graded"), now)
    if moved is not None and moved.beyond_chance:
        return f"Good or better {moved.verb} to {moved.now}% after moderation"
    if moved is not None:
        return f"{moved.now}% of graded audits were good or better, no clear change"
    if now.percent is not None:
        return f"{now.percent}% of graded audits were good or better after moderation"
    return "Too few audits were graded to say how good practice was"


def _introduction(context: Context) -> str:
    before, after = context.figures.share("good_before", "graded"), context.figures.share("good", "graded")
    text = (
        "Before moderation is the {auditor}'s own grade; after moderation is the grade that stands. "
        "Grades are professional judgements on the four-point scale, never an average."
    )
    if before.percent is not None and after.percent is not None and before.percent != after.percent:
        text += f" {{Auditors}} graded {before.percent}% good or better; after moderation it was {after.percent}%."
    return text


def _chart(context: Context) -> BarChart:
    figures = context.figures
    bars = tuple(
        Bar(
            key=side,
            label=label,
            of=figures.count("graded"),
            segments=tuple(
                Segment(key=grade, label=words(grade), share=figures.share(f"{side} {grade}", "graded"))
                for grade in reversed(GRADES)
            ),
        )
        for side, label in _SIDES
    )
    said = "; ".join(
        f"{bar.label}: " + ", ".join(f"{part.label.lower()} {in_words(part.share)}" for part in bar.segments)
        for bar in bars
    )
    return BarChart(
        id="grades-before-and-after",
        title=_heading(context),
        subtitle=f"Share of graded audits with each grade. {context.subtitle}",
        alternative=f"{_heading(context)}. {said}.",
        bars=bars,
    )


def _distribution(context: Context) -> Table:
    figures = context.figures
    rows = [
        Row(key=grade, label=words(grade), cells=_grade_cells(context, f"before {grade}", f"after {grade}"))
        for grade in reversed(GRADES)
    ]
    rows.append(Row(key="good-or-better", label="Good or better", cells=_grade_cells(context, "good_before", "good")))
    everything: dict[str, Cell] = {"before": figures.count("graded"), "after": figures.count("graded")}
    rows.append(Row(key="all", label="All graded", cells=everything, whole=True))
    return Table(
        id="grades",
        caption="Grades before and after moderation",
        row_heading="Grade",
        columns=columns(
            ("before", "Before: audits"),
            ("before_share", "Before: % of n"),
            ("after", "After: audits"),
            ("after_share", "After: % of n"),
        ),
        rows=tuple(rows),
        note="Good or better is good and outstanding together.",
    )


def _grade_cells(context: Context, before: str, after: str) -> dict[str, Cell]:
    figures = context.figures
    return {
        "before": figures.count(before),
        "before_share": figures.share(before, "graded"),
        "after": figures.count(after),
        "after_share": figures.share(after, "graded"),
    }


def by_unit(context: Context, dimension: str, caption: str, heading: str) -> Table:
    """Return good or better and inadequate by unit, after moderation."""
    figures = context.figures

    def cells(where: str, key: str) -> Mapping[str, Cell]:
        graded, good = at("graded", where, key), at("good", where, key)
        return {
            "graded": figures.count(graded),
            "good": figures.count(good),
            "good_share": figures.share(good, graded),
            "inadequate": figures.count(at("inadequate", where, key)),
        }

    total: dict[str, Cell] = {
        "graded": figures.count("graded"),
        "good": figures.count("good"),
        "good_share": figures.share("good", "graded"),
        "inadequate": figures.count("inadequate"),
    }
    return Table(
        id=f"grades-by-{dimension}",
        caption=caption,
        row_heading=heading,
        columns=columns(
            ("graded", "Graded audits (n)"),
            ("good", "Good or better"),
            ("good_share", "Good or better, % of n"),
            ("inadequate", "Inadequate"),
        ),
        rows=unit_rows(context, dimension, cells, total),
    )
