"""What all public events have in common, and the coded words they are made of.

Nothing that travels is free text: every word is an enumeration or a `Code`, so that no name can slip onto the
wire (G7). The two exceptions are the titles of tools and their questions, which an authority publishes.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, StringConstraints

Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._/-]{0,79}$")]
"""A coded word: lower case letters, digits and `. _ / -`, at most 80 characters."""

Title = Annotated[str, StringConstraints(min_length=1, max_length=300)]
"""Text of a published form, never of a child's file."""

AUDIT_EVENTS = "audit.events"
ESCALATION_EVENTS = "escalation.events"
REPORTING_EVENTS = "reporting.events"
TOPICS = (AUDIT_EVENTS, ESCALATION_EVENTS, REPORTING_EVENTS)


class Contract(BaseModel):
    """A frozen part of a public event; fields a reader does not know are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class PublicEvent(Contract):
    """A public event. `TYPE` is the literal on the wire with its version, `TOPIC` where it is published."""

    TYPE: ClassVar[str]
    TOPIC: ClassVar[str]

    def to_json(self) -> bytes:
        """Return the event as the JSON value of its Kafka record."""
        return self.model_dump_json().encode()


class Grade(StrEnum):
    """The Ofsted four-point scale (domain.md section 2), worst first."""

    INADEQUATE = "inadequate"
    REQUIRES_IMPROVEMENT = "requires-improvement"
    GOOD = "good"
    OUTSTANDING = "outstanding"

    @property
    def rank(self) -> int:
        """Return 1 for inadequate to 4 for outstanding: for distances, never for averages."""
        return _RANKS[self]


_RANKS = {Grade.INADEQUATE: 1, Grade.REQUIRES_IMPROVEMENT: 2, Grade.GOOD: 3, Grade.OUTSTANDING: 4}


class Concern(StrEnum):
    """A concern beside the grade (domain.md section 4, practice.md section 3)."""

    NONE = "none"
    PRACTICE = "practice"
    SAFEGUARDING = "safeguarding"


class ChildStatus(StrEnum):
    """The child's status group, which decides the sections of a tool that apply."""

    EARLY_HELP = "early-help"
    IN_NEED = "in-need"
    PROTECTION = "protection"
    IN_CARE = "in-care"
    CARE_LEAVER = "care-leaver"
    DISABLED = "disabled"


class TookPart(StrEnum):
    """Who of the child's own workers took part in the audit: a counted fact."""

    WORKER = "worker"
    MANAGER = "manager"
    BOTH = "both"
    NEITHER = "neither"


class Polarity(StrEnum):
    """Whether a theme was found as a strength or as an area to develop."""

    STRENGTH = "strength"
    DEVELOPMENT = "development"


class FrameworkComponent(StrEnum):
    """The six components of the practice framework (domain.md section 7)."""

    PARTICIPATION = "participation"
    HEALING_CENTRED = "healing-centred"
    FAMILY_SOLUTIONS = "family-solutions"
    SYSTEMIC = "systemic"
    RESOURCES = "resources"
    INCLUSION = "inclusion"


class OrganisationPath(Contract):
    """Where in the authority: area, district, team (domain.md section 1), as keys of its settings document."""

    area: Code
    district: Code
    team: Code


class Actor(Contract):
    """Who did something: a role and a pseudonymous reference, never a name."""

    role: Code
    reference: UUID | None = None
