"""Notices as tests need them, of one audit escalation in Riverside."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from services.escalation.app.notices import Kind, Notice

ESCALATION = UUID("00000000-0000-4000-8000-0000000000e5")
AUDIT = UUID("00000000-0000-4000-8000-0000000000a1")
DSM = UUID("00000000-0000-4000-8000-0000000000d1")
COLLEAGUE = UUID("00000000-0000-4000-8000-0000000000d2")
NOW = datetime(2026, 1, 14, 10, tzinfo=UTC)
DUE = datetime(2026, 1, 21, 23, 59, 59, 999999, tzinfo=UTC)


def notice(
    kind: Kind = Kind.RAISED,
    *,
    person: UUID | None = DSM,
    role: str = "service-manager",
    unit: str = "north/riverside/riverside-assessment",
    category: str = "practice",
    escalation: UUID = ESCALATION,
    due_at: datetime | None = DUE,
    clock_number: int = 1,
) -> Notice:
    return Notice(
        kind=kind,
        escalation_id=escalation,
        authority="northmoor",
        category=category,
        unit=unit,
        audit_id=AUDIT,
        role=role,
        person=person,
        roles=("service-manager", "qa-manager", "principal-social-worker"),
        due_at=due_at,
        clock_number=clock_number,
        happened_at=NOW,
    )
