"""What happened, in words: each event of an audit escalation as a line of its history. Pure."""

from __future__ import annotations

from typing import Final

from services.escalation.adapters.pages.wording import moment_of, roles_in_words, short, spoken, weekday, who
from services.escalation.domain import events
from services.escalation.domain.events import Event
from services.escalation.domain.model import Actor, Cause, Changed
from services.escalation.domain.roles import SERVICE
from shared.authority.names import Names as Words

_ORIGINS: Final = {"audit": "in the audit", "moderation": "in moderation", "person": "by a person"}
_BECAUSE: Final = {"settings": "the authority's settings changed", "calendar": "the calendar changed"}
WITHOUT_MORE: Final = {
    "re-audit-withdrawal-noted": "The re-audit that had been done was withdrawn, so the one asked for waits again",
}
"""Events that say nothing more than that they happened."""

_AFTER: Final = {
    Changed.MODERATION: "after moderation",
    Changed.DISPUTE: "after a dispute",
    Changed.AMENDMENT: "after an amendment",
}
_ANSWERS: Final = {"confirmed": "Closing confirmed", "reopening-asked": "Asked to be reopened"}


def cause_in_words(cause: Cause) -> str:
    """Return a cause in words: `Concern flagged (safeguarding), in the audit`."""
    return f"{spoken(cause.code)} ({cause.category}), {_ORIGINS[cause.origin]}"


def story(event: Event, words: Words) -> str:  # noqa: C901, PLR0911, PLR0912 - a table, a line an event
    """Return what happened, in a sentence without who and when; `words` are what the authority calls roles."""
    match event:
        case events.ConsiderationOpened():
            return f"Considered. {_causes(event.causes)}"
        case events.CauseJoined():
            return f"Another cause joined it. {_causes(event.causes)}"
        case events.ConsiderationReopened():
            return f"Considered again. {_causes(event.causes)}"
        case events.AuditWithdrawalNoted():
            return "The audit behind it was withdrawn. Noted; a person decides what that means"
        case events.StandingGradeNoted():
            return f"Another grade stands {after(event.because)}: {spoken(event.grade).lower()}. Noted"
        case events.CaseReferenceNoted():
            return "The child's reference was entered" if event.by else "The audit service gave the child's reference"
        case events.CaseNumberRefused():
            return "Nothing comes of the case number: whoever knows the child's reference enters it"
        case events.CaseNumberCorrected():
            return "Another case number was entered"
        case events.ChildErasureNoted():
            return "The child's texts were erased and cannot be read any more"
        case events.DiscussionRecorded():
            return f"Discussed with {roles_in_words(event.with_whom, words)}"
        case events.EscalationFoundNotRequired():
            return f"Found not required: {spoken(event.reason).lower()}"
        case events.EscalationRaised():
            return f"Raised as {event.category}; told: {roles_in_words(event.told, words) or 'nobody'}"
        case events.EscalationReclassified():
            return (
                f"Changed from {event.from_category} to {event.category}: {spoken(event.reason).lower()}"
                f"{_second(event.second_person, words)}"
            )
        case events.CopySent():
            return f"Copy of the audit tool sent to {roles_in_words(event.to, words)}"
        case events.ActionsDiscussed():
            return words.say("Actions discussed with {practitioner} and {team-manager}")
        case events.ActionAdded():
            due = "" if event.due_on is None else f", due on {weekday(event.due_on)}"
            owner = "" if event.owner is None else f", for {_inner(event.owner, words)}"
            return f"Action {short(event.action_id)} added: {spoken(event.kind).lower()}{owner}{due}"
        case events.ActionCompleted():
            return f"Action {short(event.action_id)} completed"
        case events.ActionWithdrawn():
            return f"Action {short(event.action_id)} withdrawn: {spoken(event.reason).lower()}"
        case events.OversightRecorded():
            return f"Management oversight recorded on the child's file{_cover(event.covering, words)}"
        case events.ActionsSignedOff():
            met = "within the clock" if event.within_clock else "after the due moment"
            return f"Completed actions signed off, {met}{_cover(event.covering, words)}"
        case events.EscalationBecameOverdue():
            return "Became overdue: the due moment passed without sign-off"
        case events.ConsiderationBecameOverdue():
            return "Became overdue: nobody decided in time"
        case events.ChaserSent():
            return f"Reminded before the due moment: {roles_in_words(event.to, words)}"
        case events.SecondLineTold():
            return f"Second line told of the breach: {roles_in_words(event.to, words)}"
        case events.ClockRecomputed():
            return f"Clock reckoned anew, since {_BECAUSE[event.because]}{_due(event)}"
        case events.EscalationClosed():
            return words.say("{Assistant-director} told, and closed")
        case events.ClosingAnswered():
            return _ANSWERS[event.answer]
        case events.EscalationReopened():
            return f"Reopened as {event.category}: {spoken(event.reason).lower()}. A new clock runs"
        case events.EscalationWithdrawn():
            return f"Withdrawn: {spoken(event.reason).lower()}{_second(event.second_person, words)}"
        case events.ReAuditRequested():
            return f"Re-audit asked for by {weekday(event.due_on)}"
        case events.ReAuditNoted():
            found = "without a grade" if event.grade is None else f"with the grade {spoken(event.grade).lower()}"
            return f"Re-audit done, {found}"
        case events.ReAuditGradeNoted():
            return (
                f"Another grade of the re-audit stands {after(event.because)}: {spoken(event.grade).lower() or 'none'}"
            )
        case _:
            return WITHOUT_MORE.get(event.type) or spoken(event.type)


def after(changed: Changed | None) -> str:
    """Return after what a grade stands, in words; `now` where that was not kept."""
    return "now" if changed is None else _AFTER[changed]


def _causes(causes: tuple[Cause, ...]) -> str:
    return "; ".join(cause_in_words(one) for one in causes)


def _second(actor: Actor | None, words: Words) -> str:
    return "" if actor is None else f"; second person: {_inner(actor, words)}"


def _cover(actor: Actor | None, words: Words) -> str:
    return "" if actor is None else f", standing in for {_inner(actor, words)}"


def _inner(actor: Actor, words: Words) -> str:
    """Return who, within a sentence: the role as the authority writes it."""
    said = who(actor, words)
    return said if actor.role == SERVICE else words.role(actor.role) + said[len(words.role(actor.role)) :]


def _due(event: events.ClockRecomputed) -> str:
    clocks = event.clocks
    if clocks.practice.due_at == clocks.safeguarding.due_at:
        return f": due {moment_of(clocks.practice.due_at)}"
    return (
        f": due {moment_of(clocks.safeguarding.due_at)} as safeguarding, "
        f"{moment_of(clocks.practice.due_at)} as practice"
    )
