"""The audit escalation as the event store handles it: one aggregate, made of the pure parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final, TypeAlias

from services.escalation.app.notices import Notice
from services.escalation.app.publishing import publish
from services.escalation.app.summaries import CATEGORY, summariser
from services.escalation.domain import events
from services.escalation.domain.commands import Command
from services.escalation.domain.decider import decide
from services.escalation.domain.events import Event
from services.escalation.domain.evolution import evolve
from services.escalation.domain.states import NotConsidered, State
from shared.eventstore.model import Aggregate, Meta, nothing_beside

SOURCE: Final = "/escalation"

LATE_ENTRY_GRACE: Final = timedelta(hours=1)

EscalationAggregate: TypeAlias = Aggregate[Command, State, Event]


Tell: TypeAlias = Callable[[State, State, Event, Meta], Sequence[Notice]]


def escalations(late_entry_grace: timedelta = LATE_ENTRY_GRACE, tell: Tell = nothing_beside) -> EscalationAggregate:
    """Return the aggregate; `late_entry_grace` as in `summaries`, `tell` as in `telling`: without it nobody is told."""
    return Aggregate(
        category=CATEGORY,
        source=SOURCE,
        initial=NotConsidered(),
        decide=decide,
        evolve=evolve,
        to_json=events.to_json,
        from_json=events.from_json,
        publish=publish,
        summarise=summariser(late_entry_grace),
        beside=tell,
    )
