"""When the same words on an audit are a new thing and no repeat, though they come without a key of their own.

A request without an Idempotency-Key is known again by its words alone. Sent twice it takes effect once; but a grade may
be amended there and back, and what a practitioner says may be said once more about another outcome. So the words stand
for themselves anew once something came after them that they answer to, and what happens "now" is new on another day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from services.audit.app.asking import Asked
from services.audit.app.forms import (
    AmendmentForm,
    ConcernForm,
    FollowUpForm,
    Form,
    NewRecommendationForm,
    PractitionerFeedbackForm,
    PractitionerResponseForm,
)
from services.audit.app.moderation.forms import DisputeForm, ModerationForm, ModerationRequestForm, ReflectiveNoteForm
from services.audit.domain.words import business_date
from shared.eventstore.store import EventStore

_OUTCOMES: Final = ("audit-amended", "moderation-done", "dispute-settled")


@dataclass(frozen=True, slots=True)
class _New:
    """After which events the same words are new; `another_day` where they are so too on a later business day."""

    after: frozenset[str] = frozenset()
    another_day: bool = False


_NEW: Final[Mapping[type[Form], _New]] = {
    AmendmentForm: _New(frozenset({"audit-amended"})),
    ConcernForm: _New(frozenset({"concern-flagged"}), another_day=True),
    NewRecommendationForm: _New(another_day=True),
    FollowUpForm: _New(frozenset({"recommendation-followed-up"}), another_day=True),
    PractitionerFeedbackForm: _New(frozenset({"practitioner-feedback-given"}), another_day=True),
    PractitionerResponseForm: _New(frozenset(_OUTCOMES)),
    ModerationRequestForm: _New(frozenset({"moderation-done", "dispute-settled"})),
    ModerationForm: _New(frozenset({"moderation-requested", "moderation-disputed"})),
    DisputeForm: _New(frozenset({"moderation-done"})),
    ReflectiveNoteForm: _New(frozenset({"reflective-note-recorded"}), another_day=True),
}
"""By what is asked; what is not here can be done once only, and the same words are always a repeat."""


async def in_its_turn(store: EventStore, audit_id: UUID, form: Form, asked: Asked) -> Asked:
    """Return what is asked, told apart from the same words of an earlier turn of the audit's story.

    A key that was given, and a version that was seen, are the caller's own word for it and stay as they are.
    """
    rule, first = _NEW.get(type(form)), asked.idempotency_key
    if rule is None or first is None or not asked.key_is_derived or asked.expected is not None:
        return asked
    key = first
    while (earlier := await store.answered(key, asked.fingerprint)) is not None:
        events = (await store.load(audit_id)).events
        turned = any(event.type in rule.after for event in events[earlier.version :])
        later = business_date(events[earlier.version - 1].recorded_at) < business_date(asked.recorded_at)
        if not turned and not (later and rule.another_day and form.happened_at is None):
            break
        key = f"{first}:{earlier.version}"
    return replace(asked, idempotency_key=key)
