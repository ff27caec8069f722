"""Putting a report together: from the facts to a finished `Report`, for the readers it is for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal, get_args

from services.reporting.reports.board_record import BoardRecord
from services.reporting.reports.counts import Counter, Reader
from services.reporting.reports.figures import Definition, Finding, Report, Section, WindowFacts
from services.reporting.reports.measures import MEASURES, OF_PARENTING
from services.reporting.reports.names import Names, units_of
from services.reporting.reports.own_words import said
from services.reporting.reports.printed_before import NOTHING, Before
from services.reporting.reports.printed_before import Printed as Given
from services.reporting.reports.scopes import Scope, within
from services.reporting.reports.sections import (
    activity,
    comparison,
    coverage,
    decisions,
    districts,
    escalation_steps,
    escalations,
    follow_up,
    grades,
    moderation,
    notes,
    parenting,
    parenting_since,
    questions,
    signals,
    themes,
    tool_sections,
    voices,
)
from services.reporting.reports.sections.context import Context
from services.reporting.reports.sparing import sparing
from services.reporting.reports.window_figures import Gathered, gather
from services.reporting.reports.windows import Part, Rhythm, Window
from shared.authority.settings import AuthoritySettings

Kind = Literal["triannual", "quality-board", "corporate-parenting"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
_MOST_FINDINGS = 7
_TITLES: dict[Kind, str] = {
    "triannual": "Triannual report",
    "quality-board": "Quality Assurance Board",
    "corporate-parenting": "Corporate Parenting Board",
}
_FOR_QA_ALONE = frozenset({"consistency", "every-question"})


@dataclass(frozen=True, slots=True)
class Asked:
    """Which report is asked for, and whether by the QA unit, which alone sees the consistency of auditors.

    `scope` is one area or service alone, and `cut` what is particular in words: for the QA unit alone.
    """

    kind: Kind
    window: Window
    for_qa_unit: bool = False
    as_known_at: datetime | None = None
    scope: Scope | None = None
    cut: str = ""


def rhythm_of(settings: AuthoritySettings) -> Rhythm:
    """Return how an authority cuts its year."""
    policy = settings.reporting
    if policy.windows:
        return Rhythm(tuple(Part(one.months[0], len(one.months), one.name) for one in policy.windows))
    return Rhythm.of(policy.window_start_month, policy.window_months)


async def windows_with_facts(
    reader: Reader, settings: AuthoritySettings, rhythm: Rhythm | None = None, scope: Scope | None = None
) -> list[Window]:
    """Return the windows in which anything was completed or raised, newest first; of another rhythm where given."""
    rhythm = rhythm or rhythm_of(settings)
    months = await Counter(reader, settings.key, scope=scope).months_with_facts()
    windows = {rhythm.containing(month.start) for month in months}
    return sorted((window for window in windows if rhythm.has(window)), reverse=True)


async def build_report(
    reader: Reader,
    settings: AuthoritySettings,
    asked: Asked,
    record: BoardRecord | None = None,
    *,
    earlier: Given | None = None,
) -> Report:
    """Return a report of an authority's window; one without facts says so in `empty`.

    The reader's search path names the facts. Equal facts and an equal record give an equal report; without a record it
    tells of no decision. `earlier` is what the published report of the window before printed: themes are set beside it.
    """
    settings = within(settings, asked.scope)
    made = await _gathered(reader, settings, asked, NOTHING, record=record)
    if isinstance(made, Context):
        made = replace(made, earlier=earlier)
    return assemble(made, asked) if isinstance(made, Context) else _empty(settings, asked, made)


@dataclass(frozen=True, slots=True)
class ForPublication:
    """A window's reports of every kind as readers outside the QA unit may have them, all of the same facts.

    `given` is what they print of each window, for later reports to be held against; `betrayed` names counts that could
    be worked out from them together with what was published before, and must be empty.
    """

    reports: tuple[Report, ...]
    given: Mapping[str, Given]
    betrayed: frozenset[str]


async def build_for_publication(
    reader: Reader,
    settings: AuthoritySettings,
    window: Window,
    before: Before,
    as_known_at: datetime | None = None,
    *,
    record: BoardRecord | None = None,
) -> ForPublication:
    """Return a window's reports held against everything published so far."""
    asked = Asked("triannual", window, as_known_at=as_known_at)
    made = await _gathered(reader, settings, asked, before, record=record)
    kinds = [Asked(kind, window, as_known_at=as_known_at) for kind in KINDS]
    if isinstance(made, Context):
        made = replace(made, earlier=before.published.get(window.back().key))
    else:
        return ForPublication(tuple(_empty(settings, asked, made) for asked in kinds), {}, frozenset())
    reports = tuple(assemble(made, asked) for asked in kinds)
    return ForPublication(
        reports,
        {one.window.key: one.given() for one in made.gathered.all_printed},
        frozenset().union(*(one.ledger.betrayed for one in made.gathered.all_printed)),
    )


async def _gathered(
    reader: Reader, settings: AuthoritySettings, asked: Asked, before: Before, *, record: BoardRecord | None
) -> Context | Gathered | None:
    counter = Counter(reader, settings.key, asked.as_known_at, asked.scope)
    smallest_shown = settings.reporting.suppression_threshold + 1
    gathered = await gather(counter, asked.window, units_of(settings), smallest_shown, before)
    if gathered is None or _is_empty(gathered):
        return gathered
    return Context(gathered, settings, Names(settings, await counter.labels()), record=record)


def assemble(context: Context, asked: Asked) -> Report:
    """Return the report that a window's figures make."""
    found = _findings(context, asked.kind)
    sections = tuple(
        sparing(section)
        for section in _sections(context, asked.kind)
        if asked.for_qa_unit or section.id not in _FOR_QA_ALONE
    )
    report = Report(
        kind=asked.kind,
        title=_TITLES[asked.kind],
        authority=context.settings.key,
        authority_name=context.settings.name,
        window=_window(asked.window, context.gathered),
        cut=asked.cut,
        findings=tuple(found[:_MOST_FINDINGS]),
        sections=sections,
        notes=tuple((parenting_since.notes if asked.kind == "corporate-parenting" else notes.sentences)(context)),
        measures=_measures(asked.kind),
        suppressed_cells=sum(_hidden_cells(section) for section in sections),
    )
    return said(_with_decisions(context, report), context.settings.names)


def _with_decisions(context: Context, report: Report) -> Report:
    """Return a board's report with what became of its decisions, before the notes; it repeats figures of the report."""
    if context.record is None or report.kind not in decisions.BOARDS:
        return report
    at = next((place for place, one in enumerate(report.sections) if one.id == "notes"), len(report.sections))
    sections = (*report.sections[:at], decisions.section(context, report), *report.sections[at:])
    found = (*report.findings[:1], *decisions.findings(context, report.kind), *report.findings[1:])
    return report.model_copy(update={"sections": sections, "findings": found[:_MOST_FINDINGS]})


def _sections(context: Context, kind: Kind) -> list[Section]:
    if kind == "triannual":
        return [
            grades.section(context),
            comparison.section(context),
            tool_sections.section(context),
            questions.section(context),
            questions.everything(context),
            moderation.section(context),
            moderation.consistency(context),
            escalations.section(context),
            activity.section(context),
            themes.section(context),
            follow_up.section(context),
            voices.section(context),
            coverage.section(context),
            notes.section(context),
        ]
    if kind == "corporate-parenting":
        return [*parenting.sections(context), *parenting_since.sections(context)]
    targets = districts.targets_section(context)
    return [
        signals.section(context),
        *([] if targets is None else [targets]),
        districts.section(context),
        _clocks(context),
        signals.gap_section(context),
        moderation.consistency(context),
        notes.section(context),
    ]


def _measures(kind: Kind) -> tuple[Definition, ...]:
    """Return what a report's figures mean; councillors get what their page shows."""
    return tuple(one for one in MEASURES if one.key in OF_PARENTING) if kind == "corporate-parenting" else MEASURES


def _findings(context: Context, kind: Kind) -> list[Finding]:
    if kind == "corporate-parenting":
        return [*parenting.findings(context), *parenting_since.findings(context)]
    if kind == "triannual":
        return _most_telling(context)
    return [
        *signals.findings(context),
        *districts.findings(context),
        *_pointing_to(grades.findings(context), "districts"),
        *_pointing_to(escalations.findings(context), "clocks"),
        *signals.gap_findings(context),
    ]


def _most_telling(context: Context) -> list[Finding]:
    """Return the findings that inspectors and boards look for first, one of each part, in the order of the parts.

    Two are of grades: good or better, and inadequate. What is left of the places goes to the further ones.
    """
    practice = (grades, moderation, escalations, questions, voices, follow_up)
    parts = (*practice, comparison, activity, themes, tool_sections, coverage)
    first: list[tuple[int, Finding]] = []
    further: list[tuple[int, Finding]] = []
    for place, part in enumerate(parts):
        found = part.findings(context)
        most = 2 if part is grades else 1
        first += [(place, finding) for finding in found[:most]]
        further += [(place, finding) for finding in found[most:]]
    kept = [*first, *further][:_MOST_FINDINGS]
    return [finding for _, finding in sorted(kept, key=lambda one: one[0])]


def _pointing_to(findings: Sequence[Finding], section: str) -> list[Finding]:
    return [Finding(text=finding.text, section=section) for finding in findings]


def _clocks(context: Context) -> Section:
    whole = escalations.section(context)
    return Section(
        id="clocks",
        topic="Clocks",
        heading=whole.heading,
        blocks=(
            whole.blocks[0],
            escalations.chart(context),
            escalations.by_category(context),
            escalations.by_district(context),
            escalation_steps.by_month(context),
            escalations.clock(context),
            escalation_steps.times(context),
            escalation_steps.afterwards(context),
        ),
    )


def _is_empty(gathered: Gathered) -> bool:
    names = ("completed", "allocated", "withdrawn", "escalations raised", "escalations considered")
    return not any(gathered.figures.ledger.value(name) for name in names)


def _empty(settings: AuthoritySettings, asked: Asked, gathered: Gathered | None) -> Report:
    report = Report(
        kind=asked.kind,
        title=_TITLES[asked.kind],
        authority=settings.key,
        authority_name=settings.name,
        window=_window(asked.window, gathered),
        cut=asked.cut,
        findings=(),
        sections=(),
        notes=(),
        measures=_measures(asked.kind),
        suppressed_cells=0,
        empty=f"Nothing is recorded for {settings.name} from {asked.window.label}: no audit was allocated or completed "
        "and no audit escalation was raised.",
    )
    return said(report, settings.names)


def _window(window: Window, gathered: Gathered | None) -> WindowFacts:
    return WindowFacts(
        key=window.key,
        label=window.label,
        start=window.start,
        last=window.end - timedelta(days=1),
        provisional=gathered is None or gathered.provisional,
    )


def _hidden_cells(section: Section) -> int:
    cells = (
        cell for block in section.blocks if block.type == "table" for row in block.rows for cell in row.cells.values()
    )
    return sum(getattr(cell, "suppressed", False) or getattr(cell, "missing", None) == "suppressed" for cell in cells)
