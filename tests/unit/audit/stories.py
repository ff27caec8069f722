"""Stories of an audit, begun by commands: where the decider's tests start from."""

from __future__ import annotations

from services.audit.domain.audits.commands import Command
from services.audit.domain.audits.decider import decide
from services.audit.domain.audits.events import Event
from services.audit.domain.audits.evolving import evolve
from services.audit.domain.audits.states import INITIAL, Completed, State
from tests.support.decider_spec import Spec, spec

AuditSpec = Spec[Command, State, Event]


def nothing() -> AuditSpec:
    return spec(decide, evolve, INITIAL)


def after(*commands: Command) -> AuditSpec:
    story = nothing()
    for command in commands:
        story = story.given(*decide(command, story.state))
    return story


def completed(story: AuditSpec) -> Completed:
    assert isinstance(story.state, Completed)
    return story.state
