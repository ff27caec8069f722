"""What happened to the moderation queue of one authority and cycle, as it is stored for ever.

Nothing of it is public: what others hear of a moderation comes from the audit's own stream.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID, uuid5

from pydantic import AwareDatetime, Field, TypeAdapter

from services.audit.domain.words import Actor, Code, Stored

_QUEUES = UUID("6f0c1c4e-3f83-5c59-9d39-8a4b2f1d7c10")


def queue_stream(authority: Code, cycle: Code) -> UUID:
    """Return the stream of a cycle's queue: derived, so that whoever comes first makes the only one."""
    return uuid5(_QUEUES, f"{authority}|{cycle}")


class Entry(Stored):
    """A moderation that somebody is to do: of which audit, where, by when, and by whom it may not be done.

    `team` is the audited team as `area/district/team`; `queued_at` when the moderation was asked for; `not_by` who
    moderated the audit before or disputed its grade, and whose work it is of. `changes` is how much had happened to it
    in the queues of the cycles that it came from.
    """

    moderation_id: UUID
    audit_id: UUID
    team: str
    auditor: UUID
    queued_at: AwareDatetime
    due_on: date
    selected_because: Code
    number: int = 1
    not_by: tuple[UUID, ...] = ()
    changes: int = 0


class _InQueue(Stored):
    """What every event of a queue has; `settings_version` is that of the settings document it was decided by."""

    at: AwareDatetime
    by: Actor
    settings_version: int | None = None


class ModerationQueued(_InQueue):
    """A moderation joined the queue of a cycle."""

    type: Literal["moderation-queued"] = "moderation-queued"
    cycle: Code
    entry: Entry


class ModeratorGiven(_InQueue):
    """A moderator was given a moderation: by the queue, by hand, or because the request named them."""

    type: Literal["moderator-given"] = "moderator-given"
    moderation_id: UUID
    audit_id: UUID
    moderator: UUID
    how: Literal["queue", "by-hand", "named"]


class ModerationReturned(_InQueue):
    """A moderation came back into the queue at its old age; with `passed_on` its moderator does not get it again."""

    type: Literal["moderation-returned"] = "moderation-returned"
    moderation_id: UUID
    audit_id: UUID
    moderator: UUID
    reason: Code
    passed_on: bool


class ModerationSettled(_InQueue):
    """A moderation was done, by whom it says; it goes on counting against that moderator's capacity."""

    type: Literal["moderation-settled"] = "moderation-settled"
    moderation_id: UUID
    moderator: UUID


class ModerationLeft(_InQueue):
    """A moderation left the queue undone: its audit was withdrawn, or it went on to another cycle's queue."""

    type: Literal["moderation-left"] = "moderation-left"
    moderation_id: UUID
    reason: Literal["withdrawn", "carried-over"]
    to_cycle: Code | None = None


QueueEvent = ModerationQueued | ModeratorGiven | ModerationReturned | ModerationSettled | ModerationLeft
"""Everything that can have happened to a queue."""

_EVENTS: TypeAdapter[QueueEvent] = TypeAdapter(Annotated[QueueEvent, Field(discriminator="type")])


def to_json(event: QueueEvent) -> tuple[str, bytes]:
    """Return an event's stored name and its JSON."""
    return event.type, _EVENTS.dump_json(event)


def from_json(type_: str, data: bytes) -> QueueEvent:
    """Return the event that was stored under this name.

    Raises:
        ValueError: the data is not of that event.

    """
    event = _EVENTS.validate_json(data)
    if event.type != type_:
        raise ValueError(f"a stored {event.type} stands under the name {type_}")
    return event
