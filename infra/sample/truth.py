"""What a report of a window must say about a made-up year, counted from the plan alone.

Nothing of reporting is used here: plain loops over what was planned, so that agreement with a report means something.
Days are London days; a window is its first day and the day after its last.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from infra.sample.plan import GRADES, PlannedAudit, PlannedOutcome, PlannedYear

_LONDON = ZoneInfo("Europe/London")


@dataclass(frozen=True, slots=True)
class Truth:
    """Counts of one window. Counters are by grade, category, direction or theme, as their names say.

    `section_grades` is by tool, section and the auditor's grade; `questions` by tool, question, and `answered` or
    `good` (graded good or outstanding, or answered yes). `clocks_by` is by dimension (area, month), its key, and how
    the clock went; what was considered is by its outcome.
    """

    allocated: int = 0
    completed: int = 0
    on_time: int = 0
    late: int = 0
    withdrawn: int = 0
    amended: int = 0
    grades_before: Counter[str] = field(default_factory=Counter)
    grades_after: Counter[str] = field(default_factory=Counter)
    moderated: int = 0
    moderation: Counter[str] = field(default_factory=Counter)
    missed_inadequates: int = 0
    escalations_raised: Counter[str] = field(default_factory=Counter)
    clock_met: Counter[str] = field(default_factory=Counter)
    clock_breached: Counter[str] = field(default_factory=Counter)
    not_signed_off: Counter[str] = field(default_factory=Counter)
    clocks_by: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    escalations_considered: Counter[str] = field(default_factory=Counter)
    re_audits_asked: Counter[str] = field(default_factory=Counter)
    recommendations: Counter[str] = field(default_factory=Counter)
    child_feedback: int = 0
    parent_feedback: int = 0
    worker_took_part: int = 0
    reflective_discussion: int = 0
    themes: Counter[tuple[str, str]] = field(default_factory=Counter)
    section_grades: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    questions: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    by_district: Counter[str] = field(default_factory=Counter)
    by_service: Counter[str] = field(default_factory=Counter)


def truth_of(year: PlannedYear, first: date, after: date) -> Truth:
    """Count a window."""

    def inside(day: date | None) -> bool:
        return day is not None and first <= day < after

    standing = [audit for audit in year.audits if audit.withdrawn_on is None]
    done = [audit for audit in standing if inside(audit.completed_on)]
    found = [audit.outcome for audit in done if audit.outcome is not None]
    moderated = [audit for audit in done if audit.moderation is not None]
    truth = Truth(
        allocated=sum(inside(audit.allocated_on) for audit in standing),
        completed=len(done),
        on_time=sum(not audit.late for audit in done),
        late=sum(audit.late for audit in done),
        withdrawn=sum(inside(audit.withdrawn_on) for audit in year.audits),
        amended=sum(audit.amendment is not None for audit in done),
        grades_before=Counter(str(audit.auditor_grade) for audit in done),
        grades_after=Counter(str(audit.standing_grade) for audit in done),
        moderated=len(moderated),
        moderation=Counter(_direction(audit) for audit in moderated),
        missed_inadequates=sum(_missed(audit) for audit in moderated),
        child_feedback=sum(one.child_feedback.obtained for one in found),
        parent_feedback=sum(one.parent_feedback.obtained for one in found),
        worker_took_part=sum(one.took_part in {"worker", "both"} for one in found),
        reflective_discussion=sum(one.reflective_discussion for one in found),
        themes=Counter((theme.theme, theme.polarity) for one in found for theme in one.themes),
        section_grades=Counter(
            (audit.tool, one.section, one.grade) for audit in done for one in _outcome(audit).sections if one.grade
        ),
        questions=Counter(one for audit in done for one in _answered(audit)),
        by_district=Counter(f"{audit.path[0]}/{audit.path[1]}" for audit in done),
        by_service=Counter(audit.service for audit in done),
        recommendations=Counter(word for audit in done for word in _recommended(audit)),
    )
    _count_escalations(truth, year, first, after)
    return truth


def _count_escalations(truth: Truth, year: PlannedYear, first: date, after: date) -> None:
    for audit in year.audits:
        planned = audit.escalation
        if planned is not None and first <= _considered_on(audit) < after:
            truth.escalations_considered["not-required" if planned.ending == "not-required" else "other"] += 1
        if planned is None or planned.decided_at is None or planned.ending == "not-required":
            continue
        if first <= _day(planned.decided_at) < after:
            truth.escalations_raised[planned.category] += 1
            counter = {
                "met": truth.clock_met, "breached": truth.clock_breached, "open": truth.not_signed_off
            }[planned.ending]  # fmt: skip
            counter[planned.category] += 1
            went = {"met": "within_clock", "breached": "signed_off_late"}.get(planned.ending, "not_signed_off")
            for dimension, key in (("area", audit.path[0]), ("month", f"{_day(planned.decided_at):%Y-%m}")):
                truth.clocks_by[dimension, key, "raised"] += 1
                truth.clocks_by[dimension, key, went] += 1
            truth.re_audits_asked["asked" if planned.re_audit else "not"] += 1


def _considered_on(audit: PlannedAudit) -> date:
    """Return when the first finding came: flagged before completion, at completion, or the moderator's alone."""
    assert audit.outcome is not None
    assert audit.completed_on is not None
    found = audit.outcome
    if found.grade == "inadequate" or found.concern != "none" or found.inadequate_likely:
        return audit.flagged_on or audit.completed_on
    assert audit.moderation is not None
    return audit.moderation.on


def _direction(audit: PlannedAudit) -> str:
    assert audit.moderation is not None
    distance = GRADES.index(audit.moderation.grade) - GRADES.index(audit.auditor_grade or "good")
    return "same" if distance == 0 else "raised" if distance > 0 else "lowered"


def _missed(audit: PlannedAudit) -> bool:
    assert audit.moderation is not None
    return audit.moderation.grade == "inadequate" and audit.auditor_grade != "inadequate"


def _recommended(audit: PlannedAudit) -> Iterator[str]:
    for made in audit.recommendations:
        yield "made"
        followed = made.follow_up
        if followed is not None:
            if followed.discussed_on is not None:
                yield "discussed"
            if followed.done:
                yield "done"
            if followed.difference == "yes":
                yield "difference"


def _outcome(audit: PlannedAudit) -> PlannedOutcome:
    assert audit.outcome is not None
    return audit.outcome


def _answered(audit: PlannedAudit) -> Iterator[tuple[str, str, str]]:
    """Yield what answers say that are a grade, or yes or no; not applicable and not seen say nothing."""
    for one in _outcome(audit).answers:
        if isinstance(one.value, bool) or one.value in GRADES:
            yield audit.tool, one.question, "answered"
            if one.value is True or one.value in {"good", "outstanding"}:
                yield audit.tool, one.question, "good"


def _day(moment: datetime) -> date:
    return moment.astimezone(_LONDON).date()
