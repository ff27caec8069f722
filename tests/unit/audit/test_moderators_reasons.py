"""What a moderator owes beside grades: the quality of the audit, and why each grade is what it is (practice.md 3, 4)."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from services.audit.domain import refusals
from services.audit.domain.audits.outcome import SectionJudgement
from services.audit.domain.moderation.commands import GiveBlindGrades, RecordModeration
from services.audit.domain.moderation.events import ModerationDone, ModeratorGraded
from services.audit.domain.tools.document import read_tool
from services.audit.domain.words import Grade, SealedText
from tests.unit.audit import builders as b
from tests.unit.audit import moderation_builders as m
from tests.unit.audit.stories import AuditSpec, after

WHY = SealedText("s1.why")
EMPTY = SealedText("")
GOOD, LOW, INADEQUATE = Grade.GOOD, Grade.REQUIRES_IMPROVEMENT, Grade.INADEQUATE


def audited(*, blind: bool = False, planning: Grade = GOOD) -> AuditSpec:
    """An audit graded good, its planning as given, and a moderation of it that waits."""
    outcome = b.outcome(overall_grade=GOOD, sections={"planning": SectionJudgement(grade=planning)})
    return after(b.allocate(), b.complete(outcome=outcome, moderation=b.selection(blind=blind)))


def graded_blind(**changes: Any) -> AuditSpec:
    """The same audit with the grades of its blind moderator: inadequate, and planning requires improvement."""
    story = audited(blind=True)
    return story.given(*story.when(m.grade_blind(**changes)).then_events())


def bare(overall: Grade | None = GOOD, **changes: Any) -> RecordModeration:
    """Record a moderation that says nothing beside its grades."""
    given: dict[str, Any] = {"sections": {}, "section_reasons": {}, "quality": None, "rationale": None}
    return b.moderate(overall_grade=overall, **{**given, **changes})


def faults(story: AuditSpec, command: RecordModeration | GiveBlindGrades) -> list[str]:
    return [problem.place for problem in story.when(command).refused(refusals.ModerationInvalid).problems]


def recorded(story: AuditSpec, command: RecordModeration) -> ModerationDone:
    [done] = story.when(command).then_events()
    assert isinstance(done, ModerationDone)
    return done


class TestSighted:
    def test_all_that_is_missing_is_listed_at_once_each_at_its_own_place(self) -> None:
        nothing = bare(LOW, sections={"planning": LOW})
        assert faults(audited(), nothing) == ["quality", "rationale", "section_reasons.planning"]

    def test_agreement_needs_its_reason_too(self) -> None:
        assert faults(audited(), bare(quality=b.QUALITY)) == ["rationale"]

    def test_the_audit_s_quality_is_a_judgement_of_its_own(self) -> None:
        graded_alone = bare(rationale=WHY, audit_quality=GOOD)
        assert faults(audited(), graded_alone) == ["quality"]

    @pytest.mark.parametrize("planning", [GOOD, LOW, INADEQUATE])
    @pytest.mark.parametrize("moderators", [GOOD, LOW, INADEQUATE])
    def test_a_section_needs_a_reason_where_the_auditor_graded_it_otherwise(
        self, planning: Grade, moderators: Grade
    ) -> None:
        story = audited(planning=planning)
        command = bare(quality=b.QUALITY, rationale=WHY, sections={"planning": moderators})
        if planning is moderators:
            assert recorded(story, command).sections == {"planning": moderators}
        else:
            assert faults(story, command) == ["section_reasons.planning"]

    def test_what_is_given_is_recorded_and_empty_is_not_given(self) -> None:
        full = bare(
            LOW, sections={"planning": LOW}, quality=b.QUALITY, rationale=WHY, section_reasons={"planning": WHY}
        )
        done = recorded(audited(), full)
        assert (done.quality, done.rationale, done.section_reasons) == (b.QUALITY, WHY, {"planning": WHY})
        empty = bare(
            LOW, sections={"planning": LOW}, quality=b.QUALITY, rationale=EMPTY, section_reasons={"planning": EMPTY}
        )
        assert faults(audited(), empty) == ["rationale", "section_reasons.planning"]

    def test_a_section_that_the_tool_does_not_grade_is_told_as_that_alone(self) -> None:
        nowhere = bare(quality=b.QUALITY, rationale=WHY, sections={"nowhere": GOOD})
        assert faults(audited(), nowhere) == ["sections.nowhere"]

    def test_repeated_it_changes_nothing_though_it_was_recorded_before_any_of_it_was_asked_for(self) -> None:
        story = audited()
        done = recorded(story, b.moderate(sections={"planning": LOW}))
        old = done.model_copy(update={"quality": None, "rationale": None, "section_reasons": {}})
        story.given(old).when(bare(INADEQUATE, sections={"planning": LOW})).then_nothing_happened()

    def test_one_that_settles_a_dispute_owes_the_same(self) -> None:
        first = b.moderate(overall_grade=LOW, terms=m.terms())
        story = after(b.allocate(), b.complete(moderation=b.selection()), first, m.dispute())
        nothing = m.second(quality=None, rationale=None)
        assert faults(story, nothing) == ["quality", "rationale"]
        assert any(isinstance(event, ModerationDone) for event in story.when(m.second()).then_events())


@pytest.mark.parametrize("blind", [False, True])
def test_of_a_tool_that_is_not_graded_the_quality_of_the_audit_alone_is_owed(blind: bool) -> None:
    document = copy.deepcopy(b.TOOL_JSON) | {"graded": False}
    for section in document["sections"]:
        section["judgement"] = "none"
    tool = read_tool(document)
    outcome = b.outcome(overall_grade=None, overall_rationale=None, sections={})
    story = after(b.allocate(), b.complete(tool=tool, outcome=outcome, moderation=b.selection(blind=blind)))
    assert faults(story, bare(None, tool=tool)) == ["quality"]
    assert recorded(story, bare(None, tool=tool, quality=b.QUALITY)).quality == b.QUALITY
    if blind:
        given = m.grade_blind(tool=tool, overall_grade=None, sections={}, section_reasons={}, rationale=None)
        assert len(story.when(given).then_events()) == 1


class TestBlind:
    @pytest.mark.parametrize("overall", Grade)
    def test_the_grade_needs_its_reason_whatever_it_is(self, overall: Grade) -> None:
        assert faults(audited(blind=True), m.grade_blind(overall_grade=overall, rationale=None)) == ["rationale"]

    def test_without_quality_and_reasons_of_sections_grades_are_taken(self) -> None:
        [given] = audited(blind=True).when(m.grade_blind(quality=None, section_reasons={})).then_events()
        assert isinstance(given, ModeratorGraded)

    def test_what_was_given_blind_is_not_owed_again(self) -> None:
        done = recorded(graded_blind(), bare(None))
        assert (done.sections, done.quality) == ({"planning": LOW}, b.QUALITY)
        assert (done.rationale, done.section_reasons) == (None, {}), "their boxes are those of the blind grades"

    def test_what_was_not_given_blind_is_owed_when_it_is_recorded(self) -> None:
        story = graded_blind(quality=None, section_reasons={})
        assert faults(story, bare(None)) == ["quality", "section_reasons.planning"]
        full = bare(None, sections={"planning": LOW}, quality=b.QUALITY, section_reasons={"planning": WHY})
        assert recorded(story, full).section_reasons == {"planning": WHY}

    def test_a_section_graded_blind_as_the_auditor_did_needs_no_reason(self) -> None:
        story = graded_blind(sections={"planning": GOOD}, section_reasons={})
        assert recorded(story, bare(None)).sections == {"planning": GOOD}

    def test_another_grade_than_the_one_given_blind_needs_a_reason_of_its_own(self) -> None:
        assert faults(graded_blind(), bare(LOW)) == ["rationale"]
        assert faults(graded_blind(), bare(None, standing_grade=LOW)) == ["rationale"]
        assert recorded(graded_blind(), bare(INADEQUATE)).standing_grade is INADEQUATE
        assert recorded(graded_blind(), bare(LOW, rationale=WHY)).standing_grade is LOW
        assert faults(graded_blind(), bare(None, sections={"planning": INADEQUATE})) == ["section_reasons.planning"]

    def test_grades_stored_before_a_reason_was_asked_for_are_given_it_when_recorded(self) -> None:
        story = audited(blind=True)
        [given] = story.when(m.grade_blind()).then_events()
        old = story.given(given.model_copy(update={"rationale": None}))
        assert faults(old, bare(None)) == ["rationale"]
        assert recorded(old, bare(None, rationale=WHY)).rationale == WHY
