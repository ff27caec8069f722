"""The practitioner's feedback and response: they work, they are refused, they are repeated."""

from __future__ import annotations

from services.audit.domain import refusals
from services.audit.domain.audits.events import AuditAmended, AuditCompleted
from services.audit.domain.audits.outcome import Feedback
from services.audit.domain.audits.practitioner import PractitionerFeedbackGiven, PractitionerResponded
from services.audit.domain.words import Extent, SealedText
from tests.unit.audit.builders import (
    AUDITOR,
    OTHER_MODERATOR,
    PRACTITIONER,
    allocate,
    amend,
    complete,
    give_feedback,
    outcome,
    respond,
    tool,
    withdraw,
)
from tests.unit.audit.stories import after, completed, nothing

TOLD = allocate(practitioner=PRACTITIONER)


def test_feedback_given_before_completion_joins_the_outcome() -> None:
    story = after(TOLD)
    command = give_feedback()
    given = PractitionerFeedbackGiven(
        at=command.at,
        by=command.by,
        practitioner=PRACTITIONER,
        feedback=Feedback(obtained=True, score=1),
        text=command.text,
    )
    story = story.when(command).then(given)
    auditors = Feedback(obtained=False, why_not="not-returned")
    finish = complete(outcome=outcome(practitioner_feedback=auditors))
    [done] = story.when(finish).then_events()
    assert isinstance(done, AuditCompleted)
    assert done.outcome.practitioner_feedback == Feedback(obtained=True, score=1)
    after_it = story.given(done)
    after_it.when(finish).then_nothing_happened()
    [amended] = after_it.when(
        amend(outcome=outcome(practitioner_feedback=auditors, reflective_discussion=False))
    ).then_events()
    assert isinstance(amended, AuditAmended)
    assert amended.outcome.practitioner_feedback.obtained
    assert amended.changed == ("reflective_discussion",)


def test_feedback_given_after_completion_changes_no_outcome() -> None:
    story = after(TOLD, complete(), give_feedback())
    assert completed(story).outcome.practitioner_feedback == Feedback(obtained=True)
    story.when(complete()).then_nothing_happened()


def test_feedback_may_be_given_again_and_the_same_changes_nothing() -> None:
    story = after(TOLD, give_feedback(text=None))
    story.when(give_feedback(text=None)).then_nothing_happened()
    assert len(story.when(give_feedback(score=2, text=None)).then_events()) == 1
    assert len(story.when(give_feedback(text=SealedText("s1.other"))).then_events()) == 1


def test_feedback_is_refused_from_others_and_off_the_scale() -> None:
    story = after(TOLD)
    nothing().when(give_feedback()).refused(refusals.AuditNotFound)
    story.when(give_feedback(practitioner=OTHER_MODERATOR)).refused(refusals.NotThePractitioner)
    after(allocate()).when(give_feedback()).refused(refusals.NotThePractitioner)
    [problem] = story.when(give_feedback(score=9)).refused(refusals.FeedbackInvalid).problems
    assert (problem.place, problem.way_out) == ("score", "Give one of: 1, 2.")
    unscored = tool().model_copy(update={"feedback_points": ()})
    [problem] = story.when(give_feedback(tool=unscored)).refused(refusals.FeedbackInvalid).problems
    assert problem.message == "this tool does not score feedback"
    other = tool().model_copy(update={"version": 2})
    story.when(give_feedback(tool=other)).refused(refusals.ToolDoesNotMatch)
    after(TOLD, withdraw()).when(give_feedback()).refused(refusals.AuditIsWithdrawn)


def test_a_response_is_given_once_to_a_completed_audit() -> None:
    story = after(TOLD, complete())
    command = respond()
    answered = story.when(command).then(
        PractitionerResponded(
            at=command.at, by=command.by, practitioner=PRACTITIONER, agrees=Extent.PARTLY, text=command.text
        )
    )
    answered.when(command).then_nothing_happened()
    answered.when(respond(text=None)).then_nothing_happened()
    answered.when(respond(agrees=Extent.NO)).refused(refusals.AlreadyResponded)
    answered.when(respond(text=SealedText("s1.other"))).refused(refusals.AlreadyResponded)


def test_a_response_is_refused_before_completion_and_from_others() -> None:
    after(TOLD).when(respond()).refused(refusals.AuditNotCompleted)
    after(TOLD, complete()).when(respond(practitioner=AUDITOR)).refused(refusals.NotThePractitioner)
    after(allocate(), complete()).when(respond()).refused(refusals.NotThePractitioner)


def test_an_amended_outcome_may_be_answered_anew() -> None:
    story = after(TOLD, complete(), respond(), amend())
    assert len(story.when(respond(agrees=Extent.YES, text=None)).then_events()) == 1


def test_nobody_audits_their_own_work() -> None:
    nothing().when(allocate(practitioner=AUDITOR)).refused(refusals.AuditorIsThePractitioner)
