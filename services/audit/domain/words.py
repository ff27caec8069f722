"""The words of an audit: grades, concerns, places, and the two kinds of text (codes and sealed text).

The domain has its own copy of each word, so that a public contract can change its shape without changing what was
stored. Sources: domain.md sections 1, 2, 3 and 7; practice.md section 3.
"""

from __future__ import annotations

import unicodedata
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, NewType
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._/-]{0,79}$")]
"""A coded word: lower case letters, digits and `. _ / -`, at most 80 characters."""

KEPT_CONTROLS = "\n\t\r"
"""The control characters that may stand in a text."""


def readable(text: str) -> str:
    """Return a text that people can read.

    Raises:
        ValueError: it holds control characters or halves of characters.

    """
    if any(unicodedata.category(letter) in {"Cc", "Cs"} and letter not in KEPT_CONTROLS for letter in text):
        raise ValueError("the text holds control characters; take them out")
    return text


Label = Annotated[str, StringConstraints(min_length=1, max_length=300, strip_whitespace=True), AfterValidator(readable)]
"""Text of a published form, never of a child's file."""

SealedText = NewType("SealedText", str)
"""Free text as the domain sees it: sealed per child before it comes in, never readable here (G7)."""

NOT_APPLICABLE = "not-applicable"
NOT_SEEN = "not-seen"
RESERVED_ANSWERS = frozenset({NOT_APPLICABLE, NOT_SEEN})
"""Two answers of their own, each different from a missing one (practice.md section 1)."""

_BUSINESS_ZONE = ZoneInfo("Europe/London")


def business_date(moment: datetime) -> date:
    """Return the day on which an aware moment falls where the work is done."""
    return moment.astimezone(_BUSINESS_ZONE).date()


class Frozen(BaseModel):
    """A value that never changes and knows every field it is given."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Stored(BaseModel):
    """A value inside a stored event: frozen; fields of a later version are ignored by an earlier reader."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Happened(Stored):
    """What every stored event of an audit has: which version of the authority's settings it was decided by.

    None stands where it was not recorded: before the settings' version was.
    """

    settings_version: int | None = None


class Grade(StrEnum):
    """The Ofsted four-point scale, worst first."""

    INADEQUATE = "inadequate"
    REQUIRES_IMPROVEMENT = "requires-improvement"
    GOOD = "good"
    OUTSTANDING = "outstanding"

    @property
    def rank(self) -> int:
        """Return 1 for inadequate to 4 for outstanding: for distances, never for averages."""
        return list(Grade).index(self) + 1


class Concern(StrEnum):
    """A concern beside the grade, independent of it (practice.md section 3)."""

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


class Extent(StrEnum):
    """How far something is so."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"


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


class Difference(StrEnum):
    """Whether a followed-up recommendation made a difference for the child (practice.md section 6)."""

    YES = "yes"
    NO = "no"
    NOT_YET_KNOWN = "not-yet-known"


class Actor(Stored):
    """Who does something: a role and a pseudonymous reference, never a name."""

    role: Code
    reference: UUID | None = None


class OrganisationPath(Stored):
    """Where in the authority: area, district, team (domain.md section 1)."""

    area: Code
    district: Code
    team: Code

    def __str__(self) -> str:
        """Return it as one path."""
        return f"{self.area}/{self.district}/{self.team}"


class Place(Stored):
    """Which child's file (pseudonymous), of what kind of audit, in which cycle, where in the authority."""

    kind: Code
    cycle: Code
    organisation: OrganisationPath
    service: Code
    case_reference: UUID
    child_status: ChildStatus
