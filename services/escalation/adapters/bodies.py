"""What the HTTP API takes: coded words and references only, no free text anywhere.

`happened_at` is when the step happened; left out, it happened now. Whether a clock was met goes by it.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Final, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.escalation.domain.model import Category, Code, Organisation

EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)
"""Nothing here happened before: a year like 0025 is a slip of the pen."""

LATEST_DUE: Final = date(2099, 12, 31)
"""No action is due after: a year like 2206 is one as well."""


class Body(BaseModel):
    """A request's body; a field nobody knows is refused, since it was meant to say something."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    happened_at: AwareDatetime | None = Field(
        default=None,
        ge=EARLIEST,
        description="when it happened, with its offset, never in the future; left out, it happened now",
    )


class Started(Body):
    """A concern that comes without an audit: from an inspector, a complaint, a reviewing officer or elsewhere."""

    cause: Literal["inspector", "complaint", "reviewing-officer", "other"]
    category: Category
    organisation: Organisation
    service: Code
    case_reference: UUID = Field(description="the random reference audit gave for the child; never a case number")


class NotRequiredDecision(Body):
    """The decision that escalating is not required, with its coded reason."""

    reason: Code


class Raise(Body):
    """The decision to escalate; `category` may lift a practice concern to safeguarding."""

    category: Category | None = None


class Reclassification(Body):
    """Another category; from safeguarding to practice only with a second person who agreed."""

    category: Category
    reason: Code
    second_person: UUID | None = Field(default=None, description="the second person's reference in the settings")


class NewAction(Body):
    """An action added to the child's file."""

    kind: Code
    due_on: date | None = Field(default=None, ge=EARLIEST.date(), le=LATEST_DUE)


class Done(Body):
    """A step that needs nothing but its moment."""
