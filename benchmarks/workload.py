"""The work that is measured: audits allocated and concerns flagged, as the audit service would do it.

Events have the size and shape of the real ones (about 500 bytes of JSON, 13 headers), every command carries an
idempotency key, and every event is published. The audit service keeps a searchable summary beside; `SUMMARISED` does
so too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID, uuid4

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from shared.contracts.audit import AuditAllocatedV1, ConcernFlaggedV1
from shared.contracts.base import Actor, ChildStatus, Concern, OrganisationPath
from shared.eventstore.model import Aggregate, Meta, Publication, Summary

AUTHORITY = "north"
AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
PLACE = OrganisationPath(area="east", district="east-coast", team="east-coast-3")


class Allocated(BaseModel):
    """Private event: an auditor was given a child's file."""

    model_config = ConfigDict(frozen=True)
    type: Literal["allocated"] = "allocated"
    at: datetime
    audit_id: UUID
    case_reference: UUID
    auditor_reference: UUID
    due_on: date


class Flagged(BaseModel):
    """Private event: a concern was flagged."""

    model_config = ConfigDict(frozen=True)
    type: Literal["flagged"] = "flagged"
    at: datetime
    concern: Concern
    flagged_by: UUID


Event = Allocated | Flagged
_events: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="type")])


@dataclass(frozen=True, slots=True)
class Allocate:
    """Command: give a child's file to an auditor."""

    audit_id: UUID
    case_reference: UUID
    auditor_reference: UUID


@dataclass(frozen=True, slots=True)
class Flag:
    """Command: flag a concern."""

    flagged_by: UUID


@dataclass(frozen=True, slots=True)
class Audit:
    """State: what was allocated, and how many concerns there are."""

    allocated: Allocated | None = None
    concerns: int = 0


def decide(command: Allocate | Flag, state: Audit) -> Sequence[Event]:
    """Allocate once; flag only what is allocated."""
    match command:
        case Allocate():
            if state.allocated is not None:
                return []
            return [
                Allocated(
                    at=AT,
                    audit_id=command.audit_id,
                    case_reference=command.case_reference,
                    auditor_reference=command.auditor_reference,
                    due_on=date(2026, 3, 31),
                )
            ]
        case Flag():
            if state.allocated is None:
                raise ValueError("the audit is not allocated")
            return [Flagged(at=AT, concern=Concern.PRACTICE, flagged_by=command.flagged_by)]


def evolve(state: Audit, event: Event) -> Audit:
    """Remember the allocation, count concerns."""
    if isinstance(event, Allocated):
        return Audit(event, state.concerns)
    return Audit(state.allocated, state.concerns + 1)


def publish(before: Audit, event: Event) -> Sequence[Publication]:
    """Publish every event with the place of its audit."""
    allocated = event if isinstance(event, Allocated) else before.allocated
    assert allocated is not None, "a concern follows an allocation"
    place: dict[str, Any] = {
        "audit_id": allocated.audit_id,
        "kind": "case-file",
        "cycle": "2026-03",
        "organisation": PLACE,
        "service": "childrens-social-work",
        "case_reference": allocated.case_reference,
        "child_status": ChildStatus.PROTECTION,
    }
    if isinstance(event, Allocated):
        public: AuditAllocatedV1 | ConcernFlaggedV1 = AuditAllocatedV1(
            **place,
            tool="case-file",
            tool_version=3,
            auditor_reference=event.auditor_reference,
            selected_because="random",
            due_on=event.due_on,
        )
    else:
        actor = Actor(role="auditor", reference=event.flagged_by)
        public = ConcernFlaggedV1(**place, concern=event.concern, inadequate_likely=True, flagged_by=actor)
    return [Publication(public, event.at)]


def to_json(event: Event) -> tuple[str, bytes]:
    """Write a private event."""
    return event.type, event.model_dump_json().encode()


def from_json(_type: str, data: bytes) -> Event:
    """Read a private event."""
    return _events.validate_json(data)


def summarise(state: Audit) -> Summary:
    """Sum up an audit in a searchable row of the usual size."""
    assert state.allocated is not None, "every stream begins with an allocation"
    data = {
        "team": PLACE.team,
        "auditor": str(state.allocated.auditor_reference),
        "case": str(state.allocated.case_reference),
        "due_on": state.allocated.due_on.isoformat(),
        "concerns": state.concerns,
    }
    return Summary("bench-audit", "allocated", data)


AUDIT: Aggregate[Allocate | Flag, Audit, Event] = Aggregate(
    category="bench-audit",
    source="/audit",
    initial=Audit(),
    decide=decide,
    evolve=evolve,
    to_json=to_json,
    from_json=from_json,
    publish=publish,
    summarise=lambda _: None,
)

SUMMARISED = replace(AUDIT, summarise=summarise)


def allocation(audit_id: UUID) -> Allocate:
    """Return a new allocation command."""
    return Allocate(audit_id, uuid4(), uuid4())


def meta() -> Meta:
    """Return what the edge knows of a new command: ids of its own, a key, a fingerprint, a trace."""
    command_id = uuid4()
    return Meta(
        authority=AUTHORITY,
        recorded_at=datetime.now(UTC),
        correlation_id=command_id,
        causation_id=None,
        idempotency_key=str(command_id),
        fingerprint=command_id.bytes * 2,
        actor=str(command_id),
        traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    )
