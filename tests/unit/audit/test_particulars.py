"""Who took part, the reflective discussion, and findings by theme: held to the tool, every fault at once."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from services.audit.domain import refusals
from services.audit.domain.audits.events import AuditAmended, AuditCompleted
from services.audit.domain.audits.outcome import Finding, ThemeFound
from services.audit.domain.words import FrameworkComponent, Polarity, SealedText, TookPart
from tests.unit.audit.builders import AUDIT_ID, COMPLETED_AT, allocate, amend, complete, outcome, recommendation
from tests.unit.audit.stories import after, nothing


def finding(**changes: Any) -> Finding:
    given: dict[str, Any] = {
        "section": "planning",
        "theme": "voice-of-the-child",
        "polarity": Polarity.STRENGTH,
        "component": FrameworkComponent.PARTICIPATION,
        "text": SealedText("s1.sealed-finding"),
    }
    return Finding(**{**given, **changes})


def faults(**changes: Any) -> set[str]:
    refused = after(allocate()).when(complete(outcome=outcome(**changes))).refused(refusals.OutcomeInvalid)
    return {problem.place for problem in refused.problems}


def test_who_took_part_is_a_fact_with_its_reason() -> None:
    without = {"took_part": TookPart.NEITHER}
    assert faults(**without) == {"not_took_part_because"}
    assert faults(not_took_part_because="on-leave") == {"not_took_part_because"}
    told = outcome(took_part=TookPart.NEITHER, not_took_part_because="on-leave")
    [completed] = after(allocate()).when(complete(outcome=told)).then_events()
    assert isinstance(completed, AuditCompleted)
    assert completed.outcome.not_took_part_because == "on-leave"


@pytest.mark.parametrize(
    ("changes", "places"),
    [
        ({"reflective_discussion_on": date(2025, 11, 21)}, {"reflective_discussion_on"}),
        (
            {
                "reflective_discussion": False,
                "reflective_discussion_on": date(2025, 11, 19),
                "reflective_discussion_with": ("practitioner",),
            },
            {"reflective_discussion_on", "reflective_discussion_with"},
        ),
    ],
    ids=["the day after completion", "none was held"],
)
def test_a_reflective_discussion_has_a_day_that_was_and_people(changes: dict[str, Any], places: set[str]) -> None:
    assert faults(**changes) == places


def test_a_discussion_on_the_day_of_completion_is_taken() -> None:
    held = outcome(reflective_discussion_on=COMPLETED_AT.date(), reflective_discussion_with=("practitioner",))
    assert len(after(allocate()).when(complete(outcome=held)).then_events()) == 1


def test_findings_become_themes_of_their_section() -> None:
    [completed] = after(allocate()).when(complete(outcome=outcome(findings=(finding(),)))).then_events()
    assert isinstance(completed, AuditCompleted)
    found = {(one.theme, one.polarity, one.component, one.section) for one in completed.outcome.themes}
    assert ("voice-of-the-child", "strength", "participation", "planning") in found
    assert {theme for theme, *_ in found} == {"voice-of-the-child", "drift-and-delay"}


def test_every_fault_of_findings_is_listed_at_once() -> None:
    found = faults(
        findings=(
            finding(section="nowhere"),
            finding(section="permanence"),  # for children in care, and this one is in need
            finding(theme="no-such-theme"),
            finding(),
            finding(),
        )
    )
    assert found == {
        "findings.0.section", "findings.1.section", "findings.2.theme", "findings.3", "findings.4",
    }  # fmt: skip


def test_a_completion_stored_before_themes_had_sections_is_repeated_and_amended_without_them() -> None:
    story = after(allocate())
    [completed] = story.when(complete()).then_events()
    assert isinstance(completed, AuditCompleted)
    bare = tuple(ThemeFound(theme=each.theme, polarity=each.polarity, component=each.component)
                 for each in completed.outcome.themes)  # fmt: skip
    old = completed.model_copy(update={"outcome": completed.outcome.model_copy(update={"themes": bare})})
    story.given(old).when(complete()).then_nothing_happened()
    [amended] = story.given(old).when(amend()).then_events()
    assert isinstance(amended, AuditAmended)
    assert amended.changed == ("overall_grade",)


def test_a_recommendation_belongs_to_a_supervision_still_to_come() -> None:
    [problem] = (
        after(allocate())
        .when(complete(recommendations=(recommendation(supervision_on=date(2025, 11, 19)),)))
        .refused(refusals.RecommendationInvalid)
        .problems
    )
    assert problem.place == "recommendations.0.supervision_on"
    told = recommendation(supervision_on=COMPLETED_AT.date())
    story = after(allocate(), complete(recommendations=(told,)))
    story.when(complete(recommendations=(told,))).then_nothing_happened()
    story.when(complete(recommendations=(recommendation(),))).refused(refusals.AuditAlreadyCompleted)


def test_an_audit_is_not_the_re_audit_of_itself() -> None:
    nothing().when(allocate(re_audit_of=AUDIT_ID)).refused(refusals.AuditOfItself)
    earlier = UUID("01930000-0000-7000-8000-0000000000ff")
    story = after(allocate(re_audit_of=earlier))
    story.when(allocate(re_audit_of=earlier)).then_nothing_happened()
    story.when(allocate()).refused(refusals.AuditAlreadyAllocated)
