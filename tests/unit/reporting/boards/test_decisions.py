"""A board's decision: what may follow what, and what everybody is told of it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from services.reporting.boards.decisions import (
    BOARD_DECISIONS,
    ActionDone,
    ActionTakenUp,
    BeforeTheLast,
    Complete,
    DecisionEvent,
    DecisionRecorded,
    DecisionState,
    DecisionWithdrawn,
    Difference,
    EndedAlready,
    NothingDecided,
    NotRecorded,
    RecordDecision,
    Refused,
    StandsSoAlready,
    State,
    TakeUp,
    Update,
    Withdraw,
    decide,
    evolve,
    publish,
)
from shared.contracts.base import Actor
from shared.contracts.reporting import BoardActionUpdatedV1, BoardDecisionRecordedV1, ReportFigure

AT = datetime(2026, 11, 3, 10, tzinfo=UTC)
BY = Actor(role="qa-manager", reference=UUID("993036c3-0bf0-5968-a31c-3d6656003bbf"))
DECIDED = DecisionRecorded(
    at=AT,
    board="quality-board",
    window="2026-06",
    report_version=1,
    section="districts",
    figure=ReportFigure(table="grades-by-district", row="north/riverside", column="share"),
    decision="plan",
    unit="north/riverside",
    owner_role="assistant-director",
    decided_on=date(2026, 10, 21),
    due_on=date(2027, 1, 29),
    by=BY,
)


def take_up(day: int = 2) -> TakeUp:
    return TakeUp(ActionTakenUp(at=AT, on=date(2026, 11, day), by=BY))


def complete(difference: Difference = Difference.PARTLY, day: int = 20) -> Complete:
    return Complete(ActionDone(at=AT, on=date(2026, 11, day), difference=difference, by=BY))


def withdraw(day: int = 20) -> Withdraw:
    return Withdraw(DecisionWithdrawn(at=AT, on=date(2026, 11, day), reason="overtaken", by=BY))


def told(*updates: Update) -> tuple[DecisionState, list[DecisionEvent]]:
    """Record the decision, let the updates follow, and give how it stands and every event."""
    events: list[DecisionEvent] = []
    state: DecisionState = NotRecorded()
    for command in (RecordDecision(DECIDED), *updates):
        for event in decide(command, state):
            events.append(event)
            state = evolve(state, event)
    return state, events


@pytest.mark.parametrize(
    ("updates", "stands"),
    [
        ((), ("open", "2026-10-21", None, None)),
        ((take_up(),), ("under-way", "2026-11-02", None, None)),
        ((complete(),), ("done", "2026-11-20", "partly", None)),
        ((take_up(), complete(Difference.NOT_YET)), ("done", "2026-11-20", "not-yet", None)),
        ((complete(Difference.NOT_YET), complete(Difference.YES, 25)), ("done", "2026-11-25", "yes", None)),
        ((withdraw(),), ("withdrawn", "2026-11-20", None, "overtaken")),
        ((complete(), take_up(21)), ("under-way", "2026-11-21", None, None)),
        ((withdraw(), take_up(21)), ("under-way", "2026-11-21", None, None)),
    ],
)
def test_how_it_stands(updates: tuple[Update, ...], stands: tuple[str, str, str | None, str | None]) -> None:
    state, _ = told(*updates)
    assert not isinstance(state, NotRecorded)
    assert (state.state, state.on.isoformat(), state.difference, state.reason) == stands


@pytest.mark.parametrize(
    ("updates", "refusal"),
    [
        ((take_up(), take_up(3)), StandsSoAlready),
        ((complete(), complete(day=21)), StandsSoAlready),
        ((withdraw(), withdraw(21)), StandsSoAlready),
        ((withdraw(), complete(day=21)), EndedAlready),
        ((complete(), withdraw(21)), EndedAlready),
        ((take_up(20), complete(day=19)), BeforeTheLast),
    ],
)
def test_what_cannot_follow_is_refused(updates: tuple[Update, ...], refusal: type[Refused]) -> None:
    with pytest.raises(refusal):
        told(*updates)


def test_nothing_becomes_of_what_was_not_decided() -> None:
    with pytest.raises(NothingDecided):
        decide(take_up(), NotRecorded())
    state, _ = told()
    with pytest.raises(StandsSoAlready):
        decide(RecordDecision(DECIDED), state)


def test_everybody_is_told_in_codes_alone() -> None:
    state: DecisionState = NotRecorded()
    said = []
    for event in told(take_up(), complete(), take_up(21), withdraw(22))[1]:
        [publication] = publish(state, event)
        said.append(publication.event)
        state = evolve(state, event)
    first, *later = said
    assert isinstance(first, BoardDecisionRecordedV1)
    assert (first.decision, first.unit, first.due_on.isoformat()) == ("plan", "north/riverside", "2027-01-29")
    assert all(isinstance(one, BoardActionUpdatedV1) for one in later)
    updates = [json.loads(one.to_json()) for one in later]
    assert [(one["state"], one["difference"], one["reason"], one["updated_on"]) for one in updates] == [
        ("under-way", None, None, "2026-11-02"),
        ("done", "partly", None, "2026-11-20"),
        ("under-way", None, None, "2026-11-21"),
        ("withdrawn", None, "overtaken", "2026-11-22"),
    ]


def test_events_are_read_back_as_they_were_written() -> None:
    _, events = told(take_up(), complete(), take_up(21), withdraw(22))
    assert [BOARD_DECISIONS.from_json(*BOARD_DECISIONS.to_json(event)) for event in events] == events


def test_decisions_are_found_by_board_and_window() -> None:
    summary = BOARD_DECISIONS.summarise(told(complete())[0])
    assert summary is not None
    assert (summary.status, summary.data) == (State.DONE, {"board": "quality-board", "window": "2026-06"})
    assert BOARD_DECISIONS.summarise(NotRecorded()) is None
