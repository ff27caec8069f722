"""A blind moderation recorded without grades given before: nothing that comes back tells what is hidden."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.audit.domain import refusals
from services.audit.domain.audits.outcome import Answer, SectionJudgement
from services.audit.domain.moderation.commands import GiveBlindGrades, RecordModeration
from services.audit.domain.refusals import Problem, Refused
from services.audit.domain.tools.document import ToolDocument
from services.audit.domain.words import Grade, SealedText
from tests.unit.audit import builders as b
from tests.unit.audit import moderation_builders as m
from tests.unit.audit.stories import AuditSpec, after
from tests.unit.audit.test_moderators_limits import NOT_ALONE, SAFE, UNSAFE, WHY, grade_blind, moderate
from tests.unit.audit.tool_builders import full_answers, full_outcome, full_tool


def with_hanging(document: dict[str, Any]) -> None:
    """Let a section and a question of the moderator's hang on how far the goals are reached, which tells a grade."""
    reached = [{"question": "progress", "answers": ["10"]}]
    document["sections"].append({"id": "more", "title": "More", "asked_if": reached})
    document["sections"][3]["questions"] += [
        {"id": "must", "text": "Why?", "scale": "yes-no", "answered_by": "moderator", "asked_if": reached},
        {"id": "may", "text": "Why?", "scale": "yes-no", "answered_by": "moderator", "asked_if": reached,
         "required": False},
    ]  # fmt: skip


def without_must(document: dict[str, Any]) -> None:
    with_hanging(document)
    del document["sections"][3]["questions"][-2]


TOOL, HANGING, MAY = full_tool(version=1), full_tool(with_hanging, version=1), full_tool(without_must, version=1)


def audited(tool: ToolDocument, safety: Grade, overall: Grade, progress: int) -> AuditSpec:
    sections = {"safety": SectionJudgement(grade=safety), "goals": SectionJudgement(score=7)}
    answers = {**NOT_ALONE, "progress": Answer(value=progress)}
    if progress == 0:
        answers["court-plan"] = Answer(value=True)
    elif tool is not TOOL:
        sections["more"] = SectionJudgement(grade=safety)
    return after(
        b.allocate(tool="full-check"),
        b.complete(tool=tool, outcome=full_outcome(overall_grade=overall, sections=sections, answers=answers)),
        b.request_moderation(selection=b.selection(blind=True)),
    )


def hidden_otherwise(tool: ToolDocument) -> list[AuditSpec]:
    """The same audit, with every way in which what is hidden from a blind moderator could be."""
    low = Grade.REQUIRES_IMPROVEMENT
    return [
        audited(tool, safety, overall, progress)
        for safety in Grade
        for overall in (Grade.INADEQUATE, low if safety is Grade.INADEQUATE else Grade.GOOD)
        for progress in (0, 10)
    ]


def told(story: AuditSpec, command: RecordModeration | GiveBlindGrades) -> tuple[Problem, ...]:
    try:
        story.when(command).then_events()
    except Refused as refused:
        return refused.problems
    return ()


FAIR = {"moderator-says": Answer(value=True)}
BOTH = {**SAFE, "more": Grade.GOOD}
CASES: list[tuple[ToolDocument, Callable[[], RecordModeration], list[str]]] = [
    # not above requires improvement while safety is inadequate, and the moderator does not say how safe it is
    (TOOL, lambda: moderate(Grade.GOOD), ["overall_grade"]),
    (
        TOOL,
        lambda: moderate(Grade.GOOD, overridden_limits={"unsafe": WHY}),
        ["overridden_limits.unsafe", "overall_grade"],
    ),
    (TOOL, lambda: moderate(Grade.INADEQUATE, standing_grade=Grade.GOOD), ["standing_grade"]),
    (TOOL, lambda: moderate(Grade.REQUIRES_IMPROVEMENT), []),
    (TOOL, lambda: moderate(Grade.GOOD, SAFE), []),
    (TOOL, lambda: moderate(Grade.GOOD, UNSAFE), ["overall_grade"]),
    # a warning that looks at goals, which the auditor alone scores
    (TOOL, lambda: moderate(Grade.OUTSTANDING, SAFE), ["overall_grade"]),
    (TOOL, lambda: moderate(Grade.OUTSTANDING, SAFE, overridden_limits={"not-seen-alone": WHY}), ["overall_grade"]),
    (HANGING, lambda: moderate(Grade.GOOD, SAFE, tool=HANGING), ["answers.must"]),
    (MAY, lambda: moderate(Grade.GOOD, SAFE, tool=MAY), []),
    (MAY, lambda: moderate(Grade.GOOD, SAFE, tool=MAY, answers={**FAIR, "may": Answer(value=True)}), ["answers.may"]),
    (MAY, lambda: moderate(Grade.GOOD, BOTH, tool=MAY), ["sections.more"]),
    # what a moderator owes beside grades: for every section that they grade, whether it is the auditor's grade or not
    (TOOL, lambda: moderate(Grade.GOOD, SAFE, quality=None), ["quality"]),
    (TOOL, lambda: moderate(Grade.GOOD, SAFE, rationale=None), ["rationale"]),
    (TOOL, lambda: moderate(Grade.GOOD, SAFE, section_reasons={}), ["section_reasons.safety"]),
    (
        MAY,
        lambda: moderate(Grade.GOOD, BOTH, tool=MAY, section_reasons={}),
        ["section_reasons.safety", "sections.more"],
    ),
]


@pytest.mark.parametrize("case", range(len(CASES)))
def test_what_comes_back_is_the_same_however_the_auditor_graded(case: int) -> None:
    tool, command, places = CASES[case]
    answers = [told(story, command()) for story in hidden_otherwise(tool)]
    assert [problem.place for problem in answers[0]] == places
    assert all(answer == answers[0] for answer in answers)


@given(
    step=st.sampled_from([moderate, grade_blind]),
    overall=st.sampled_from([None, *Grade]),
    sections=st.dictionaries(st.sampled_from(["safety", "more", "nowhere"]), st.sampled_from(Grade)),
    reasons=st.frozensets(st.sampled_from(["safety", "more", "nowhere"])),
    changes=st.fixed_dictionaries(
        {"rationale": st.sampled_from([WHY, None]), "quality": st.sampled_from([b.QUALITY, None])}
    ),
)
@settings(max_examples=60, deadline=None)
def test_nothing_that_is_missing_tells_how_the_auditor_graded(
    step: Callable[..., Any], overall: Grade | None, sections: Any, reasons: Any, changes: dict[str, Any]
) -> None:
    command = step(overall, sections, tool=MAY, section_reasons=dict.fromkeys(reasons, WHY), **changes)
    answers = [told(story, command) for story in _of_the_tool_that_tells()]
    assert all(answer == answers[0] for answer in answers)
    places = {problem.place for problem in answers[0]}
    assert ("rationale" in places) is (command.rationale is None)
    if isinstance(command, RecordModeration):
        assert ("quality" in places) is (command.quality is None)
        assert ("section_reasons.safety" in places) is (("safety" in sections) is not ("safety" in reasons))


@cache
def _of_the_tool_that_tells() -> list[AuditSpec]:
    return hidden_otherwise(MAY)


def test_in_two_steps_it_is_recorded_all_the_same() -> None:
    story = audited(TOOL, Grade.GOOD, Grade.GOOD, 10)
    first = m.grade_blind(tool=TOOL, overall_grade=Grade.GOOD, sections={}, section_reasons={})
    [graded] = story.when(first).then_events()
    assert len(story.given(graded).when(moderate(None)).then_events()) == 1


def test_what_the_moderator_may_see_is_held_against_them() -> None:
    story = audited(TOOL, Grade.GOOD, Grade.GOOD, 10)
    assert [one.place for one in told(story, moderate(Grade.GOOD, SAFE, answers={}))] == ["answers.moderator-says"]
    nowhere = moderate(Grade.GOOD, {**SAFE, "nowhere": Grade.GOOD})
    assert [one.place for one in told(story, nowhere)] == ["sections.nowhere"]


def test_one_that_another_moderator_recorded_tells_that_alone() -> None:
    """Whoever is to look again blind is told nothing by sending the first moderation once more, with a fault in it."""
    first = after(
        b.allocate(tool="full-check"),
        b.complete(tool=TOOL, outcome=full_outcome(answers=full_answers())),
        b.request_moderation(),
        moderate(Grade.GOOD),
    )
    again = moderate(Grade.OUTSTANDING, {"nowhere": Grade.GOOD}, moderator=b.OTHER_MODERATOR)
    refused = first.when(again).refused(refusals.ModerationAlreadyDone)
    assert refused.problems == ()


def test_a_blind_panel_is_not_told_who_audited_and_moderated() -> None:
    teams = frozenset({b.TEAM})
    panel = (*m.panel(b.AUDITOR, teams=teams), *m.panel(b.OTHER_MODERATOR))
    command = moderate(Grade.GOOD, SAFE, moderator_type="panel", panel=panel)
    [problem] = told(audited(TOOL, Grade.GOOD, Grade.GOOD, 10), command)
    assert (problem.place, problem.message) == ("panel.0", "this member may not moderate this audit")


def test_why_text_is_never_repeated() -> None:
    story = audited(TOOL, Grade.GOOD, Grade.GOOD, 10)
    reasoned = moderate(Grade.GOOD, overridden_limits={"unsafe": SealedText("s1.secret")})
    assert "secret" not in str(told(story, reasoned))
