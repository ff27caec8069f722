"""What comes of the practitioner's feedback and response: both are theirs alone to give."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

from services.audit.domain import refusals
from services.audit.domain.audits import theirs
from services.audit.domain.audits.outcome import Feedback, answer_texts, coded_answers
from services.audit.domain.audits.practitioner import (
    GivePractitionerFeedback,
    PractitionerFeedbackGiven,
    PractitionerResponded,
    RespondToOutcome,
)
from services.audit.domain.audits.states import Allocated, Completed
from services.audit.domain.moderation.refusals import HappenedBeforeCompletion
from services.audit.domain.refusals import Problem
from services.audit.domain.tools.parts import Respondent
from services.audit.domain.words import business_date


def feedback(command: GivePractitionerFeedback, state: Allocated | Completed) -> Sequence[PractitionerFeedbackGiven]:
    """Take the practitioner's feedback; the same again without text changes nothing, and no text is ever lost.

    Before completion nobody knows what the auditor will answer: what is asked only after that may be answered all the
    same, and counts where it turns out to be asked.
    """
    _only_the_practitioner(command.practitioner, state)
    if (state.allocation.tool, state.allocation.tool_version) != (command.tool.tool, command.tool.version):
        raise refusals.ToolDoesNotMatch
    problems = (*_problems(command), *_problems_of_answers(command, state))
    if problems:
        raise refusals.FeedbackInvalid(problems)
    given = Feedback(obtained=True, score=command.score)
    if state.feedback is not None and state.feedback.feedback == given and _adds_nothing(command, state.feedback):
        return []
    return [
        PractitionerFeedbackGiven(
            at=command.at,
            by=command.by,
            practitioner=command.practitioner,
            feedback=given,
            text=command.text,
            answers=dict(command.answers),
        )
    ]


def _adds_nothing(command: GivePractitionerFeedback, before: PractitionerFeedbackGiven) -> bool:
    """Say whether there is neither a text nor another answer; sealed texts cannot be compared, so each is new."""
    if command.text is not None or answer_texts(command.answers):
        return False
    return not command.answers or coded_answers(command.answers) == coded_answers(before.answers)


def _problems_of_answers(command: GivePractitionerFeedback, state: Allocated | Completed) -> Iterator[Problem]:
    if not command.answers:
        return iter(())
    tool, own = command.tool, theirs.of(command.tool, Respondent.PRACTITIONER)
    return theirs.problems_of(
        tool,
        state.allocation.place.child_status,
        command.answers,
        by=Respondent.PRACTITIONER,
        beside=state.outcome.answers if isinstance(state, Completed) else {},
        unknown=frozenset() if isinstance(state, Completed) else tool.asked.keys() - own,
        today=business_date(command.at),
    )


def response(command: RespondToOutcome, state: Completed) -> Sequence[PractitionerResponded]:
    """Take the practitioner's answer to the outcome, once for each outcome that came to stand."""
    _only_the_practitioner(command.practitioner, state)
    if state.answered and state.response is not None:
        same = state.response.agrees is command.agrees
        if same and command.text in (None, state.response.text):
            return []
        raise refusals.AlreadyResponded
    if business_date(command.at) < state.completed_on:
        raise HappenedBeforeCompletion
    return [
        PractitionerResponded(
            at=command.at,
            by=command.by,
            practitioner=command.practitioner,
            agrees=command.agrees,
            text=command.text,
        )
    ]


def _only_the_practitioner(practitioner: UUID, state: Allocated | Completed) -> None:
    if state.allocation.practitioner != practitioner:
        raise refusals.NotThePractitioner


def _problems(command: GivePractitionerFeedback) -> Iterator[Problem]:
    points = {point.value for point in command.tool.feedback_points}
    if command.score is None:
        return
    if not points:
        yield Problem("score", "this tool does not score feedback", "Leave the score out.")
    elif command.score not in points:
        yield Problem("score", "the score is outside the tool's scale", f"Give one of: {_listed(points)}.")


def _listed(points: set[int]) -> str:
    return ", ".join(map(str, sorted(points)))
