"""Data notes: what the figures rest on and what they cannot say."""

from __future__ import annotations

from services.reporting.reports.figures import Paragraph, Row, Section, Table
from services.reporting.reports.sections.context import Context, columns, count_and_share, is_nothing
from services.reporting.reports.window_ledger import at


def section(context: Context) -> Section:
    """Return the data notes."""
    figures = context.figures
    return Section(
        id="notes",
        topic="Data notes",
        heading="What these figures rest on",
        blocks=(
            *(Paragraph(text=text) for text in sentences(context)),
            Table(
                id="corrections",
                caption="Late, amended and withdrawn",
                row_heading="What",
                columns=columns(("count", "Audits"), ("share", "% of completed (n)")),
                rows=(
                    Row(
                        key="recorded-late",
                        label="Recorded only after the window had ended",
                        cells=count_and_share(figures, "recorded_late", "completed"),
                    ),
                    Row(
                        key="amended",
                        label="Amended after completion; counted as amended",
                        cells=count_and_share(figures, "amended", "completed"),
                    ),
                    Row(
                        key="withdrawn",
                        label="Withdrawn in the window; not counted",
                        cells={"count": figures.count("withdrawn")},
                    ),
                    Row(
                        key="aside",
                        label="Completed and no practice figure (calibration, inspection); not counted",
                        cells={"count": figures.count("aside")},
                    ),
                ),
                note="" if is_nothing(figures.count("recorded_late")) else _RECORDED_LATE,
            ),
            _tools(context),
        ),
    )


_RECORDED_LATE = (
    "Recorded only after the window had ended are, as a rule, audits that were completed elsewhere and imported "
    "afterwards, from a spreadsheet or another system: they count in the window in which they were completed."
)


def _tools(context: Context) -> Table:
    figures = context.figures
    versions = figures.breakdowns.codes["tool_version"]
    rows = []
    for version in versions:
        tool, number = version.rsplit(" ", 1)
        label = f"{tool.replace('-', ' ').capitalize()}, version {number}"
        rows.append(
            Row(key=version, label=label, cells={"count": figures.count(at("audits", "tool_version", version))})
        )
    return Table(
        id="tool-versions",
        caption="Audit tools used",
        row_heading="Tool",
        columns=columns(("count", "Audits")),
        rows=tuple(rows),
        empty="" if versions else "No audit was completed.",
    )


def sentences(context: Context) -> list[str]:
    """Return the notes in words, as every report carries them."""
    threshold = context.settings.reporting.suppression_threshold
    change = context.gathered.tool_change
    notes = [
        (
            f"Numbers from 1 to {threshold} are shown as c, and so are further numbers from which one of them could "
            "be worked out, with every percentage that rests on them. A 0 is a true 0."
        ),
        (
            "Percentages are whole numbers and stand only beside an n of 10 or more. Comparisons in words need 30 on "
            "each side and say whether chance would explain the difference."
        ),
    ]
    if context.figures.before:
        notes.append(
            f"Readers have earlier figures of this window. What changed since by 1 to {threshold}, and what was hidden "
            "then, is shown as c as well, since the two could be subtracted."
        )
    if change is not None:
        notes.append(
            f"From {change.label} most audits used another version of the tool: differences across that month may come "
            "from the tool."
        )
    if context.gathered.provisional:
        notes.append("The window has not ended, or not all of it is recorded yet: these figures are provisional.")
    return notes
