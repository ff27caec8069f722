"""Given, when, then for any decider: a test reads as the requirement does.

spec(decide, evolve, INITIAL).given(ALLOCATED).when(COMPLETE).then(COMPLETED)
spec(decide, evolve, INITIAL).given().when(COMPLETE).refused(AuditNotFound)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import pytest

C = TypeVar("C")
S = TypeVar("S")
E = TypeVar("E")
R = TypeVar("R", bound=Exception)


@dataclass(frozen=True)
class Spec(Generic[C, S, E]):
    """A decider under test, at some point of its story."""

    decide: Callable[[C, S], Sequence[E]]
    evolve: Callable[[S, E], S]
    state: S

    def given(self, *events: E) -> Spec[C, S, E]:
        """Go on to where these events lead."""
        state = self.state
        for event in events:
            state = self.evolve(state, event)
        return Spec(self.decide, self.evolve, state)

    def when(self, command: C) -> When[C, S, E]:
        """Ask for something; what comes of it is looked at next."""
        return When(self, command)


@dataclass(frozen=True)
class When(Generic[C, S, E]):
    """Something asked for."""

    spec: Spec[C, S, E]
    command: C

    def then(self, *expected: E) -> Spec[C, S, E]:
        """Expect exactly these events; gives the spec after them, to go on from."""
        events = self.spec.decide(self.command, self.spec.state)
        assert list(events) == list(expected)
        return self.spec.given(*events)

    def then_events(self) -> Sequence[E]:
        """Give what happened, for a closer look."""
        return self.spec.decide(self.command, self.spec.state)

    def then_nothing_happened(self) -> None:
        """Expect no event: it was so already."""
        assert list(self.spec.decide(self.command, self.spec.state)) == []

    def refused(self, refusal: type[R]) -> R:
        """Expect this refusal, and give it for a closer look."""
        with pytest.raises(refusal) as caught:
            self.spec.decide(self.command, self.spec.state)
        assert type(caught.value) is refusal
        return caught.value


def spec(decide: Callable[[C, S], Sequence[E]], evolve: Callable[[S, E], S], initial: S) -> Spec[C, S, E]:
    """Begin with nothing happened yet."""
    return Spec(decide, evolve, initial)
