"""What the HTTP API takes: coded words, references, and texts that are sealed before a step is asked for.

`happened_at` is when the step happened; left out, it happened now. Whether a clock was met goes by it.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from services.escalation.domain.model import Answer, Category, Code, Organisation
from shared.privacy.free_text import Text
from shared.privacy.references import checked_number

EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)
"""Nothing here happened before: a year like 0025 is a slip of the pen."""

LATEST_DUE: Final = date(2099, 12, 31)
"""No action is due after: a year like 2206 is one as well."""

DueOn = Annotated[date, Field(ge=EARLIEST.date(), le=LATEST_DUE)]
CaseNumber = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60), AfterValidator(checked_number)
]
SecondPerson = Annotated[UUID, Field(description="the second person's reference in the settings")]


class Body(BaseModel):
    """A request's body; a field nobody knows is refused, since it was meant to say something."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    happened_at: AwareDatetime | None = Field(
        default=None,
        ge=EARLIEST,
        description="when it happened, with its offset, never in the future; left out, it happened now",
    )


class WithText(Body):
    """A step that may come with a text about the child, which is sealed with the child's key."""

    text: Text | None = Field(
        default=None, description="sealed with the child's key; read by service manager, assistant director, QA unit"
    )


class NewCause(Body):
    """Another cause of what is considered already, reported by a person."""

    cause: Literal["inspector", "complaint", "reviewing-officer", "other"]
    category: Category


class Started(NewCause):
    """A concern that comes without an audit: from an inspector, a complaint, a reviewing officer or elsewhere."""

    organisation: Organisation
    service: Code
    case_reference: UUID | None = Field(default=None, description="the random reference audit gave for the child")
    case_number: CaseNumber | None = Field(
        default=None,
        description="where the reference is not known: sealed here until audit has given it; exactly one of the two",
    )


class NamedChild(Body):
    """Which child it is about, entered by hand while the reference is awaited: exactly one of the two."""

    case_reference: UUID | None = Field(default=None, description="the random reference audit gave for the child")
    case_number: CaseNumber | None = Field(default=None, description="the right number; sealed, and audit asked by it")


class Discussion(WithText):
    """The discussion with the allocated practitioner or manager."""

    with_whom: tuple[Literal["practitioner", "team-manager", "service-manager"], ...] = Field(min_length=1)


class NotRequiredDecision(WithText):
    """The decision that escalating is not required, with its coded reason."""

    reason: Code = Field(description="one of not_required_reasons in the authority's settings")


class Raise(Body):
    """The decision to escalate; `category` may lift a practice concern to safeguarding."""

    category: Category | None = None


class Reclassification(WithText):
    """Another category; from safeguarding to practice only with a second person who agreed."""

    category: Category
    reason: Code = Field(description="one of reclassification_reasons in the authority's settings")
    second_person: SecondPerson | None = None


class Copy(Body):
    """To whom the copy of the audit tool, a link, was sent."""

    to: tuple[Code, ...] | None = Field(
        default=None, min_length=1, description="roles; left out, every role that was told of the raise"
    )


class Owner(BaseModel):
    """Who is to do an action: a role and a random reference, never a name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    role: Literal["practitioner", "team-manager", "service-manager"]
    reference: UUID


class NewAction(WithText):
    """An action added to the child's file, with who is to do it."""

    kind: Code = Field(description="one of action_kinds in the authority's settings")
    owner: Owner
    due_on: DueOn | None = None


class Because(WithText):
    """Why an action is not to be done after all."""

    reason: Code = Field(description="one of action_withdrawal_reasons in the authority's settings")


class ClosingAnswer(WithText):
    """What one who raised it says to the closing."""

    answer: Answer


class Reopening(WithText):
    """Why it is reopened; `category` may lift a practice concern to safeguarding."""

    reason: Code = Field(description="one of reopening_reasons in the authority's settings")
    category: Category | None = None


class Withdrawal(WithText):
    """Why it had been raised in error, and the second person who agreed."""

    reason: Code = Field(description="one of withdrawal_reasons in the authority's settings")
    second_person: SecondPerson


class ReAuditRequest(Body):
    """By when the case is to be audited again; the authority's settings say it where nobody does."""

    due_on: DueOn | None = None


class Oversight(WithText):
    """Management oversight on the child's file."""


class Done(Body):
    """A step that needs nothing but its moment."""
