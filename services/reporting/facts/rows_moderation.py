"""The rows of moderation and its disputes as tuples, field by field in the order of schema.sql (see rows.py)."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID


class ModerationRequestRow(NamedTuple):
    """A version of a request to moderate."""

    audit_id: UUID
    moderation_id: UUID
    sequence: int
    known_from: datetime
    known_until: datetime
    authority: str
    area: str
    district: str
    team: str
    service: str
    kind: str
    moderator_reference: UUID | None
    selected_because: str
    policy_version: str
    due_on: date
    requested_at: datetime
    number: int
    final: bool


class ModerationRow(NamedTuple):
    """A version of a moderation done."""

    audit_id: UUID
    moderation_id: UUID
    sequence: int
    known_from: datetime
    known_until: datetime
    authority: str
    area: str
    district: str
    team: str
    service: str
    kind: str
    cycle: str
    child_status: str
    moderator_reference: UUID
    moderator_type: str
    auditor_reference: UUID
    auditor_grade: str | None
    moderator_grade: str | None
    distance: int
    direction: str
    standing_grade: str | None
    decided_by: str | None
    missed_inadequate: bool
    sections_different: int
    concern: str
    inadequate_likely: bool
    blind: bool
    selected_because: str
    audit_quality: str | None
    met_team_manager: bool
    met_practitioner: bool
    moderated_on: date
    number: int
    final: bool
    thorough: str | None
    evidenced: str | None
    actions_right: str | None
    done_sequence: int


class DisputeRow(NamedTuple):
    """A version of a dispute about a moderated grade."""

    audit_id: UUID
    dispute_id: UUID
    sequence: int
    known_from: datetime
    known_until: datetime
    authority: str
    area: str
    district: str
    team: str
    service: str
    kind: str
    moderation_id: UUID
    disputed_by: str | None = None
    reason: str | None = None
    disputed_on: date | None = None
    outcome: str | None = None
    decided_by: str | None = None
    grade_before: str | None = None
    standing_grade: str | None = None
    settled_on: date | None = None


class SectionDifferenceRow(NamedTuple):
    """A section the moderator graded otherwise."""

    audit_id: UUID
    sequence: int
    section: str
    auditor_grade: str | None
    moderator_grade: str | None
