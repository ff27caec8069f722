"""An audit that is to be looked at again: asked for after an audit escalation, answered by an audit that names it.

The asking comes from the escalation service, the answers are this service's own audits with `re_audit_of`; in whatever
order they come, what stands is the same. A re-audit answers if it was completed after it was asked for; one that is
withdrawn answers nothing. One at a time looks at an audit again, and by another auditor unless the authority's policy
says otherwise. Sources: practice.md section 5 (a re-audit is linked to the first, by another auditor), design.md
section 2.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Final, Literal
from uuid import UUID

from services.audit.domain.refusals import Problem, Refused
from services.audit.domain.words import Code, Happened, Wanted


class ReAuditUnderWay(Refused):
    """Another re-audit of the same audit is allocated, and neither completed nor withdrawn."""

    code = "re-audit-under-way"
    sentence = "Another re-audit of that audit is under way."
    way_out = "Wait until it is completed, or withdraw it first: it is among the allocated audits of the same child."


class AuditorOfTheFirstAudit(Refused):
    """Nobody looks again at what they audited, unless the authority's policy lets them (practice.md section 5)."""

    code = "auditor-of-the-first-audit"
    sentence = "Nobody re-audits their own audit."
    way_out = "Ask another auditor, or have the settings allow it: `audit.re_audit_by_same_auditor`."


UNDER_WAY: Final = Problem("re_audit_of", "another re-audit of that audit is under way", ReAuditUnderWay.way_out)
"""The fault of an audit that looks again at one which another looks at just now."""

BY_THE_SAME: Final = Problem("auditor", "they audited it the first time", AuditorOfTheFirstAudit.way_out)
"""The fault of a re-audit that is given to the auditor of the first audit."""


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
    """Note how far an audit that names this one as its earlier audit has come.

    `begins` says that it was not there before: then no other may be under way. One that was stays noted, whatever was
    allowed when it began.
    """

    re_audit_id: UUID
    stage: Stage
    begins: bool = False


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

    def under_way_beside(self, re_audit_id: UUID | None) -> bool:
        """Say whether an audit other than this one is under way that looks at it again."""
        return any(one.stage is Stage.ALLOCATED and id_ != re_audit_id for id_, one in self.noted.items())

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


def problems_of_beginning(
    re_audits: ReAudits, first_auditor: UUID, auditor: UUID | None, *, same_allowed: bool
) -> Iterator[Problem]:
    """Yield what stands against an audit by an auditor that looks again at one of which these re-audits are known.

    None as the auditor is somebody whom nobody has a reference of yet, and so not the first.
    """
    if re_audits.under_way_beside(None):
        yield UNDER_WAY
    if auditor == first_auditor and not same_allowed:
        yield BY_THE_SAME


def refused(problems: Sequence[Problem]) -> Refused:
    """Return the refusal of a re-audit that cannot begin, with everything that stands against it."""
    return (ReAuditUnderWay if UNDER_WAY in problems else AuditorOfTheFirstAudit)(problems)


def decide(command: ReAuditCommand, state: ReAudits) -> Sequence[ReAuditEvent]:
    """Return what follows; nothing where it is known.

    Raises:
        ReAuditUnderWay: the audit that begins is not the only one then that looks at it again.

    """
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
            if command.begins and known is None and state.under_way_beside(command.re_audit_id):
                raise ReAuditUnderWay([UNDER_WAY])
            return [ReAuditNoted(at=command.at, by=command.by, re_audit_id=command.re_audit_id, stage=command.stage)]
