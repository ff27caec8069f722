"""Answers of the practitioner and of the moderator: held to the tool, every fault at once, and told from the auditor's."""

from __future__ import annotations

import json
from typing import Any

import pytest

from services.audit.domain import refusals
from services.audit.domain.audits.events import AuditAmended, AuditCompleted, from_json, to_json
from services.audit.domain.audits.outcome import Answer
from services.audit.domain.audits.practitioner import GivePractitionerFeedback, PractitionerFeedbackGiven
from services.audit.domain.audits.theirs import asked_of_practitioner
from services.audit.domain.moderation.commands import GiveBlindGrades, RecordModeration
from services.audit.domain.moderation.events import ModerationDone, ModeratorGraded
from services.audit.domain.tools.document import ToolDocument
from services.audit.domain.words import ChildStatus, Grade, SealedText
from tests.unit.audit import builders as b
from tests.unit.audit import moderation_builders as m
from tests.unit.audit.stories import AuditSpec, after, completed
from tests.unit.audit.tool_builders import full_answers, full_outcome, full_tool

SEEN = SealedText("s1.seen")
TOLD = b.allocate(tool="full-check", practitioner=b.PRACTITIONER)
NOT_ALONE = full_answers(seen_alone=Answer(value=False), why_not_alone=Answer(value="baby"))


def _more_questions(document: dict[str, Any]) -> None:
    voices = document["sections"][3]["questions"]
    voices += [
        {
            "id": "worker-why",
            "text": "Why not alone, as the worker sees it?",
            "scale": "choice",
            "choices": [{"code": "baby", "label": "A baby"}, {"code": "other", "label": "Other"}],
            "answered_by": "practitioner",
            "asked_if": [{"question": "seen-alone", "answers": ["no"]}],
            "evidence": "required",
        },
        {
            "id": "worker-stopped",
            "text": "What stood in the way?",
            "scale": "yes-no",
            "answered_by": "practitioner",
            "may_be_not_applicable": True,
            "not_applicable_reasons": [{"code": "nothing", "label": "Nothing"}],
            "asked_if": [{"question": "worker-says", "answers": ["no"]}],
        },
        {
            "id": "moderator-why",
            "text": "Why was the child not seen, as the moderator sees it?",
            "scale": "text",
            "answered_by": "moderator",
            "asked_if": [{"question": "seen-alone", "answers": ["no"]}],
        },
    ]
    document["sections"].append(
        {
            "id": "in-care-only",
            "title": "In care",
            "judgement": "none",
            "applies_to": ["in-care"],
            "questions": [
                {"id": "worker-of-care", "text": "Settled?", "scale": "yes-no", "answered_by": "practitioner"},
                {"id": "moderator-of-care", "text": "Settled?", "scale": "yes-no", "answered_by": "moderator"},
            ],
        }
    )


def tool() -> ToolDocument:
    return full_tool(_more_questions, version=1)


def feedback(**answers: Answer) -> GivePractitionerFeedback:
    given = {id_.replace("_", "-"): answer for id_, answer in answers.items()}
    return b.give_feedback(tool=tool(), score=None, text=None, answers=given)


def complete(answers: dict[str, Answer] | None = None, **changes: Any) -> Any:
    return b.complete(tool=tool(), outcome=full_outcome(full_answers() if answers is None else answers, **changes))


def moderate(**changes: Any) -> RecordModeration:
    given = {"sections": {}, "overall_grade": Grade.GOOD, "answers": {"moderator-says": Answer(value=True)}}
    return b.moderate(tool=tool(), **{**given, **changes})


def grade_blind(**changes: Any) -> GiveBlindGrades:
    given: dict[str, Any] = {"sections": {}, "section_reasons": {}, "overall_grade": Grade.GOOD}
    return m.grade_blind(tool=tool(), **{**given, **changes})


def places(refused: refusals.Refused) -> list[str]:
    return [problem.place for problem in refused.problems]


class TestPractitioner:
    def test_answers_before_completion_stand_in_the_outcome(self) -> None:
        no = feedback(worker_says=Answer(value=False), worker_stopped=Answer(value=True))
        [given] = after(TOLD).when(no).then_events()
        assert isinstance(given, PractitionerFeedbackGiven)
        story = after(TOLD, no)
        written_down = full_answers(worker_says=Answer(value=True))
        [done] = story.when(complete(written_down)).then_events()
        assert isinstance(done, AuditCompleted)
        assert done.outcome.answers["worker-says"].value is False
        assert done.outcome.answers["worker-stopped"].value is True
        after_it = story.given(done)
        after_it.when(complete(full_answers(worker_says=None))).then_nothing_happened()
        amendment = b.amend(tool=tool(), outcome=full_outcome(written_down, reflective_discussion=False))
        [amended] = after_it.when(amendment).then_events()
        assert isinstance(amended, AuditAmended)
        assert amended.changed == ("reflective_discussion",)

    def test_answers_after_completion_change_no_outcome(self) -> None:
        story = after(TOLD, complete(), feedback(worker_says=Answer(value=True)))
        state = completed(story)
        assert state.outcome.answers["worker-says"].value is False
        assert state.feedback is not None
        assert state.feedback.answers["worker-says"].value is True

    def test_what_turns_out_not_to_be_asked_is_left_out(self) -> None:
        early = feedback(worker_says=Answer(value=True), worker_why=Answer(value="baby", evidence=SEEN))
        seen = after(TOLD, early, complete(full_answers(worker_says=None)))
        assert "worker-why" not in completed(seen).outcome.answers
        not_seen = after(TOLD, early, complete({**NOT_ALONE}))
        assert completed(not_seen).outcome.answers["worker-why"].evidence == SEEN

    def test_every_fault_is_listed_at_once(self) -> None:
        wrong = feedback(
            seen_alone=Answer(value=True),
            moderator_says=Answer(value=True),
            unheard_of=Answer(value=True),
            worker_says=Answer(value="perhaps"),
            worker_why=Answer(value="baby"),
            worker_stopped=Answer(value="not-applicable"),
            worker_of_care=Answer(value=True),
        )
        refused = after(TOLD).when(wrong).refused(refusals.FeedbackInvalid)
        assert sorted(places(refused)) == sorted([
            "answers.seen-alone",
            "answers.moderator-says",
            "answers.unheard-of",
            "answers.worker-says",
            "answers.worker-why.evidence",
            "answers.worker-stopped",
            "answers.worker-of-care",
        ])  # fmt: skip
        by_place = {problem.place: problem.message for problem in refused.problems}
        assert by_place["answers.seen-alone"] == "the question is not the practitioner's to answer"
        assert by_place["answers.worker-of-care"] == "the question's section does not apply to this child's status"

    def test_whoever_answers_answers_all_that_is_required(self) -> None:
        story = after(TOLD)
        only_one = feedback(worker_stopped=Answer(value=True))
        assert places(story.when(only_one).refused(refusals.FeedbackInvalid)) == [
            "answers.worker-says",
            "answers.worker-stopped",
        ]
        no = feedback(worker_says=Answer(value=False))
        assert places(story.when(no).refused(refusals.FeedbackInvalid)) == ["answers.worker-stopped"]
        unreasoned = feedback(worker_says=Answer(value=False), worker_stopped=Answer(value="not-applicable"))
        assert places(story.when(unreasoned).refused(refusals.FeedbackInvalid)) == ["answers.worker-stopped.reason"]
        reasoned = Answer(value="not-applicable", reason="nothing")
        assert len(story.when(feedback(worker_says=Answer(value=False), worker_stopped=reasoned)).then_events()) == 1

    def test_after_completion_the_auditors_answers_are_known(self) -> None:
        why = Answer(value="baby", evidence=SEEN)
        seen = after(TOLD, complete())
        unasked = feedback(worker_says=Answer(value=True), worker_why=why)
        [problem] = seen.when(unasked).refused(refusals.FeedbackInvalid).problems
        assert problem.message == "the question is not asked after the answers given before it"
        not_seen = after(TOLD, complete(NOT_ALONE))
        missing = not_seen.when(feedback(worker_says=Answer(value=True))).refused(refusals.FeedbackInvalid)
        assert places(missing) == ["answers.worker-why"]
        assert len(not_seen.when(unasked).then_events()) == 1

    def test_the_same_answers_again_change_nothing_and_no_text_is_lost(self) -> None:
        yes = feedback(worker_says=Answer(value=True))
        story = after(TOLD, yes)
        story.when(yes).then_nothing_happened()
        assert (
            len(story.when(feedback(worker_says=Answer(value=False), worker_stopped=Answer(value=True))).then_events())
            == 1
        )
        with_text = feedback(worker_says=Answer(value=True), worker_why=Answer(value="baby", evidence=SEEN))
        assert len(story.given(*story.when(with_text).then_events()).when(with_text).then_events()) == 1

    def test_is_told_the_questions_that_may_be_asked(self) -> None:
        def asked(answers: dict[str, Answer] | None) -> list[str]:
            return [one.id for one in asked_of_practitioner(tool(), ChildStatus.IN_NEED, answers)]

        assert asked(None) == ["worker-says", "worker-why", "worker-stopped"]
        assert asked(full_answers()) == ["worker-says", "worker-stopped"]
        assert asked(NOT_ALONE) == ["worker-says", "worker-why", "worker-stopped"]

    def test_feedback_without_answers_leaves_those_given_before(self) -> None:
        words = b.give_feedback(tool=tool(), score=None)
        story = after(TOLD, feedback(worker_says=Answer(value=True)), words, complete(full_answers(worker_says=None)))
        assert completed(story).outcome.answers["worker-says"].value is True


class TestModerator:
    @pytest.fixture
    def story(self) -> AuditSpec:
        return after(TOLD, complete(moderation=None), b.request_moderation())

    def test_answers_are_recorded(self, story: AuditSpec) -> None:
        [done] = story.when(moderate()).then_events()
        assert isinstance(done, ModerationDone)
        assert done.answers == {"moderator-says": Answer(value=True)}
        story.given(done).when(moderate()).then_nothing_happened()
        other = moderate(answers={"moderator-says": Answer(value=False)})
        story.given(done).when(other).refused(refusals.ModerationAlreadyDone)

    def test_every_fault_is_listed_at_once(self, story: AuditSpec) -> None:
        wrong = {
            "moderator-why": Answer(text=SEEN),
            "moderator-of-care": Answer(value=True),
            "worker-says": Answer(value=True),
            "unheard-of": Answer(value=True),
        }
        refused = story.when(moderate(answers=wrong)).refused(refusals.ModerationInvalid)
        assert sorted(places(refused)) == sorted(["answers.moderator-says", *(f"answers.{id_}" for id_ in wrong)])
        assert places(story.when(moderate(answers={})).refused(refusals.ModerationInvalid)) == [
            "answers.moderator-says"
        ]

    def test_a_text_that_is_not_stored_is_not_dropped(self) -> None:
        story = after(TOLD, complete(NOT_ALONE), b.request_moderation())
        answers = {"moderator-says": Answer(value=True), "moderator-why": Answer(text=SEEN)}
        [done] = story.when(moderate(answers=answers)).then_events()
        other = {**answers, "moderator-why": Answer(text=SealedText("s1.other"))}
        story.given(done).when(moderate(answers=other)).refused(refusals.ModerationDoneWithOtherText)

    def test_those_given_blind_stand_where_they_are_left_out(self) -> None:
        story = after(TOLD, complete(NOT_ALONE), b.request_moderation(selection=b.selection(blind=True)))
        answers = {"moderator-says": Answer(value=True), "moderator-why": Answer(text=SEEN)}
        [graded] = story.when(grade_blind(answers=answers)).then_events()
        assert isinstance(graded, ModeratorGraded)
        assert graded.answers == answers
        again = story.given(graded)
        again.when(grade_blind(answers=answers)).then_nothing_happened()
        [done] = again.when(moderate(answers={})).then_events()
        assert isinstance(done, ModerationDone)
        assert done.answers == {"moderator-says": Answer(value=True)}

    def test_blind_nothing_is_owed_yet(self) -> None:
        story = after(TOLD, complete(), b.request_moderation(selection=b.selection(blind=True)))
        [graded] = story.when(grade_blind()).then_events()
        assert places(story.given(graded).when(moderate(answers={})).refused(refusals.ModerationInvalid)) == [
            "answers.moderator-says"
        ]


def test_events_stored_before_there_were_answers_are_still_read() -> None:
    blind = after(b.allocate(), b.complete(), b.request_moderation(selection=b.selection(blind=True)))
    stored = [
        *after(TOLD).when(b.give_feedback(tool=tool(), score=None)).then_events(),
        *blind.when(m.grade_blind()).then_events(),
        *blind.when(b.moderate()).then_events()[:1],
    ]
    for event in stored:
        assert isinstance(event, PractitionerFeedbackGiven | ModeratorGraded | ModerationDone)
        type_, data = to_json(event)
        before = {
            name: value for name, value in json.loads(data).items() if name not in {"answers", "overridden_limits"}
        }
        assert from_json(type_, json.dumps(before).encode()) == event
    assert len(stored) == len({event.type for event in stored}) == 3
