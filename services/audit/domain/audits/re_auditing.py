"""An audit that is to be looked at again: asked for after an audit escalation, answered by an audit that names it.

The asking comes from the escalation service, the answers are this service's own audits with `re_audit_of`; in whatever
order they come, what stands is the same. A re-audit answers if it was completed after it was asked for; one that is
withdrawn answers nothing. Sources: practice.md section 5 (a re-audit is linked to the first), design.md section 2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Final, Literal
from uuid import UUID

from services.audit.domain.words import Code, Happened, Wanted


class Stage(StrEnum):
    """How far a re-audit has come."""

    ALLOCATED = "allocated"
    COMPLETED = "completed"
    WITHDRAWN = "withdrawn"


_ORDER: Final = tuple(Stage)
"""A stage is only ever followed by a later one."""


class Stands(StrEnum):
    """How an asked re-audit stands: none was asked for, it waits for an audit, one is under way, one is done."""

    NONE = "none"
    ASKED = "asked"
    ALLOCATED = "allocated"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskReAudit(Wanted):
    """Ask for the case to be audited again by a day, after an audit escalation of this authority."""

    authority: Code
    escalation_id: UUID
    due_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteReAudit(Wanted):
    """Note how far an audit that names this one as its earlier audit has come."""

    re_audit_id: UUID
    stage: Stage


ReAuditCommand = AskReAudit | NoteReAudit
"""What may be asked of an audit about its re-audits, in whatever state it is."""


class ReAuditAsked(Happened):
    """A re-audit was asked for, by a day, after an audit escalation."""

    type: Literal["re-audit-asked"] = "re-audit-asked"
    escalation_id: UUID
    due_on: date


class ReAuditNoted(Happened):
    """An audit that looks at this one again was allocated, completed or withdrawn."""

    type: Literal["re-audit-noted"] = "re-audit-noted"
    re_audit_id: UUID
    stage: Stage


ReAuditEvent = ReAuditAsked | ReAuditNoted
"""Everything that can have happened about an audit's re-audits."""


@dataclass(frozen=True, slots=True)
class ReAudits:
    """The re-audit that was asked for last, and how far each audit has come that looks at this one again."""

    asked: ReAuditAsked | None = None
    noted: Mapping[UUID, ReAuditNoted] = field(default_factory=dict)

    def after(self, event: ReAuditEvent) -> ReAudits:
        """Return what holds after an event."""
        if isinstance(event, ReAuditAsked):
            return replace(self, asked=event)
        return replace(self, noted={**self.noted, event.re_audit_id: event})

    @property
    def answer(self) -> ReAuditNoted | None:
        """Return the audit that answers what was asked: the first one done since, or else one under way."""
        asked = self.asked
        if asked is None:
            return None
        done = [one for one in self.noted.values() if one.stage is Stage.COMPLETED and one.at >= asked.at]
        if done:
            return min(done, key=lambda one: (one.at, one.re_audit_id))
        return next((one for one in self.noted.values() if one.stage is Stage.ALLOCATED), None)

    @property
    def stands(self) -> Stands:
        """Say how it stands."""
        if self.asked is None:
            return Stands.NONE
        if self.answer is None:
            return Stands.ASKED
        return Stands.DONE if self.answer.stage is Stage.COMPLETED else Stands.ALLOCATED


NO_RE_AUDITS: Final = ReAudits()
"""Of an audit that nobody looked at again, nor asked to."""


def decide(command: ReAuditCommand, state: ReAudits) -> Sequence[ReAuditEvent]:
    """Return what follows; nothing where it is known."""
    match command:
        case AskReAudit():
            asked = state.asked
            same = asked is not None and (asked.escalation_id, asked.due_on) == (command.escalation_id, command.due_on)
            if same and state.stands is not Stands.DONE:
                return []
            return [
                ReAuditAsked(at=command.at, by=command.by, escalation_id=command.escalation_id, due_on=command.due_on)
            ]
        case NoteReAudit():
            known = state.noted.get(command.re_audit_id)
            if known is not None and _ORDER.index(known.stage) >= _ORDER.index(command.stage):
                return []
            return [ReAuditNoted(at=command.at, by=command.by, re_audit_id=command.re_audit_id, stage=command.stage)]
