"""The boxes that moderation's texts are sealed for: how each is named, and what of it an event holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never
from uuid import UUID

from services.audit.domain.audits.outcome import answer_texts, limit_box
from services.audit.domain.moderation.events import (
    DisputeSettled,
    ModerationAssigned,
    ModerationDisputed,
    ModerationDone,
    ModerationEvent,
    ModerationRequested,
    ModeratorGraded,
    ReflectiveNoteRecorded,
)
from services.audit.domain.words import Code, SealedText

TELL = ("moderations/", "disputes/", "notes/")
"""How the boxes begin that tell what became of the audit's grades."""


def moderation_box(moderation_id: UUID, field: str) -> str:
    """Return the box of a moderation's text: `concern` or `feedback`, and those that have names of their own."""
    return f"moderations/{moderation_id}/{field}"


def section_box(moderation_id: UUID, section: Code, *, blind: bool = False) -> str:
    """Return the box of a moderator's reason for a section's grade; one given blind has a box of its own."""
    return moderation_box(moderation_id, f"{'blind/' if blind else ''}sections/{section}")


def own_boxes(moderation_id: UUID, *, blind: bool = False) -> str:
    """Return how the boxes begin of a moderator's answers, and of why limits were set aside."""
    return moderation_box(moderation_id, "blind/" if blind else "")


def rationale_box(moderation_id: UUID, *, blind: bool = False) -> str:
    """Return the box of the reason for the overall grade; for one given blind it has a box of its own."""
    return f"{own_boxes(moderation_id, blind=blind)}rationale"


def dispute_box(dispute_id: UUID) -> str:
    """Return the box of a dispute's text."""
    return f"disputes/{dispute_id}/reason"


def settlement_box(dispute_id: UUID) -> str:
    """Return the box of a decision's text."""
    return f"disputes/{dispute_id}/decision"


def settlement_limit_box(dispute_id: UUID, limit: Code) -> str:
    """Return the box of why the panel set a warning of the tool aside."""
    return f"disputes/{dispute_id}/{limit_box(limit)}"


def note_box(note_id: UUID) -> str:
    """Return the box of a reflective case note."""
    return f"notes/{note_id}"


def texts_of(event: ModerationEvent) -> Mapping[str, SealedText | None]:
    """Return the sealed texts of an event by their boxes."""
    match event:
        case ModerationRequested() | ModerationAssigned():
            return {}
        case ModeratorGraded(moderation_id=id_):
            return _own(event, id_, blind=True)
        case ModerationDone(moderation_id=id_):
            return {
                **_own(event, id_),
                moderation_box(id_, "concern"): event.concern_text,
                moderation_box(id_, "feedback"): event.feedback,
            }
        case ModerationDisputed():
            return {dispute_box(event.dispute_id): event.text}
        case DisputeSettled():
            limits = {settlement_limit_box(event.dispute_id, id_): why for id_, why in event.overridden_limits.items()}
            return {settlement_box(event.dispute_id): event.text, **limits}
        case ReflectiveNoteRecorded():
            return {note_box(event.note_id): event.text}
    assert_never(event)


def _own(
    event: ModeratorGraded | ModerationDone, moderation_id: UUID, *, blind: bool = False
) -> dict[str, SealedText | None]:
    """Return the reasons of a moderator's grades, the texts of their answers, and why limits were set aside."""
    before = own_boxes(moderation_id, blind=blind)
    return {
        rationale_box(moderation_id, blind=blind): event.rationale,
        **{section_box(moderation_id, id_, blind=blind): why for id_, why in event.section_reasons.items()},
        **{before + box: text for box, text in answer_texts(event.answers).items()},
        **{before + limit_box(limit): why for limit, why in event.overridden_limits.items()},
    }
