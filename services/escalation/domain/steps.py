"""What Appendix E asks for next, in order: which steps are missing, in codes and in words, and who takes them."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Final

from services.escalation.domain.model import RequiredStep
from services.escalation.domain.parts import Taken
from services.escalation.domain.roles import QA_OFFICER, SERVICE_MANAGER, TEAM_MANAGER
from services.escalation.domain.states import Considering, Raised, SignedOff, State


class NextStep(StrEnum):
    """The steps of an audit escalation, in the order they are taken."""

    DISCUSSION = "discussion"
    DECISION = "decision"
    COPY = "copy"
    ACTIONS_DISCUSSED = "actions-discussed"
    ACTIONS = "actions"
    COMPLETION = "completion"
    OVERSIGHT = "oversight"
    SIGN_OFF = "sign-off"
    ASSISTANT_DIRECTOR_TOLD = "assistant-director-told"


WORDS: Final = {
    NextStep.DISCUSSION: "the discussion with practitioner or manager",
    NextStep.DECISION: "the decision: raise it, or record that it is not required",
    NextStep.COPY: "the copy of the audit tool sent",
    NextStep.ACTIONS_DISCUSSED: "the actions discussed with practitioner and team manager",
    NextStep.ACTIONS: "actions on the child's file",
    NextStep.COMPLETION: "completion of each action",
    NextStep.OVERSIGHT: "management oversight",
    NextStep.SIGN_OFF: "sign-off",
    NextStep.ASSISTANT_DIRECTOR_TOLD: "the assistant director told",
}
"""Each step in words."""

WAITS_FOR: Final = {
    NextStep.DISCUSSION: QA_OFFICER,
    NextStep.DECISION: QA_OFFICER,
    NextStep.COPY: QA_OFFICER,
    NextStep.ACTIONS_DISCUSSED: SERVICE_MANAGER,
    NextStep.ACTIONS: TEAM_MANAGER,
    NextStep.COMPLETION: TEAM_MANAGER,
    NextStep.OVERSIGHT: SERVICE_MANAGER,
    NextStep.SIGN_OFF: SERVICE_MANAGER,
    NextStep.ASSISTANT_DIRECTOR_TOLD: SERVICE_MANAGER,
}
"""The role each step waits for first; who else may take it is in `roles.MAY`."""


def missing(state: State) -> tuple[NextStep, ...]:
    """Return the steps still to be taken before it can be closed, in order; none where nothing is left to do."""
    match state:
        case Considering():
            return (*_discussed(state.steps_required, state.discussions), NextStep.DECISION)
        case Raised():
            return (*_missing_when_raised(state), NextStep.SIGN_OFF)
        case SignedOff():
            return (NextStep.ASSISTANT_DIRECTOR_TOLD,)
        case _:
            return ()


def next_step(state: State) -> NextStep | None:
    """Return the step that is to be taken first."""
    return next(iter(missing(state)), None)


def in_words(steps: tuple[NextStep, ...]) -> str:
    """Return steps in words, one after the other."""
    return ", ".join(WORDS[step] for step in steps)


def _discussed(required: tuple[RequiredStep, ...], discussions: tuple[Taken, ...]) -> Iterator[NextStep]:
    if RequiredStep.DISCUSSION in required and not discussions:
        yield NextStep.DISCUSSION


def _missing_when_raised(state: Raised) -> Iterator[NextStep]:
    required = state.steps_required
    yield from _discussed(required, state.discussions)
    if RequiredStep.COPY in required and state.copy_sent is None and state.facts.place.audit_id is not None:
        yield NextStep.COPY
    if RequiredStep.ACTIONS_DISCUSSED in required and state.actions_discussed is None:
        yield NextStep.ACTIONS_DISCUSSED
    if not state.actions:
        yield NextStep.ACTIONS
    elif state.open_actions:
        yield NextStep.COMPLETION
    if state.oversight is None:
        yield NextStep.OVERSIGHT
