"""Why moderation says no: each refusal a type with a sentence and the way out (see refusals.py)."""

from __future__ import annotations

from services.audit.domain.refusals import Refused


class NoFurtherModeration(Refused):
    """The authority's policy allows no further moderation of the audit."""

    code = "no-further-moderation"
    sentence = "The authority's policy allows no further moderation of this audit."
    way_out = "Dispute the grade, if it should be looked at again."


class DecisionIsFinal(Refused):
    """A dispute was settled: no further moderation, no further dispute."""

    code = "decision-is-final"
    sentence = "A dispute about this audit was settled, and that decision is final."
    way_out = "Record a reflective case note, if there is more to say."


class ModeratedItBefore(Refused):
    """The person moderated the audit before: the second judgement is another's."""

    code = "moderated-it-before"
    sentence = "Somebody who moderated this audit before cannot moderate or decide on it again."
    way_out = "Ask another moderator."


class PartyToTheDispute(Refused):
    """Whoever disputes a grade does not decide on it."""

    code = "party-to-the-dispute"
    sentence = "Nobody decides on a dispute of their own."
    way_out = "Ask another moderator."


class NoteInvalid(Refused):
    """A reflective note names roles that there are not; `problems` has every one."""

    code = "note-invalid"
    sentence = "The reflective note cannot be recorded as it is."
    way_out = "Every fault is listed; mend them and send it again."


class ModerationIsSighted(Refused):
    """The moderation is not blind: its grades are given when it is recorded."""

    code = "moderation-is-sighted"
    sentence = "This moderation is not a blind one."
    way_out = "Give the grades when you record it."


class BlindGradesGiven(Refused):
    """Grades were given blind before, otherwise or by another moderator; they stay as they are."""

    code = "blind-grades-given"
    sentence = "Grades were given blind already, and stay as they are."
    way_out = "Record the moderation; the grade that stands may differ from the one given blind."


class HappenedBeforeCompletion(Refused):
    """The business date lies before the audit's completion."""

    code = "happened-before-completion"
    sentence = "That would have happened before the audit was completed."
    way_out = "Check happened_at."


class NothingToDispute(Refused):
    """No moderation was done whose grade could be disputed."""

    code = "nothing-to-dispute"
    sentence = "No moderation of the audit is done whose grade could be disputed."
    way_out = "Ask the QA unit for a moderation, or record a reflective case note."


class ModerationUnderWay(Refused):
    """A moderation is open: its grade will stand, and may then be disputed."""

    code = "moderation-under-way"
    sentence = "A moderation of the audit is under way."
    way_out = "Wait for its grade, and dispute that one."


class DisputeIsOpen(Refused):
    """A dispute about the grade is open already."""

    code = "dispute-is-open"
    sentence = "A dispute about this grade is open already."
    way_out = "Wait for the decision."


class DisputeTooLate(Refused):
    """The days within which a grade may be disputed are over."""

    code = "dispute-too-late"
    sentence = "The days within which this grade could be disputed are over."
    way_out = "Record a reflective case note, or ask the QA unit."


class DisputeNotFound(Refused):
    """The audit has no such dispute."""

    code = "dispute-not-found"
    sentence = "The audit has no such dispute."
    way_out = "Check the dispute's id."


class DisputeAlreadySettled(Refused):
    """The dispute was settled before, otherwise."""

    code = "dispute-already-settled"
    sentence = "The dispute is settled already, and that decision is final."
    way_out = "Look at the decision."


class SettledWithOtherText(Refused):
    """The dispute was settled alike before, and text came with the repeat: a sealed text cannot be compared."""

    code = "dispute-settled-with-other-text"
    sentence = "The dispute is settled already. Sealed text cannot be compared, so the text sent now is not stored."
    way_out = "Look at its text."


class SettledByModeration(Refused):
    """The dispute is a second moderator's to decide."""

    code = "settled-by-moderation"
    sentence = "This dispute is decided by a second moderator."
    way_out = "Record the second moderation, or settle it as noted where there is nothing to decide."


class SettlementInvalid(Refused):
    """The settlement contradicts itself; `problems` has every fault at once."""

    code = "settlement-invalid"
    sentence = "The dispute cannot be settled as it is."
    way_out = "Every fault is listed; mend them and send it again."


class NoteRecordedOtherwise(Refused):
    """The note was recorded before with other particulars or other text."""

    code = "note-recorded-otherwise"
    sentence = "The note is recorded already, otherwise; what was sent now is not stored."
    way_out = "Record a new note with an id of its own."
