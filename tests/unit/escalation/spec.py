"""given / when / then over the escalation decider: a test reads as the requirement does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import pytest

from services.escalation.domain.commands import Command
from services.escalation.domain.decider import decide
from services.escalation.domain.events import EscalationRaised, Event
from services.escalation.domain.evolution import evolve
from services.escalation.domain.refusals import Refused
from services.escalation.domain.states import NotConsidered, State


def state_after(*events: Event) -> State:
    initial: State = NotConsidered()
    return reduce(evolve, events, initial)


def bare(event: Event) -> Event:
    """Return an event without what the decider stamps on each; a raise keeps when it was recorded."""
    stamp: dict[str, object] = {"recorded_late": False, "settings_version": None}
    if not isinstance(event, EscalationRaised):
        stamp["recorded_at"] = None
    return event.model_copy(update=stamp)


def run(events: Sequence[Event], *commands: Command) -> list[Event]:
    """Return the whole history after commands."""
    history = list(events)
    for command in commands:
        history += decide(command, state_after(*history))
    return history


@dataclass(frozen=True)
class When:
    history: tuple[Event, ...]
    command: Command

    def then(self, *expected: Event) -> None:
        """Expect exactly these events; when each was recorded, and by which settings, is looked at in its own tests."""
        happened = decide(self.command, state_after(*self.history))
        assert tuple(bare(event) for event in happened) == tuple(bare(event) for event in expected)

    def then_events(self) -> list[Event]:
        """Give what happened, for a closer look."""
        return list(decide(self.command, state_after(*self.history)))

    def then_nothing_happened(self) -> None:
        self.then()

    def then_refused(self, kind: type[Refused], *words: str, way_out: str = "") -> Refused:
        with pytest.raises(kind) as refusal:
            decide(self.command, state_after(*self.history))
        for word in words:
            assert word in refusal.value.message
        assert way_out in refusal.value.way_out
        assert refusal.value.way_out
        return refusal.value


@dataclass(frozen=True)
class Given:
    history: tuple[Event, ...]

    def when(self, command: Command) -> When:
        return When(self.history, command)


def given(*history: Event) -> Given:
    return Given(history)
