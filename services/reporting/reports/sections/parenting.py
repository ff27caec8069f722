"""The Corporate Parenting Board's report: children in care and care leavers alone, in plain words for councillors.

Short sentences, no term of the trade that is not explained, no district (domain.md section 6). Every number is in the
window's ledger (cared_for_ledger.py), as a part of the number for all children.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from services.reporting.reports.cared_for_ledger import CARE_LEAVER, CARED_FOR, IN_CARE, of_status
from services.reporting.reports.figures import (
    Bar,
    BarChart,
    Block,
    Cell,
    Count,
    Finding,
    Paragraph,
    Row,
    Section,
    Segment,
    Share,
    Table,
)
from services.reporting.reports.names import words
from services.reporting.reports.sections.context import Context, columns, count_and_share, in_words
from services.reporting.reports.sentences import change, number, supported
from services.reporting.reports.window_ledger import GRADES

OURS: Final = "children in care and care leavers"
_STATUSES: Final = ((IN_CARE, "Children in care"), (CARE_LEAVER, "Care leavers"), (CARED_FOR, "Both together"))
_GRADE_KEYS: Final[Mapping[str, str]] = {
    "outstanding": "after outstanding",
    "good": "after good",
    "requires-improvement": "requires_improvement",
    "inadequate": "inadequate",
}
_VOICES: Final = (("child_feedback", "The child"), ("parent_feedback", "A parent or carer"))


def sections(context: Context) -> list[Section]:
    """Return what the audits looked at, how good practice was, and whom they heard."""
    return [_looked_at(context), _grades(context), _voices(context)]


def findings(context: Context) -> list[Finding]:
    """Return what may be said of these in a headline."""
    figures, found = context.figures, []
    completed = figures.count(of_status("completed"))
    if completed.value:
        text = f"{number(completed.value)} {_audits(completed)} looked at {OURS} in these months."
        found.append(Finding(text=text, section="looked-at"))
    ours = ours_of(context, "good", "graded")
    if supported(ours):
        text = f"{ours.percent}% of the graded audits of these children were good or better{_beside_all(context)}."
        found.append(Finding(text=text, section="how-good"))
        found.extend(Finding(text=text, section="how-good") for text in _moved(context))
    child, parent = (ours_of(context, name, "completed") for name, _ in _VOICES)
    if supported(child) and supported(parent):
        text = (
            f"The child was heard in {child.percent}% of these audits. A parent or carer was heard in "
            f"{parent.percent}%."
        )
        found.append(Finding(text=text, section="heard"))
    return found


def ours_of(context: Context, part: str, whole: str) -> Share:
    """Return a share among children in care and care leavers."""
    return context.figures.share(of_status(part), of_status(whole))


def both_cells(context: Context, part: str, whole: str) -> dict[str, Cell]:
    """Return the cells of a row: how many and what share of these children, and of all children."""
    ours = count_and_share(context.figures, of_status(part), of_status(whole))
    everybody = count_and_share(context.figures, part, whole)
    return {**ours, "all": everybody["count"], "all_share": everybody["share"]}


BOTH_COLUMNS: Final = columns(
    ("count", "These children"),
    ("share", "These children, %"),
    ("all", "All children"),
    ("all_share", "All children, %"),
)


def _audits(count: Count) -> str:
    return "audit" if count.value == 1 else "audits"


def _looked_at(context: Context) -> Section:
    figures = context.figures
    rows = [
        Row(key=key, label=label, cells={"count": figures.count(of_status("completed", key))}, whole=key == CARED_FOR)
        for key, label in _STATUSES
    ]
    rows.append(Row(key="all", label="All children of the authority", cells={"count": figures.count("completed")}))
    completed = figures.count(of_status("completed"))
    heading = "How many audits looked at these children"
    if completed.value:
        heading = f"{number(completed.value)} {_audits(completed)} looked at {OURS}"
    elif completed.value == 0:
        heading = f"No audit looked at {OURS}"
    return Section(
        id="looked-at",
        topic="What we looked at",
        heading=heading,
        blocks=(
            Paragraph(
                text="The council is the corporate parent of children in care and of care leavers. This report is "
                "about them alone."
            ),
            Paragraph(
                text="An audit is a close look at how one child is helped. A manager reads the child's file and talks "
                "with the people who work with the child. The manager also asks the child and the family."
            ),
            Table(
                id="looked-at",
                caption="Audits of these children that were finished",
                row_heading="Who",
                columns=columns(("count", "Audits")),
                rows=tuple(rows),
            ),
        ),
    )


def _grades(context: Context) -> Section:
    ours = ours_of(context, "good", "graded")
    heading = "How good the work with these children was"
    if ours.percent is not None:
        heading = f"{ours.percent}% of these audits were good or better{_beside_all(context)}"
    blocks: list[Block] = [
        Paragraph(
            text="Each audit ends with a grade. There are four: outstanding, good, requires improvement and inadequate."
        ),
        Paragraph(text=_checked(context)),
        *(Paragraph(text=text) for text in (*_compared(context), *_moved(context))),
        _chart(context, heading),
        _distribution(context),
        _apart(context),
    ]
    return Section(id="how-good", topic="How good it was", heading=heading, blocks=tuple(blocks))


def _checked(context: Context) -> str:
    text = (
        "A second person checks many of the grades. This check is called moderation. If the two do not agree, the "
        "grade after the check is the one that counts. All grades here are grades after the check."
    )
    checked = ours_of(context, "moderated", "completed")
    return text if checked.percent is None else f"{text} {checked.percent}% of these audits were checked in this way."


def _beside_all(context: Context) -> str:
    everybody = context.figures.share("good", "graded")
    return "" if everybody.percent is None else f", against {everybody.percent}% for all children"


def _compared(context: Context) -> list[str]:
    """Say whether these children's audits differ from those of all others, by numbers that are printed."""
    ours, everybody = ours_of(context, "good", "graded"), context.figures.share("good", "graded")
    found = change(_others(everybody, ours), ours)
    if found is None:
        return []
    if not found.beyond_chance:
        return ["The work with these children was about as good as with other children. A small gap is only chance."]
    better = "better" if found.verb == "rose" else "less good"
    return [f"The work with these children was {better} than with other children. The gap is too large to be chance."]


def _others(everybody: Share, ours: Share) -> Share:
    """Return the share of all other children, which a reader can work out from what is printed."""
    values = (everybody.part.value, ours.part.value, everybody.of.value, ours.of.value)
    if None in values or everybody.percent is None:
        return Share(part=Count(value=None), of=Count(value=None), percent=None, missing="suppressed")
    part, of = (values[0] or 0) - (values[1] or 0), (values[2] or 0) - (values[3] or 0)
    return Share(part=Count(value=part), of=Count(value=of), percent=round(100 * part / of) if of else None)


def _moved(context: Context) -> list[str]:
    """Say how good or better moved since the months before, where both are printed and large enough."""
    keys = of_status("good"), of_status("graded")
    moved = change(context.previous.share(*keys), context.figures.share(*keys))
    if moved is None:
        return []
    before = f"In the months before, {moved.before}% of the graded audits of these children were good or better"
    if moved.beyond_chance:
        return [f"{before}. The {'rise' if moved.verb == 'rose' else 'fall'} is too large to be chance."]
    return [f"{before}. The change is small enough to be chance."]


def _chart(context: Context, heading: str) -> BarChart:
    def bar(key: str, label: str, name: Callable[[str], str]) -> Bar:
        segments = tuple(
            Segment(key=grade, label=words(grade), share=context.figures.share(name(grade), name("graded")))
            for grade in reversed(GRADES)
        )
        return Bar(key=key, label=label, of=context.figures.count(name("graded")), segments=segments)

    bars = (
        bar("ours", "These children", lambda one: of_status(_GRADE_KEYS.get(one, one))),
        bar("all", "All children", lambda one: f"after {one}" if one in GRADES else one),
    )
    said = "; ".join(
        f"{one.label}: " + ", ".join(f"{part.label.lower()} {in_words(part.share)}" for part in one.segments)
        for one in bars
    )
    return BarChart(
        id="parenting-grades-chart",
        title=heading,
        subtitle=f"Share of audits with each grade. {context.subtitle}",
        alternative=f"{heading}. {said}.",
        bars=bars,
    )


def _distribution(context: Context) -> Table:
    rows = []
    for grade in reversed(GRADES):
        ours = count_and_share(context.figures, of_status(_GRADE_KEYS[grade]), of_status("graded"))
        everybody = count_and_share(context.figures, f"after {grade}", "graded")
        cells = {**ours, "all": everybody["count"], "all_share": everybody["share"]}
        rows.append(Row(key=grade, label=words(grade), cells=cells))
    rows.append(Row(key="good-or-better", label="Good or better", cells=both_cells(context, "good", "graded")))
    whole: dict[str, Cell] = {
        "count": context.figures.count(of_status("graded")),
        "all": context.figures.count("graded"),
    }
    rows.append(Row(key="graded", label="All with a grade", cells=whole, whole=True))
    return Table(
        id="parenting-grades",
        caption="Grades after the check",
        row_heading="Grade",
        columns=BOTH_COLUMNS,
        rows=tuple(rows),
        note="Good or better is good and outstanding together.",
    )


def _apart(context: Context) -> Table:
    figures = context.figures
    rows = []
    for key, label in _STATUSES:
        graded, completed = of_status("graded", key), of_status("completed", key)
        cells: dict[str, Cell] = {
            "graded": figures.count(graded),
            "good": figures.share(of_status("good", key), graded),
            "inadequate": figures.count(of_status("inadequate", key)),
            "child": figures.share(of_status("child_feedback", key), completed),
            "parent": figures.share(of_status("parent_feedback", key), completed),
        }
        rows.append(Row(key=key, label=label, cells=cells, whole=key == CARED_FOR))
    return Table(
        id="parenting-apart",
        caption="Children in care and care leavers, each on their own",
        row_heading="Who",
        columns=columns(
            ("graded", "With a grade"),
            ("good", "Good or better, %"),
            ("inadequate", "Inadequate"),
            ("child", "Child heard, %"),
            ("parent", "Parent or carer heard, %"),
        ),
        rows=tuple(rows),
    )


def _voices(context: Context) -> Section:
    child, parent = (ours_of(context, name, "completed") for name, _ in _VOICES)
    heading = "How often children and carers were heard"
    if child.percent is not None and parent.percent is not None:
        heading = f"Children were heard in {child.percent}% of these audits, parents or carers in {parent.percent}%"
    rows = [Row(key=name, label=label, cells=both_cells(context, name, "completed")) for name, label in _VOICES]
    return Section(
        id="heard",
        topic="Who was heard",
        heading=heading,
        blocks=(
            Paragraph(
                text="We ask children what they think of the help they get. We ask parents and carers too, and count "
                "them apart. The table says how often we heard them. What they said stays with the people who help "
                "the child."
            ),
            Table(
                id="heard",
                caption="Audits in which we heard the child, or a parent or carer",
                row_heading="Who was heard",
                columns=BOTH_COLUMNS,
                rows=tuple(rows),
            ),
        ),
    )
