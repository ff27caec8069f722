"""The words of moderation: who decides, how a dispute ends, how good the audit itself was, who was met.

Sources: domain.md section 3; practice.md section 4.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from uuid import UUID, uuid5

from services.audit.domain.words import Code, Extent, Stored

TWO_GRADES_APART = "two-grades-apart"
"""The reason of a dispute that a difference of grades opens by itself, and of the moderation that follows."""

DISPUTED = "disputed"
"""Why a moderation is asked for that settles a dispute."""

TEAM_MANAGER = "team-manager"
PRACTITIONER = "practitioner"


def moderation_id(audit_id: UUID, number: int) -> UUID:
    """Return the id of an audit's n-th moderation: derived, so that a repeat makes no second one (G2)."""
    return uuid5(audit_id, f"moderation|{number}")


def dispute_id(moderation: UUID) -> UUID:
    """Return the id of the one dispute a moderation may have: derived, so that a repeat makes no second one (G2)."""
    return uuid5(moderation, "dispute")


class ModeratorType(StrEnum):
    """Where a moderator comes from; a panel moderates together, and its chair is named as the moderator."""

    INTERNAL = "internal"
    EXTERNAL = "external"
    PANEL = "panel"


class Decider(StrEnum):
    """Whose grade stands."""

    AUDITOR = "auditor"
    MODERATOR = "moderator"
    SECOND_MODERATOR = "second-moderator"
    PANEL = "panel"


class DisputeOutcome(StrEnum):
    """How a dispute ended: the grade stays, another one stands, or there was nothing to decide."""

    UPHELD = "upheld"
    CHANGED = "changed"
    NOTED = "noted"


class QualityOfAudit(Stored):
    """The quality of the audit itself, a judgement apart from the grade of practice (practice.md section 4)."""

    thorough: Extent
    evidenced: Extent
    actions_right: Extent


class Meeting(Stored):
    """Whom the moderator met to discuss the audit: a role, when, and who, where that is known."""

    role: Code
    on: date
    person: UUID | None = None
