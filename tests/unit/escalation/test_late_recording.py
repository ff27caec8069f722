"""A step recorded later than the settings allow is marked: back-dating shows, though the clock goes by when it was."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.escalation.app.publishing import publish
from services.escalation.domain import events
from services.escalation.domain.commands import Command
from shared.contracts.escalation import ActionsSignedOffV1
from tests.unit.escalation import scenes as s
from tests.unit.escalation.spec import given, run, state_after

IN_TIME = s.january(16, 23)


@pytest.mark.parametrize(
    ("history", "step"),
    [
        ((s.OPENED,), s.discuss()),
        ((s.OPENED,), s.raise_()),
        ((s.OPENED,), s.not_required()),
        (s.RAISED_PRACTICE, s.send_copy()),
        (s.RAISED_PRACTICE, s.discuss_actions()),
        (s.RAISED_PRACTICE, s.add_action()),
        ((*s.RAISED_PRACTICE, s.was_added()), s.complete_action()),
        ((*s.RAISED_PRACTICE, s.was_added()), s.record_oversight()),
        (s.READY, s.sign_off()),
        (s.SIGNED_OFF, s.close()),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_step_keeps_when_it_was_recorded_and_says_where_that_was_late(
    history: tuple[events.Event, ...], step: Command
) -> None:
    for recorded_at, late in ((IN_TIME, False), (IN_TIME + s.ONE_MICROSECOND, True)):
        recorded = replace(step, recorded_at=recorded_at, record_by=IN_TIME, settings_version=7)
        [event] = given(*history).when(recorded).then_events()
        assert (event.recorded_at, event.recorded_late, event.settings_version) == (recorded_at, late, 7)
        assert event.at == step.happened_at


def test_a_late_recording_meets_the_clock_and_is_told_apart() -> None:
    late = replace(s.sign_off(recorded_at=s.january(23)), record_by=IN_TIME, settings_version=7)
    [signed] = given(*s.READY).when(late).then_events()
    assert isinstance(signed, events.ActionsSignedOff)
    assert signed.within_clock
    [told] = publish(state_after(*s.READY), signed)
    assert isinstance(told.event, ActionsSignedOffV1)
    assert (told.event.within_clock, told.event.recorded_late, told.event.settings_version) == (True, True, 7)
    state = state_after(*run(s.READY, late))
    assert state.facts.recorded_late  # type: ignore[union-attr]  # it is signed off


def test_what_the_service_does_by_itself_is_never_late() -> None:
    [event] = given(*s.RAISED_PRACTICE).when(s.mark_overdue(s.january(31))).then_events()
    assert not event.recorded_late
