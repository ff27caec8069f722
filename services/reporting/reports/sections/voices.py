"""Whose voice was in the audit: children, parents and carers (apart), practitioners, and the child's workers."""

from __future__ import annotations

from services.reporting.reports.figures import BarChart, Finding, Paragraph, Row, Section, Share, Table
from services.reporting.reports.names import words
from services.reporting.reports.sections.context import (
    Context,
    code_rows,
    columns,
    count_and_share,
    in_words,
    one_part_bar,
)
from services.reporting.reports.sentences import change, number, supported

_VOICES = (
    ("child_feedback", "Child's feedback"),
    ("parent_feedback", "Parent's or carer's feedback"),
    ("practitioner_feedback", "{Practitioner}'s feedback"),
    ("worker_took_part", "Child's worker took part"),
    ("discussion", "Reflective discussion held"),
)


def section(context: Context) -> Section:
    """Return the section on feedback and involvement."""
    figures = context.figures
    rows = [Row(key=key, label=label, cells=count_and_share(figures, key, "completed")) for key, label in _VOICES]
    rows.append(Row(key="all", label="Completed", cells={"count": figures.count("completed")}, whole=True))
    return Section(
        id="voices",
        topic="Families and workers",
        heading=_heading(context),
        blocks=(
            Paragraph(
                text="Audits are done with families and workers, not about them. The child's feedback and the "
                "parent's or carer's are counted apart."
            ),
            _chart(context),
            Table(
                id="voices",
                caption="Audits with feedback, and with the child's workers taking part",
                row_heading="In the audit",
                columns=columns(("count", "Audits"), ("share", "% of completed (n)")),
                rows=tuple(rows),
            ),
            _took_part(context),
            _coded(
                context,
                "child_why_not",
                "completed without child_feedback",
                "Why there was no feedback of the child",
                "Reason",
            ),
            _coded(
                context,
                "parent_why_not",
                "completed without parent_feedback",
                "Why there was no feedback of parents or carers",
                "Reason",
            ),
        ),
    )


def findings(context: Context) -> list[Finding]:
    """Return what may be said of families' feedback in a headline."""
    child, parent = (context.figures.share(name, "completed") for name in ("child_feedback", "parent_feedback"))
    if not (supported(child) and supported(parent)):
        return []
    text = (
        f"Of {number(child.of.value or 0)} audits {child.percent}% have the child's own feedback and {parent.percent}% "
        "a parent's or carer's"
    )
    moved = change(context.previous.share("child_feedback", "completed"), child)
    if moved is not None and moved.beyond_chance:
        text += f"; the child's {moved.verb} from {moved.before}%, {moved.judgement}"
    return [Finding(text=text + ".", section="voices")]


def _share(context: Context, name: str) -> Share:
    return context.figures.share(name, "completed")


def _heading(context: Context) -> str:
    child, parent = _share(context, "child_feedback"), _share(context, "parent_feedback")
    if child.percent is not None and parent.percent is not None:
        return f"Children were heard in {child.percent}% of audits, parents and carers in {parent.percent}%"
    return "Too few audits to say how often families were heard"


def _chart(context: Context) -> BarChart:
    said = ", ".join(f"{label.lower()} {in_words(_share(context, key))}" for key, label in _VOICES)
    return BarChart(
        id="voices-chart",
        title=_heading(context),
        subtitle=f"Share of completed audits. {context.subtitle}",
        alternative=f"{_heading(context)}. {said}.",
        bars=tuple(one_part_bar(key, label, _share(context, key)) for key, label in _VOICES),
    )


_WHO = ("worker", "manager", "both", "neither")


def _took_part(context: Context) -> Table:
    """Return who took part, from one to both to neither, with all that were completed."""
    table = _coded(context, "took_part", "completed", "Who of the child's workers took part", "Took part")
    if not table.rows:
        return table
    order = {code: place for place, code in enumerate(_WHO)}
    rows = sorted(table.rows, key=lambda row: (order.get(row.key, len(order)), row.key))
    whole = Row(key="completed", label="All completed", cells={"count": context.figures.count("completed")}, whole=True)
    return table.model_copy(update={"rows": (*rows, whole)})


def _coded(context: Context, what: str, whole: str, caption: str, heading: str) -> Table:
    codes = context.figures.breakdowns.codes[what]
    return Table(
        id=what.replace("_", "-"),
        caption=caption,
        row_heading=heading,
        columns=columns(
            ("count", "Audits"),
        ),
        rows=tuple(
            row.model_copy(update={"cells": {"count": row.cells["count"]}})
            for row in code_rows(context, "audits", what, codes, whole=whole, label=words)
        ),
        empty="" if codes else "None to list.",
    )
