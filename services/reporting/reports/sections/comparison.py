"""The window's headline figures against those of the window before and of the same window a year ago."""

from __future__ import annotations

from services.reporting.reports.figures import Cell, Column, Finding, Paragraph, Row, Section, Table, Words
from services.reporting.reports.sections.context import Context
from services.reporting.reports.sentences import change, number, of_n
from services.reporting.reports.window_figures import Headlines

ID = "compared"

_SHARES = (
    ("good", "graded", "Good or better, of the graded"),
    ("requires_improvement", "graded", "Requires improvement, of the graded"),
    ("inadequate", "graded", "Inadequate, of the graded"),
    ("on_time", "completed", "On time, of the completed"),
    ("moderated", "completed", "Moderated, of the completed"),
    ("child_feedback", "completed", "Child's feedback, of the completed"),
    ("parent_feedback", "completed", "Parent's or carer's feedback, of the completed"),
    ("practitioner_feedback", "completed", "Practitioner's feedback, of the completed"),
    ("worker_took_part", "completed", "Child's worker took part, of the completed"),
    ("discussion", "completed", "Reflective discussion held, of the completed"),
)


def section(context: Context) -> Section:
    """Return the section that sets the window beside those it is compared with."""
    return Section(
        id=ID,
        topic="Against before",
        heading=_heading(context),
        blocks=(Paragraph(text=_introduction(context)), _table(context)),
    )


def findings(context: Context) -> list[Finding]:
    """Return how good or better moved against a year ago, where it did by more than chance."""
    now = context.figures.share("good", "graded")
    moved = change(_year_ago(context).share("good", "graded"), now)
    if moved is None or not moved.beyond_chance or _is_the_same(context):
        return []
    n = number(_year_ago(context).count("graded").value or 0)
    text = f"Against a year ago, good or better {moved.verb} from {moved.before}% of {n} to {of_n(now)}"
    return [Finding(text=f"{text}: {moved.judgement}.", section=ID)]


def _year_ago(context: Context) -> Headlines:
    return context.gathered.year_ago


def _is_the_same(context: Context) -> bool:
    """Tell whether the window before is the one a year ago: where windows are a year long."""
    return context.previous.window == _year_ago(context).window


def _none(headlines: Headlines) -> bool:
    return headlines.count("completed").value == 0


def _heading(context: Context) -> str:
    now = context.figures.share("good", "graded")
    if now.percent is None:
        return "This window beside the window before and the same a year ago"
    parts = [
        f"{share.percent}% {words}"
        for headlines, words in _compared(context)
        if (share := headlines.share("good", "graded")).percent is not None
    ]
    text = f"{now.percent}% good or better"
    return f"{text}, against {' and '.join(parts)}" if parts else f"{text}, with nothing to compare it with"


def _compared(context: Context) -> list[tuple[Headlines, str]]:
    before = (context.previous, "in the window before")
    return [before] if _is_the_same(context) else [before, (_year_ago(context), "a year ago")]


def _introduction(context: Context) -> str:
    text = (
        "Each window stands as its own report shows it. Whether a difference is more than chance would explain is said "
        "from 30 cases on each side on."
    )
    for headlines, words in _compared(context):
        if _none(headlines):
            text += f" No audit was completed {words} ({headlines.window.label}), so there is nothing to compare with."
    return text


def _table(context: Context) -> Table:
    sides = [("now", context.figures, "This window"), ("before", context.previous, "Window before")]
    if not _is_the_same(context):
        sides.append(("year_ago", _year_ago(context), "A year ago"))
    rows = [
        Row(key=key, label=label, cells={side: headlines.count(key) for side, headlines, _ in sides})
        for key, label in (("completed", "Audits completed"), ("graded", "Audits graded"))
    ]
    for part, whole, label in _SHARES:
        cells: dict[str, Cell] = {side: headlines.share(part, whole) for side, headlines, _ in sides}
        cells["change"] = Words(text=_judged(sides[-1][1], context, part, whole))
        rows.append(Row(key=part, label=label, cells=cells))
    return Table(
        id="compared",
        caption="This window beside those before it",
        row_heading="Figure",
        columns=(
            *(Column(key=side, label=f"{label}: {headlines.window.label}") for side, headlines, label in sides),
            Column(key="change", label=f"Against {'the window before' if _is_the_same(context) else 'a year ago'}"),
        ),
        rows=tuple(rows),
    )


def _judged(then: Headlines, context: Context, part: str, whole: str) -> str:
    moved = change(then.share(part, whole), context.figures.share(part, whole))
    if moved is None:
        return "nothing to compare" if _none(then) else "too few, or hidden"
    return f"{moved.verb}: {moved.judgement}" if moved.verb != "stayed" else "as it was"
