"""Where a control chart starts anew: once a month, taken back, and told to everybody."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from services.reporting.boards.rebasing import (
    CONTROL_CHARTS,
    ChartRebased,
    NotRebased,
    Rebase,
    Rebased,
    RebasedAlready,
    RebaseWithdrawn,
    WithdrawRebase,
    decide,
    evolve,
    publish,
    stream_of,
)
from shared.contracts.base import Actor
from shared.contracts.reporting import ChartRebasedV1

AT = datetime(2026, 11, 3, 10, tzinfo=UTC)
BY = Actor(role="qa-officer", reference=UUID("993036c3-0bf0-5968-a31c-3d6656003bbf"))


def rebased(month: str, reason: str = "tool-changed") -> ChartRebased:
    return ChartRebased(at=AT, measure="good-or-better", month=month, reason=reason, by=BY)


def withdrawn(month: str) -> RebaseWithdrawn:
    return RebaseWithdrawn(at=AT, measure="good-or-better", month=month, reason="policy-changed", by=BY)


def test_months_stand_in_order_each_with_its_reason_and_one_may_be_taken_back() -> None:
    state = Rebased()
    for command in (Rebase(rebased("2026-04")), Rebase(rebased("2025-10", "policy-changed"))):
        for event in decide(command, state):
            state = evolve(state, event)
    assert state.months == (("2025-10", "policy-changed"), ("2026-04", "tool-changed"))
    [event] = decide(WithdrawRebase(withdrawn("2026-04")), state)
    state = evolve(state, event)
    assert state.months == (("2025-10", "policy-changed"),)
    [again] = decide(Rebase(rebased("2026-04")), state)
    assert evolve(state, again).months[-1] == ("2026-04", "tool-changed")


def test_what_is_so_already_is_refused() -> None:
    with pytest.raises(RebasedAlready):
        decide(Rebase(rebased("2026-04")), Rebased((("2026-04", "tool-changed"),)))
    with pytest.raises(NotRebased):
        decide(WithdrawRebase(withdrawn("2026-05")), Rebased((("2026-04", "tool-changed"),)))


@pytest.mark.parametrize(("event", "taken_back"), [(rebased("2026-04"), False), (withdrawn("2026-04"), True)])
def test_everybody_is_told(event: ChartRebased | RebaseWithdrawn, taken_back: bool) -> None:
    [publication] = publish(Rebased(), event)
    public = publication.event
    assert isinstance(public, ChartRebasedV1)
    assert (public.measure, public.month, public.withdrawn) == ("good-or-better", "2026-04", taken_back)
    assert CONTROL_CHARTS.from_json(*CONTROL_CHARTS.to_json(event)) == event


def test_a_measure_of_an_authority_is_one_stream() -> None:
    assert stream_of("northmoor", "good-or-better") == stream_of("northmoor", "good-or-better")
    assert stream_of("northmoor", "good-or-better") != stream_of("saltmere", "good-or-better")
