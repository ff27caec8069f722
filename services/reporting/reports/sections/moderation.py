"""Moderation: how much is moderated, what it changes, and (for the QA unit alone) how far people agree."""

from __future__ import annotations

from collections.abc import Sequence

from services.reporting.reports.figures import (
    Bar,
    BarChart,
    Cell,
    Count,
    Decimal,
    Finding,
    Paragraph,
    Row,
    Section,
    Segment,
    Table,
)
from services.reporting.reports.names import words
from services.reporting.reports.sections.context import Context, code_rows, columns, count_and_share, in_words
from services.reporting.reports.sentences import number, of_n, out_of, supported
from services.reporting.reports.window_ledger import GRADES, PAIRS, matrix_key

_DIRECTIONS = (("lowered", "Lowered"), ("same", "Left as it was"), ("raised", "Raised"))


def section(context: Context) -> Section:
    """Return the section on moderation, as every reader sees it."""
    figures = context.figures
    coverage = count_and_share(figures, "moderated", "completed")
    return Section(
        id="moderation",
        topic="Moderation",
        heading=_heading(context),
        blocks=(
            Paragraph(
                text="{A moderator} grades a completed audit a second time. What counts is the last moderation known "
                "of each audit that was completed in the window; the second look at a disputed grade decides which "
                "grade stands, and is not compared."
            ),
            _chart(context),
            Table(
                id="moderation-changes",
                caption="What moderation did with the {auditor}'s grade",
                row_heading="Grade",
                columns=columns(("count", "Audits"), ("share", "% of audits graded twice (n)")),
                rows=(
                    *(
                        Row(key=key, label=label, cells=count_and_share(figures, key, "compared"))
                        for key, label in _DIRECTIONS
                    ),
                    Row(
                        key="missed",
                        label="Inadequate found only in moderation",
                        cells=count_and_share(figures, "missed", "compared"),
                        level=1,
                    ),
                    Row(key="all", label="Graded twice", cells={"count": figures.count("compared")}, whole=True),
                ),
                note="Inadequate found only in moderation is part of the lowered grades.",
            ),
            Table(
                id="moderation-coverage",
                caption="Audits moderated, and why they were selected",
                row_heading="Selected because",
                columns=columns(("count", "Audits"), ("share", "% of n")),
                rows=(
                    *code_rows(
                        context,
                        "audits",
                        "moderated_because",
                        figures.breakdowns.codes["moderated_because"],
                        whole="moderated",
                        label=words,
                    ),
                    Row(key="all", label="Moderated, of all completed", cells=coverage, whole=True),
                ),
                empty="" if figures.breakdowns.codes["moderated_because"] else "None of the audits was moderated.",
            ),
            _disputes(context),
        ),
    )


_DISPUTES = (
    ("open", "Open: nobody has decided yet"),
    ("upheld", "Upheld: the grade stays"),
    ("changed", "Changed: another grade stands"),
    ("noted", "Noted: there was nothing to decide"),
)


def _disputes(context: Context) -> Table:
    """Return how many moderated grades were disputed, and how that ended so far."""
    figures = context.figures
    nothing = figures.count("disputed").value == 0
    rows = (
        *(Row(key=key, label=label, cells={"count": figures.count(f"disputed {key}")}) for key, label in _DISPUTES),
        Row(
            key="all",
            label="Disputed, of all moderated",
            cells=count_and_share(figures, "disputed", "moderated"),
            whole=True,
        ),
    )
    return Table(
        id="disputes",
        caption="Disputed grades",
        row_heading="How it ended",
        columns=columns(("count", "Audits"), ("share", "% of n")),
        rows=() if nothing else rows,
        note="" if nothing else "A difference of grades opens a dispute by itself where the authority has it so.",
        empty="None of the moderated grades is or was disputed." if nothing else "",
    )


def findings(context: Context) -> list[Finding]:
    """Return what may be said of moderation in a headline."""
    moderated = context.figures.share("moderated", "completed")
    lowered, missed = context.figures.share("lowered", "compared"), context.figures.share("missed", "compared")
    if not supported(moderated):
        return []
    text = f"{of_n(moderated)} completed audits have been moderated"
    if supported(lowered):
        text += f"; of {number(lowered.of.value or 0)} graded twice, {lowered.percent}% were lowered"
        if supported(missed) and missed.part.value:
            text += f", {missed.part.value} of them to inadequate"
    return [Finding(text=text + ".", section="moderation")]


def _heading(context: Context) -> str:
    lowered, raised = context.figures.share("lowered", "compared"), context.figures.share("raised", "compared")
    if lowered.percent is not None and raised.percent is not None:
        if lowered.percent > raised.percent:
            return f"{{Moderators}} lowered {lowered.percent}% of grades and raised {raised.percent}%"
        return f"{{Moderators}} raised {raised.percent}% of grades and lowered {lowered.percent}%"
    moderated = context.figures.share("moderated", "completed")
    if moderated.percent is not None:
        return f"{moderated.percent}% of completed audits have been moderated"
    return "Too few audits were moderated to say what moderation changed"


def _chart(context: Context) -> BarChart:
    figures = context.figures
    segments = tuple(Segment(key=key, label=label, share=figures.share(key, "compared")) for key, label in _DIRECTIONS)
    said = ", ".join(f"{part.label.lower()} {in_words(part.share)}" for part in segments)
    return BarChart(
        id="moderation-direction",
        title=_heading(context),
        subtitle=f"Share of audits graded by {{an auditor}} and {{a moderator}}. {context.subtitle}",
        alternative=f"{_heading(context)}. Of the grades {{moderators}} looked at: {said}.",
        bars=(Bar(key="all", label="Grade after moderation", of=figures.count("compared"), segments=segments),),
    )


def consistency(context: Context) -> Section:
    """Return how far auditors and moderators agree, as a pool, never by person: for the QA unit alone."""
    figures = context.figures
    exact, within, ac2, gap = (
        figures.share("exact", "pool"),
        figures.share("within_one", "pool"),
        figures.ac2(),
        figures.gap(),
    )
    measures: tuple[tuple[str, str, Cell], ...] = (
        ("exact", "Same grade", exact),
        ("within-one", "Same grade or one step apart", within),
        ("difference", "{Moderator}'s grade less {auditor}'s, mean in steps", gap),
        ("ac2", "Gwet's AC2, linear weights, four grades", ac2),
    )
    heading = "Too few audits were graded twice to say how far {auditors} and {moderators} agree"
    if exact.percent is not None:
        heading = f"{{Auditors}} and {{moderators}} gave the same grade in {out_of(exact)} audits"
    nobody = all(figures.count(matrix_key(*pair)).value == 0 for pair in PAIRS)
    if nobody:
        heading = "No audit was graded twice except where its grade or a concern asked for it"
    return Section(
        id="consistency",
        topic="Consistency",
        heading=heading,
        blocks=(
            Paragraph(
                text="For the QA unit only. This is the consistency of {auditors} as a pool, never of a person. Audits "
                "that were selected because they were inadequate or raised a concern are left out: they would make "
                "agreement look other than it is. Very high agreement is a question to ask, not a success."
            ),
            *(() if nobody else (_agreement(measures, figures.count("pool"), ac2), _matrix(context))),
        ),
    )


def _agreement(measures: Sequence[tuple[str, str, Cell]], pool: Count, ac2: Decimal) -> Table:
    coarse = ac2.value is not None and ac2.decimals == 1
    return Table(
        id="agreement",
        caption="Agreement of {auditors} and {moderators}",
        row_heading="Measure",
        columns=columns(("figure", "Figure"), ("n", "n")),
        rows=tuple(Row(key=key, label=label, cells={"figure": figure, "n": pool}) for key, label, figure in measures),
        note="AC2 is 1 where all agree and about 0 where agreement is no better than chance; its 95% interval stands "
        "beside it." + (f" {_COARSE}" if coarse else ""),
    )


_COARSE = (
    "For privacy it is rounded to one decimal, its limits outwards: more decimals would narrow down a small number."
)

_MOST_HIDDEN = 10
"""With more of its sixteen cells hidden than this, the matrix shows nothing worth a table."""


def _matrix(context: Context) -> Table | Paragraph:
    figures = context.figures
    cells = [figures.count(matrix_key(*pair)) for pair in PAIRS]
    if sum(cell.suppressed for cell in cells) > _MOST_HIDDEN:
        return Paragraph(
            text="The table of each grade against each is left out: too many of its numbers are small, or would let a "
            "small one be worked out."
        )
    return Table(
        id="moderation-matrix",
        caption="Grade given by the {auditor} (rows) against grade given by the {moderator} (columns)",
        row_heading="{Auditor}'s grade",
        columns=columns(*((grade, words(grade)) for grade in GRADES)),
        rows=tuple(
            Row(
                key=given,
                label=words(given),
                cells={seen: figures.count(matrix_key(given, seen)) for seen in GRADES},
            )
            for given in GRADES
        ),
    )
