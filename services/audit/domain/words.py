"""The words of an audit: grades, concerns, places, and the two kinds of text (codes and sealed text).

The domain has its own copy of each word, so that a public contract can change its shape without changing what was
stored. Sources: domain.md sections 1, 2, 3 and 7; practice.md section 3.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, NewType
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, StringConstraints

Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._/-]{0,79}$")]
"""A coded word: lower case letters, digits and `. _ / -`, at most 80 characters."""

KEPT_CONTROLS = "\n\t\r"
"""The control characters that may stand in a text."""


def readable(text: str) -> str:
    """Return a text that people can read.

    Raises:
        ValueError: it holds control characters or halves of characters.

    """
    for at, letter in enumerate(text, start=1):
        if unicodedata.category(letter) in {"Cc", "Cs"} and letter not in KEPT_CONTROLS:
            raise ValueError(f"the text holds a control character, at letter {at}: U+{ord(letter):04X}; take it out")
    return text


_SEEN_FORMATS = frozenset("\u00ad\u06dd\u070f\u08e2\U000110bd\U000110cd") | set(map(chr, range(0x600, 0x606)))
"""Format characters that are seen where they stand: the soft hyphen at a line's end, signs of Arabic and Syriac."""

_JOINERS = "\u200c\u200d"
_FLAG = re.compile("\U0001f3f4[\U000e0030-\U000e007a]+\U000e007f")
_NEVER_JOINED = ("LATIN", "GREEK", "CYRILLIC")


def unseen_in(text: str) -> str | None:
    """Say which character of a text nobody can see, and where; none where there is none.

    Such are marks of no width and those that turn the direction of the text round: with them a text reads otherwise
    than it stands, and two that look the same differ. Joiners stay where writing needs them (Persian, Hindi, emoji).
    """
    for found in re.finditer(r"[^\x00-\xa0]", _FLAG.sub(lambda flag: " " * len(flag[0]), text)):
        letter, at = found[0], found.start()
        if unicodedata.category(letter) != "Cf" or letter in _SEEN_FORMATS:
            continue
        if letter in _JOINERS and _joins(text[:at][-1:]) and _joins(text[at + 1 :][:1]):
            continue
        name = unicodedata.name(letter, "a character without a name").lower()
        return f"the text holds a character that cannot be seen, at letter {at + 1}: {name} (U+{ord(letter):04X})"
    return None


def _joins(letter: str) -> bool:
    """Say whether a letter is one that a joiner may stand beside."""
    if not letter or letter.isascii() or letter.isspace() or unicodedata.category(letter) == "Cf":
        return False
    return not unicodedata.name(letter, "LATIN").startswith(_NEVER_JOINED)


def visible(text: str) -> str:
    """Return a text whose every character can be seen.

    Raises:
        ValueError: it holds one that cannot.

    """
    if (unseen := unseen_in(text)) is not None:
        raise ValueError(f"{unseen}; take it out")
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


def counted_on(at: datetime, recorded_on: date | None) -> date | None:
    """Return the day that counts against a due day, where it is another than the one it happened on.

    Whoever did a thing here did it in time only if it was recorded in time: a day they name makes it no earlier.
    """
    return None if recorded_on is None or recorded_on <= business_date(at) else recorded_on


def business_date(moment: datetime) -> date:
    """Return the day on which an aware moment falls where the work is done."""
    return moment.astimezone(_BUSINESS_ZONE).date()


class Frozen(BaseModel):
    """A value that never changes and knows every field it is given."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Stored(BaseModel):
    """A value inside a stored event: frozen; fields of a later version are ignored by an earlier reader."""

    model_config = ConfigDict(frozen=True, extra="ignore")


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What every command of an audit carries: when it happens in the business (aware), who does it, by which settings.

    `settings_version` is the version of the authority's settings document that it is decided by.
    """

    at: datetime
    by: Actor
    settings_version: int | None = None


class Happened(Stored):
    """What every stored event of an audit has: when it happened in the business (aware), who did it, by which settings.

    No `settings_version` stands where it was not recorded: before the settings' version was.
    """

    at: AwareDatetime
    by: Actor
    settings_version: int | None = None


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
