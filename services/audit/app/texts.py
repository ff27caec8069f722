"""The sealed texts of an audit as it stands, by the name of their box."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from services.audit.app import sealing
from services.audit.app.audits.practitioner_views import FEEDBACK_BOX, RESPONSE_BOX
from services.audit.app.moderation import texts as moderation_texts
from services.audit.domain.audits.events import (
    AuditAmended,
    AuditCompleted,
    ConcernFlagged,
    Event,
    RecommendationFollowedUp,
    RecommendationMade,
)
from services.audit.domain.audits.outcome import answer_texts
from services.audit.domain.audits.practitioner import PractitionerFeedbackGiven, PractitionerResponded
from services.audit.domain.moderation.events import ModerationEvent
from services.audit.domain.words import SealedText

_OF_OUTCOME = ("overall_rationale", "concern_text")


def texts_of(events: Iterable[Event]) -> dict[str, SealedText]:
    """Return the sealed texts of an audit as it stands, by the name of their box; each concern has its own."""
    texts: dict[str, SealedText | None] = {}
    concerns = 0
    for event in events:
        if isinstance(event, ModerationEvent):
            texts.update(moderation_texts.texts_of(event))
            continue
        match event:
            case AuditCompleted(outcome=outcome, recommendations=made):
                texts.update(outcome.texts())
                texts.update((f"recommendations/{each.id}", each.text) for each in made)
            case AuditAmended(outcome=outcome):
                texts = {box: text for box, text in texts.items() if not _of_outcome(box)}
                texts.update(outcome.texts())
            case ConcernFlagged(text=text):
                concerns += 1
                texts[sealing.concern_box(concerns)] = text
            case RecommendationMade(recommendation=made_later):
                texts[f"recommendations/{made_later.id}"] = made_later.text
            case RecommendationFollowedUp(recommendation_id=id_, text=text):
                texts[f"recommendations/{id_}/follow-up"] = text
            case PractitionerFeedbackGiven():
                texts = _with_feedback(texts, event)
            case PractitionerResponded(text=text):
                texts[RESPONSE_BOX] = text
    return {box: text for box, text in texts.items() if text is not None}


def _with_feedback(
    texts: Mapping[str, SealedText | None], event: PractitionerFeedbackGiven
) -> dict[str, SealedText | None]:
    """Return the texts after a practitioner's feedback: their words and answers stay where they gave no others."""
    kept = {box: text for box, text in texts.items() if not (event.answers and box.startswith(sealing.OF_PRACTITIONER))}
    answered = {sealing.OF_PRACTITIONER + box: text for box, text in answer_texts(event.answers).items()}
    return {**kept, **answered, FEEDBACK_BOX: event.text or texts.get(FEEDBACK_BOX)}


def _of_outcome(box: str) -> bool:
    return box in _OF_OUTCOME or box.startswith(("sections/", "answers/", "findings/", "overridden_limits/"))
