"""The sections of the audit tools: how often each was graded good or better, and where practice is strongest."""

from __future__ import annotations

from services.reporting.reports.figures import (
    Bar,
    BarChart,
    Block,
    Cell,
    Finding,
    Paragraph,
    Row,
    Section,
    Segment,
    Share,
    Table,
)
from services.reporting.reports.names import words
from services.reporting.reports.sections.context import Context, columns, in_words
from services.reporting.reports.sentences import of_n, supported
from services.reporting.reports.tool_ledger import SECTION
from services.reporting.reports.window_ledger import GRADES, at

ID = "tool-sections"


def section(context: Context) -> Section:
    """Return the section on the sections of the tools."""
    tools = _tools(context)
    introduction = Paragraph(
        text="The {auditor} grades sections of the tool as well as the whole audit. A section keeps its meaning over "
        "the versions of its tool, so they are counted together. These are the {auditors}' own grades, before "
        "moderation; a section that does not apply to a child is not graded."
    )
    if not tools:
        return Section(
            id=ID,
            topic="Sections of the tool",
            heading="No sections were graded",
            blocks=(introduction, Paragraph(text="None of the audits completed in this window graded a section.")),
        )
    blocks: list[Block] = [introduction]
    for tool in tools:
        keys = _of_tool(context, tool)
        blocks += [_chart(context, tool, keys), _table(context, tool, keys)]
    return Section(id=ID, topic="Sections of the tool", heading=_heading(context), blocks=tuple(blocks))


def findings(context: Context) -> list[Finding]:
    """Return which sections were good or better most and least often, where the numbers allow to say so."""
    ranked = _ranked(context)
    if len(ranked) < 2:  # noqa: PLR2004 - one alone is no comparison
        return []
    (weakest, low), (strongest, high) = ranked[0], ranked[-1]
    label = context.figures.forms.section
    text = (
        f"Of the sections of the tool, {label(strongest)} was good or better most often ({of_n(high)} audits), "
        f"{label(weakest)} least often ({of_n(low)})."
    )
    return [Finding(text=text, section=ID)]


def _tools(context: Context) -> list[str]:
    return list(dict.fromkeys(key.partition("/")[0] for key in context.figures.breakdowns.sections))


def _of_tool(context: Context, tool: str) -> list[str]:
    return [key for key in context.figures.breakdowns.sections if key.partition("/")[0] == tool]


def _good(context: Context, key: str) -> Share:
    return context.figures.share(at("section good_or_better", SECTION, key), at("section graded", SECTION, key))


def _ranked(context: Context) -> list[tuple[str, Share]]:
    """Return the sections with enough audits, least often good first; nothing where first and last are alike."""
    found = [(key, _good(context, key)) for key in context.figures.breakdowns.sections]
    ranked = sorted((one for one in found if supported(one[1])), key=lambda one: (one[1].percent or 0, one[0]))
    return ranked if ranked and ranked[0][1].percent != ranked[-1][1].percent else []


def _heading(context: Context) -> str:
    ranked = _ranked(context)
    if len(ranked) < 2:  # noqa: PLR2004 - one alone is no comparison
        return "Too few audits to say which section of the tool is strongest"
    (weakest, low), (strongest, high) = ranked[0], ranked[-1]
    label = context.figures.forms.section
    best = f"Strongest is {label(strongest)} ({high.percent}% good or better)"
    return f"{best}, weakest {label(weakest)} ({low.percent}%)"


def _chart(context: Context, tool: str, keys: list[str]) -> BarChart:
    figures = context.figures
    bars = tuple(
        Bar(
            key=key.partition("/")[2],
            label=_label(context, key),
            of=figures.count(at("section graded", SECTION, key)),
            segments=tuple(
                Segment(
                    key=grade,
                    label=words(grade),
                    share=figures.share(at(f"section {grade}", SECTION, key), at("section graded", SECTION, key)),
                )
                for grade in reversed(GRADES)
            ),
        )
        for key in keys
    )
    title = f"Grades of the sections: {figures.forms.tool(tool)}"
    said = ". ".join(
        f"{bar.label}: " + ", ".join(f"{part.label.lower()} {in_words(part.share)}" for part in bar.segments)
        for bar in bars
    )
    return BarChart(
        id=f"section-grades-{tool}",
        title=title,
        subtitle=f"Share of audits with each grade, by the {{auditor}}. {context.subtitle}",
        alternative=f"{title}. {said}.",
        bars=bars,
    )


def _label(context: Context, key: str) -> str:
    return context.figures.forms.sections.get(key) or words(key.partition("/")[2])


def _table(context: Context, tool: str, keys: list[str]) -> Table:
    figures = context.figures

    def cells(key: str) -> dict[str, Cell]:
        counts: dict[str, Cell] = {
            name: figures.count(at(f"section {name}", SECTION, key)) for name in ("graded", *reversed(GRADES))
        }
        return {**counts, "good_share": _good(context, key)}

    return Table(
        id=f"sections-of-{tool}",
        caption=f"Sections of the tool: {figures.forms.tool(tool)}",
        row_heading="Section",
        columns=columns(
            ("graded", "Graded audits (n)"),
            *((grade, words(grade)) for grade in reversed(GRADES)),
            ("good_share", "Good or better, % of n"),
        ),
        rows=tuple(Row(key=key.partition("/")[2], label=_label(context, key), cells=cells(key)) for key in keys),
    )
