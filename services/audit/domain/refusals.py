"""Why the audit service says no: each refusal a type with a sentence and, where there is one, the way out.

No sentence repeats a value that came in, since a value may hold a name or text of a child's file (G7).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of what was handed in: where it is, which question or section, what is wrong, the way out."""

    place: str
    message: str
    way_out: str
    question: str | None = None


class Refused(Exception):
    """A command the business does not allow. `code` is stable and may be matched by callers."""

    code = "refused"
    sentence = "That is not possible."
    way_out = ""

    def __init__(self, problems: Sequence[Problem] = ()) -> None:
        super().__init__(f"{self.sentence} {self.way_out}".strip())
        self.problems: tuple[Problem, ...] = tuple(problems)


class AuditNotFound(Refused):
    """There is no such audit, or not for this reader: both are told the same."""

    code = "audit-not-found"
    sentence = "There is no such audit."
    way_out = "Check the audit's id; it must belong to your authority and your part of it."


class AuditAlreadyAllocated(Refused):
    """The audit was allocated before, with other particulars."""

    code = "audit-already-allocated"
    sentence = "The audit is allocated already, with other particulars."
    way_out = "Withdraw it and allocate a new one, or use a new id."


class AuditorIsOfTheTeam(Refused):
    """Nobody audits their own team's files where the authority's policy forbids it (practice.md section 2)."""

    code = "auditor-is-of-the-team"
    sentence = "Nobody audits a file of their own team."
    way_out = "Ask an auditor of another team."


class AuditorIsThePractitioner(Refused):
    """Nobody audits their own work."""

    code = "auditor-is-the-practitioner"
    sentence = "Nobody audits their own work."
    way_out = "Ask another auditor, or check the practitioner's reference."


class AuditOfItself(Refused):
    """An audit cannot look at itself again."""

    code = "audit-of-itself"
    sentence = "An audit cannot be the re-audit of itself."
    way_out = "Name the earlier audit in re_audit_of."


class NotThePractitioner(Refused):
    """The audit names another practitioner, or none."""

    code = "not-the-practitioner"
    sentence = "The audit does not name this person as the practitioner."
    way_out = "Ask your QA unit to name the practitioner when the audit is allocated."


class FeedbackInvalid(Refused):
    """The practitioner's feedback does not fit the tool; `problems` has every fault at once."""

    code = "feedback-invalid"
    sentence = "The feedback cannot be taken as it is."
    way_out = "Every fault is listed; mend them and send it again."


class DraftIsClosed(Refused):
    """The audit is completed: there is nothing more to draft."""

    code = "draft-is-closed"
    sentence = "The audit is completed; its draft is closed."
    way_out = "Amend it, with a reason; both versions are kept."


class NothingDrafted(Refused):
    """A completion from the draft was asked for, and there is no draft."""

    code = "nothing-drafted"
    sentence = "There is no draft to complete the audit from."
    way_out = "Save a draft first, or send the outcome with the completion."


class AlreadyResponded(Refused):
    """The practitioner answered the outcome before, otherwise, and it has not changed since."""

    code = "already-responded"
    sentence = "The practitioner answered this outcome already, otherwise."
    way_out = "Talk it over with your manager; an amended or moderated outcome may be answered anew."


class DueBeforeAllocation(Refused):
    """The audit would be due before it is allocated."""

    code = "due-before-allocation"
    sentence = "The audit would be due before it is allocated."
    way_out = "Give a due date on or after the day of allocation."


DUE_BEFORE_ALLOCATION: Final = Problem(
    "due_on", "it is due before it is allocated", "Give a day on or after the allocation."
)
"""The fault of an allocation that names a day which is past."""


class DueTooFarAhead(Refused):
    """The audit would be due in a day so far ahead that it must be a slip of the pen."""

    code = "due-too-far-ahead"
    sentence = "The audit would be due more than ten years ahead."
    way_out = "Check the year of due_on."


class AuditNotCompleted(Refused):
    """What was asked for needs a completed audit."""

    code = "audit-not-completed"
    sentence = "The audit is not completed yet."
    way_out = "Complete it first."


class AuditAlreadyCompleted(Refused):
    """The audit was completed before, with another outcome."""

    code = "audit-already-completed"
    sentence = "The audit is completed already, with another outcome."
    way_out = "Amend it, with a reason; both versions are kept."


class AuditCompletedWithOtherText(Refused):
    """The audit was completed alike before, and text came with the repeat: a sealed text cannot be compared."""

    code = "audit-completed-with-other-text"
    sentence = "The audit is completed already. Sealed text cannot be compared, so the text sent now is not stored."
    way_out = "Look at its texts; amend it, with a reason, where they should read otherwise."


class AuditIsWithdrawn(Refused):
    """The audit was withdrawn and takes no more changes."""

    code = "audit-withdrawn"
    sentence = "The audit was withdrawn."
    way_out = "Allocate a new audit."


class VersionNotFound(Refused):
    """The outcome has no such version."""

    code = "version-not-found"
    sentence = "The audit's outcome has no such version."
    way_out = "The versions of the audit are listed at its /versions."


class ToolDoesNotMatch(Refused):
    """Another tool or version was handed in than the audit was allocated with."""

    code = "tool-does-not-match"
    sentence = "The audit was allocated with another tool or another version of it."
    way_out = "An audit under way finishes on the version it began with."


class OutcomeInvalid(Refused):
    """The answers do not fit the tool; `problems` has every fault at once, each with its question."""

    code = "outcome-invalid"
    sentence = "The audit is not complete as its tool asks."
    way_out = "Every fault is listed; mend them and send it again."


class NothingToAmend(Refused):
    """An amendment changes nothing."""

    code = "nothing-to-amend"
    sentence = "The amendment changes nothing."
    way_out = "Send the outcome as it should stand."


class HappenedBeforeAllocation(Refused):
    """The business date lies before the audit's allocation."""

    code = "happened-before-allocation"
    sentence = "That would have happened before the audit was allocated."
    way_out = "Check happened_at."


class ModerationNotRequested(Refused):
    """The moderation is not one of this audit's."""

    code = "moderation-not-requested"
    sentence = "No such moderation was requested for the audit."
    way_out = "Request it first."


class ModerationAlreadyRequested(Refused):
    """Another moderation of the audit is still open, or this one was asked for otherwise."""

    code = "moderation-already-requested"
    sentence = "A moderation of the audit is asked for already, by another moderator or otherwise blind."
    way_out = "Record that one first; to let somebody else do it, give it to them in the moderation queue."


class ModerationAlreadyDone(Refused):
    """The moderation was recorded before, by someone else or otherwise."""

    code = "moderation-already-done"
    sentence = "The moderation is recorded already."
    way_out = (
        "Look at it; request another moderation if it must be graded again. "
        "To decide a dispute, give the moderation_id that the dispute asked for."
    )


class ModerationDoneWithOtherText(Refused):
    """The moderation was recorded alike before, and text came with the repeat: a sealed text cannot be compared."""

    code = "moderation-done-with-other-text"
    sentence = "The moderation is recorded already. Sealed text cannot be compared, so the text sent now is not stored."
    way_out = "Look at its texts; flag a concern that is new, or request another moderation."


class ModeratorIsTheAuditor(Refused):
    """Nobody moderates their own audit (domain.md section 3)."""

    code = "moderator-is-the-auditor"
    sentence = "Nobody moderates their own audit."
    way_out = "Ask another moderator."


class ModeratorIsThePractitioner(Refused):
    """Nobody moderates the audit of their own work, as nobody audits it."""

    code = "moderator-is-the-practitioner"
    sentence = "Nobody moderates an audit of their own work."
    way_out = "Ask another moderator."


class ModeratorIsOfTheTeam(Refused):
    """Nobody moderates their own team's or area's audits where the authority forbids it (domain.md section 3)."""

    code = "moderator-is-of-the-team"
    sentence = (
        "Nobody moderates an audit of their own team, or of their own area where the authority's settings say so."
    )
    way_out = "Ask a moderator of another team, or of another area."


class ModeratorNotAssigned(Refused):
    """The moderation was given to another moderator."""

    code = "moderator-not-assigned"
    sentence = "The moderation was given to another moderator."
    way_out = "Ask the QA unit to pass it on."


class ModerationInvalid(Refused):
    """The moderation's grades do not fit the tool; `problems` has every fault at once."""

    code = "moderation-invalid"
    sentence = "The moderation is not complete."
    way_out = "Every fault is listed; mend them and send it again."


class RecommendationInvalid(Refused):
    """A recommendation or its follow-up contradicts itself; `problems` has every fault at once."""

    code = "recommendation-invalid"
    sentence = "The recommendation cannot be taken as it is."
    way_out = "Every fault is listed; mend them and send it again."


class RecommendationNotFound(Refused):
    """The audit has no such recommendation."""

    code = "recommendation-not-found"
    sentence = "The audit has no such recommendation."
    way_out = "Check the recommendation's id."


class RecommendationAlreadyMade(Refused):
    """The recommendation was made before with other particulars."""

    code = "recommendation-already-made"
    sentence = "The recommendation is made already, with other particulars."
    way_out = "Make a new one with an id of its own."


class RecommendationMadeWithOtherText(Refused):
    """The recommendation was made alike before, and text came with the repeat: a sealed text cannot be compared."""

    code = "recommendation-made-with-other-text"
    sentence = "The recommendation is made already. Sealed text cannot be compared, so the text sent now is not stored."
    way_out = "Look at its text; make a new one with an id of its own where it should read otherwise."


class ToolInvalid(Refused):
    """The tool document breaks a rule; `problems` has every fault at once."""

    code = "tool-invalid"
    sentence = "The tool document cannot be published."
    way_out = "Every fault is listed; mend them and publish again."


class ToolNotFound(Refused):
    """There is no such tool, or not in that version."""

    code = "tool-not-found"
    sentence = "There is no such published tool or version."
    way_out = "Publish it first; `GET /v1/tools` lists what there is."
