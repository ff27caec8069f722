"""A moderation queue to begin from: entries, moderators, events and commands."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from services.audit.domain.queue.decider import (
    EMPTY,
    Assign,
    CatchUp,
    Give,
    Queue,
    QueueCommand,
    Return,
    decide,
    evolve,
)
from services.audit.domain.queue.events import (
    Entry,
    ModerationQueued,
    ModerationReturned,
    ModeratorGiven,
    QueueEvent,
)
from services.audit.domain.queue.spread import Moderator
from services.audit.domain.words import Actor
from tests.support.decider_spec import Spec, spec

T0 = datetime(2025, 11, 3, 9, 0, tzinfo=UTC)
NOW = datetime(2025, 12, 1, 9, 0, tzinfo=UTC)
POLICY, QA = Actor(role="policy"), Actor(role="qa-officer", reference=UUID(int=900))
AUDITOR, ANN, BEN, CAT = UUID(int=1), UUID(int=11), UUID(int=12), UUID(int=13)
TEAM = "north/riverside/riverside-1"


def entry(number: int = 1, **changes: Any) -> Entry:
    told: dict[str, Any] = {
        "moderation_id": UUID(int=1000 + number),
        "audit_id": UUID(int=2000 + number),
        "team": TEAM,
        "auditor": AUDITOR,
        "queued_at": T0 + timedelta(hours=number),
        "due_on": date(2025, 12, 20),
        "selected_because": "all",
    }
    return Entry(**{**told, **changes})


def moderator(person: UUID, capacity: int = 2, **changes: Any) -> Moderator:
    return Moderator(person=person, capacity=capacity, **changes)


def queued(number: int = 1, **changes: Any) -> ModerationQueued:
    return ModerationQueued(at=NOW, by=POLICY, cycle="2025-11", entry=entry(number, **changes))


def given_to(person: UUID, number: int = 1, how: Any = "queue", by: Actor = POLICY) -> ModeratorGiven:
    one = entry(number)
    return ModeratorGiven(
        at=NOW, by=by, moderation_id=one.moderation_id, audit_id=one.audit_id, moderator=person, how=how
    )


def returned(person: UUID, number: int = 1, **changes: Any) -> ModerationReturned:
    one = entry(number)
    told: dict[str, Any] = {"at": NOW, "by": QA, "reason": "leave", "passed_on": False}
    return ModerationReturned(
        moderation_id=one.moderation_id, audit_id=one.audit_id, moderator=person, **{**told, **changes}
    )


def catch_up(*entries: Entry, **changes: Any) -> CatchUp:
    return CatchUp(
        **{"at": NOW, "by": POLICY, "cycle": "2025-11", "asked": [(one, None) for one in entries], **changes}
    )


def assign(*roster: Moderator, **changes: Any) -> Assign:
    return Assign(**{"at": NOW, "by": POLICY, "roster": roster, **changes})


def give(person: UUID, *roster: Moderator, number: int = 1) -> Give:
    return Give(at=NOW, by=QA, moderation_id=entry(number).moderation_id, moderator=person, roster=roster)


def put_back(person: UUID, number: int = 1, *, passed_on: bool = False) -> Return:
    id_ = entry(number).moderation_id
    return Return(at=NOW, by=QA, moderation_id=id_, moderator=person, reason="leave", passed_on=passed_on)


def queue(*events: QueueEvent) -> Spec[QueueCommand, Queue, QueueEvent]:
    return spec(decide, evolve, EMPTY).given(*events)
