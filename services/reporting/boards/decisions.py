"""A board's decision as a stream of events: what was decided about a published report, and what became of it.

Everything in it is coded, so that no text is kept here or told to anybody (docs/adr/0031). A stream is one decision.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Annotated, Final, Literal, assert_never

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

from shared.contracts.base import Actor
from shared.contracts.reporting import BoardActionUpdatedV1, BoardDecisionRecordedV1, ReportFigure
from shared.eventstore.model import Aggregate, Publication, Summary

CATEGORY: Final = "board-decision"
SOURCE: Final = "/reporting"


class State(StrEnum):
    """How a decision stands."""

    OPEN = "open"
    UNDER_WAY = "under-way"
    DONE = "done"
    WITHDRAWN = "withdrawn"


class Difference(StrEnum):
    """Whether what was done made a difference."""

    YES = "yes"
    PARTLY = "partly"
    NOT_YET = "not-yet"
    CANNOT_BE_KNOWN = "cannot-be-known"


ENDED: Final = frozenset({State.DONE, State.WITHDRAWN})


class _Event(BaseModel):
    model_config = ConfigDict(frozen=True)


class DecisionRecorded(_Event):
    """A board decided something about the report that was before it."""

    type: Literal["board-decision-recorded"] = "board-decision-recorded"
    at: AwareDatetime
    board: str
    window: str
    report_version: int
    section: str
    figure: ReportFigure | None
    decision: str
    unit: str | None
    owner_role: str
    decided_on: date
    due_on: date
    by: Actor


class ActionTakenUp(_Event):
    """Somebody is at work on it, for the first time or again."""

    type: Literal["board-action-taken-up"] = "board-action-taken-up"
    at: AwareDatetime
    on: date
    by: Actor


class ActionDone(_Event):
    """It is done; the newest such event says what difference it made."""

    type: Literal["board-action-done"] = "board-action-done"
    at: AwareDatetime
    on: date
    difference: Difference
    by: Actor


class DecisionWithdrawn(_Event):
    """It holds no more."""

    type: Literal["board-decision-withdrawn"] = "board-decision-withdrawn"
    at: AwareDatetime
    on: date
    reason: str
    by: Actor


DecisionEvent = DecisionRecorded | ActionTakenUp | ActionDone | DecisionWithdrawn
_EVENTS: Final[TypeAdapter[DecisionEvent]] = TypeAdapter(Annotated[DecisionEvent, Field(discriminator="type")])


@dataclass(frozen=True, slots=True)
class NotRecorded:
    """Nothing was decided in this stream."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A decision as it stands: since when (`on`), and with what difference or for what reason."""

    recorded: DecisionRecorded
    state: State
    on: date
    difference: Difference | None = None
    reason: str | None = None


DecisionState = NotRecorded | Recorded


@dataclass(frozen=True, slots=True)
class RecordDecision:
    """Record what a board decided."""

    decided: DecisionRecorded


@dataclass(frozen=True, slots=True)
class TakeUp:
    """Say that somebody is at work on it."""

    taken_up: ActionTakenUp


@dataclass(frozen=True, slots=True)
class Complete:
    """Say that it is done and what difference it made; said again, with another one, once that is known."""

    done: ActionDone


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Withdraw a decision that is not done."""

    withdrawn: DecisionWithdrawn


Update = TakeUp | Complete | Withdraw
DecisionCommand = RecordDecision | Update


class Refused(Exception):
    """An update does not fit how the decision stands."""


class NothingDecided(Refused):
    """There is no such decision."""


class StandsSoAlready(Refused):
    """It stands so already."""

    def __init__(self, state: State) -> None:
        super().__init__()
        self.state = state


class EndedAlready(Refused):
    """What is done cannot be withdrawn, and what is withdrawn is not done: it is to be taken up again first."""

    def __init__(self, state: State) -> None:
        super().__init__()
        self.state = state


class BeforeTheLast(Refused):
    """It is said to have happened before what is known to have happened already."""

    def __init__(self, earliest: date) -> None:
        super().__init__()
        self.earliest = earliest


def decide(command: DecisionCommand, state: DecisionState) -> Sequence[DecisionEvent]:
    """Return what follows from a command.

    Raises:
        Refused: one of its kinds.

    """
    match state:
        case NotRecorded():
            if isinstance(command, RecordDecision):
                return [command.decided]
            raise NothingDecided
        case Recorded():
            if isinstance(command, RecordDecision):
                raise StandsSoAlready(state.state)
            return [_update(command, state)]
    assert_never(state)


def _update(command: Update, state: Recorded) -> DecisionEvent:
    match command:
        case TakeUp(taken_up=event):
            if state.state is State.UNDER_WAY:
                raise StandsSoAlready(state.state)
        case Complete(done=event):
            if state.state is State.WITHDRAWN:
                raise EndedAlready(state.state)
            if state.difference is event.difference:
                raise StandsSoAlready(state.state)
        case Withdraw(withdrawn=event):
            if state.state is State.WITHDRAWN:
                raise StandsSoAlready(state.state)
            if state.state is State.DONE:
                raise EndedAlready(state.state)
        case _:
            assert_never(command)
    if event.on < state.on:
        raise BeforeTheLast(state.on)
    return event


def evolve(state: DecisionState, event: DecisionEvent) -> DecisionState:
    """Take in an event."""
    if isinstance(event, DecisionRecorded):
        return Recorded(event, State.OPEN, event.decided_on)
    assert isinstance(state, Recorded)  # a stream begins with its decision
    match event:
        case ActionTakenUp():
            return replace(state, state=State.UNDER_WAY, on=event.on, difference=None, reason=None)
        case ActionDone():
            return replace(state, state=State.DONE, on=event.on, difference=event.difference, reason=None)
        case DecisionWithdrawn():
            return replace(state, state=State.WITHDRAWN, on=event.on, difference=None, reason=event.reason)
    assert_never(event)


def publish(before: DecisionState, event: DecisionEvent) -> Sequence[Publication]:
    """Tell everybody what was decided and what became of it, in codes."""
    if isinstance(event, DecisionRecorded):
        public = BoardDecisionRecordedV1(
            board=event.board,
            window=event.window,
            report_version=event.report_version,
            section=event.section,
            figure=event.figure,
            decision=event.decision,
            unit=event.unit,
            owner_role=event.owner_role,
            decided_on=event.decided_on,
            due_on=event.due_on,
            recorded_by=event.by,
        )
        return [Publication(public, event.at)]
    after = evolve(before, event)
    assert isinstance(after, Recorded)  # the event is not the first
    assert after.state is not State.OPEN  # nor is it one that opens
    updated = BoardActionUpdatedV1(
        board=after.recorded.board,
        window=after.recorded.window,
        state=after.state.value,
        difference=None if after.difference is None else after.difference.value,
        reason=after.reason,
        updated_on=after.on,
        updated_by=event.by,
    )
    return [Publication(updated, event.at)]


def summarise(state: DecisionState) -> Summary | None:
    """Make decisions findable by board and window."""
    if isinstance(state, NotRecorded):
        return None
    return Summary(CATEGORY, state.state.value, {"board": state.recorded.board, "window": state.recorded.window})


BOARD_DECISIONS: Final[Aggregate[DecisionCommand, DecisionState, DecisionEvent]] = Aggregate(
    category=CATEGORY,
    source=SOURCE,
    initial=NotRecorded(),
    decide=decide,
    evolve=evolve,
    to_json=lambda event: (event.type, event.model_dump_json().encode()),
    from_json=lambda _type, data: _EVENTS.validate_json(data),
    publish=publish,
    summarise=summarise,
)
