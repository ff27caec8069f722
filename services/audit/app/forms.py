"""What callers hand in, in plain text, before anything is sealed. Unknown fields are mistakes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any, ClassVar, Final
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)

from services.audit.domain.audits.outcome import finding_box, limit_box
from services.audit.domain.words import (
    ChildStatus,
    Code,
    Concern,
    Difference,
    Extent,
    FrameworkComponent,
    Frozen,
    Grade,
    OrganisationPath,
    Polarity,
    TookPart,
    readable,
    visible,
)
from shared.privacy.references import checked_number

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
"""Nothing here happened before: a year like 0025 is a slip of the pen."""

MOST_NAMED: Final = 2_000
"""How many answers, sections or limits one request may name: more than any tool has, and few enough to be looked at."""

FROM_STORE: Final = "from store"
"""The context of a form made again from what was stored: its texts are taken as they are."""


def _visible(text: str, info: ValidationInfo) -> str:
    """Return a text whose every character can be seen, or any that was stored before that was asked."""
    return text if info.context == FROM_STORE else visible(text)


Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=20_000),
    AfterValidator(readable),
    AfterValidator(_visible),
]
"""Free text of a child's file: at most 20,000 characters; it is sealed before it goes any further."""


def _coded(value: Any, read: ValidatorFunctionWrapHandler) -> Any:
    """Read a coded answer; one that is none is one fault, not one for each kind it could have been."""
    try:
        return read(value)
    except ValidationError:
        raise ValueError(
            "no question takes this as its answer; by its scale give true or false, a number, a word or a date in "
            "quotes, or a list of words"
        ) from None


_Coded = Annotated[str, StringConstraints(max_length=80)]
CodedValue = Annotated[
    bool
    | Annotated[int, Field(ge=-(10**15), le=10**15)]
    | Annotated[float, Field(allow_inf_nan=False)]
    | _Coded
    | Annotated[tuple[_Coded, ...], Field(max_length=200)],
    WrapValidator(_coded),
]
"""A coded answer as it comes in; the tool says which are possible."""

Score = Annotated[int, Field(ge=-1000, le=1000)]
"""A score as it comes in; the tool says which are possible."""

Number = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60), AfterValidator(checked_number)
]
"""A case number or staff number: never stored as it is."""


class Form(Frozen):
    """What every command may carry: when it happened in the business, if not now."""

    WHOLE: ClassVar[Mapping[str, str | None]] = {}
    """What keeps all of its fields together from being refused, for a form whose single fields were stood in for.

    Only of a form whose fields are held against each other by whether they are given, and by nothing else.
    """

    STAND_INS: ClassVar[Mapping[str, Any]] = {}
    """What stands in for fields it cannot do without, by their places with dots, while the rest of it is read."""

    happened_at: AwareDatetime | None = Field(
        default=None,
        ge=EARLIEST,
        description="When it happened, with its offset; now, if left out. Never in the future.",
    )


class AnswerForm(Frozen):
    """The answer to one question, with its evidence and impact where the tool has the boxes."""

    value: CodedValue | None = None
    text: Text | None = None
    evidence: Text | None = None
    impact: Text | None = None
    reason: Code | None = Field(default=None, description="why not applicable, where the question names reasons")


def answer_texts(answers: Mapping[Code, AnswerForm], before: str = "") -> Iterator[tuple[str, str | None]]:
    """Yield every box of answers with its text, named as it is sealed; `before` is how the names begin."""
    for id_, answer in answers.items():
        yield f"{before}answers/{id_}/text", answer.text
        yield f"{before}answers/{id_}/evidence", answer.evidence
        yield f"{before}answers/{id_}/impact", answer.impact


class FindingForm(Frozen):
    """What was found in a section: its theme, as a strength or to develop; the theme's component if left out."""

    section: Code
    theme: Code
    polarity: Polarity
    component: FrameworkComponent | None = None
    text: Text | None = None


class SectionForm(Frozen):
    """How one section was judged, and why."""

    grade: Grade | None = None
    score: Score | None = None
    rationale: Text | None = None


class FeedbackForm(Frozen):
    """Feedback: obtained, or why not."""

    obtained: bool
    why_not: Code | None = None
    score: Score | None = None


class RecommendationForm(Frozen):
    """A recommendation; its category is one of the authority's, its due date the category's if left out."""

    id: UUID | None = None
    category: Code
    owner_role: Code = "team-manager"
    due_on: date | None = None
    supervision_on: date | None = Field(default=None, description="the supervision it is to be discussed in")
    text: Text | None = None


class OutcomeForm(Form):
    """What an audit found."""

    took_part: TookPart
    not_took_part_because: Code | None = Field(default=None, description="needed where neither took part")
    reflective_discussion: bool
    reflective_discussion_on: date | None = None
    reflective_discussion_with: tuple[Code, ...] = Field(
        default=(), max_length=20, description="roles, as docs/audit.md lists them: practitioner, team-manager, ..."
    )
    overall_grade: Grade | None = None
    overall_rationale: Text | None = None
    inadequate_likely: bool = False
    concern: Concern = Concern.NONE
    concern_text: Text | None = None
    sections: dict[Code, SectionForm] = Field(default_factory=dict, max_length=MOST_NAMED)
    answers: dict[Code, AnswerForm] = Field(default_factory=dict, max_length=MOST_NAMED)
    findings: tuple[FindingForm, ...] = Field(default=(), max_length=200)
    overridden_limits: dict[Code, Text] = Field(
        default_factory=dict,
        max_length=MOST_NAMED,
        description="why each warning of the tool on the overall grade is set aside",
    )
    child_feedback: FeedbackForm
    parent_feedback: FeedbackForm
    practitioner_feedback: FeedbackForm

    def texts(self) -> Iterator[tuple[str, str | None]]:
        """Yield every box with its text, named as it is sealed."""
        yield "overall_rationale", self.overall_rationale
        yield "concern_text", self.concern_text
        for id_, section in self.sections.items():
            yield f"sections/{id_}/rationale", section.rationale
        yield from answer_texts(self.answers)
        for found in self.findings:
            yield finding_box(found.section, found.theme, found.polarity), found.text
        for limit, reason in self.overridden_limits.items():
            yield limit_box(limit), reason


class CompletionForm(OutcomeForm):
    """A completed audit with the recommendations made in it."""

    recommendations: tuple[RecommendationForm, ...] = Field(default=(), max_length=50)


class AmendmentForm(OutcomeForm):
    """The outcome as it should stand. A text left out stays as it was; an empty one is taken away."""

    reason: Code


class AllocationForm(Form):
    """A child's file to audit: by whom, where, with which tool, by when."""

    WHOLE: ClassVar[Mapping[str, str | None]] = {
        "case_number": "unread",
        "case_reference": None,
        "auditor": None,
        "auditor_staff_number": "unread",
        "practitioner_staff_number": None,
    }

    audit_id: UUID | None = Field(default=None, description="an id of your own (UUID); one is made if left out")
    kind: Code
    cycle: Code
    organisation: OrganisationPath
    service: Code | None = Field(default=None, description="the team's service if left out")
    case_number: Number | None = None
    case_reference: UUID | None = None
    child_status: ChildStatus
    tool: Code
    tool_version: int | None = Field(default=None, ge=1, description="the newest if left out")
    auditor: UUID | None = Field(default=None, description="the auditor's reference")
    auditor_staff_number: Number | None = None
    practitioner: UUID | None = Field(default=None, description="reference of the practitioner whose work it is")
    practitioner_staff_number: Number | None = None
    re_audit_of: UUID | None = Field(default=None, description="the earlier audit that this one looks at again")
    selected_because: Code = "random"
    due_on: date | None = Field(default=None, description="by the tool or the authority's policy if left out")

    @model_validator(mode="after")
    def _one_of_each(self) -> AllocationForm:
        pairs = {
            "case_number and case_reference": (self.case_number is None) == (self.case_reference is None),
            "auditor and auditor_staff_number": (self.auditor is None) == (self.auditor_staff_number is None),
        }
        if any(pairs.values()):
            which = ", and one of ".join(names for names, odd in pairs.items() if odd)
            raise ValueError(f"one of {which} is needed, not both; give one of them")
        if self.practitioner is not None and self.practitioner_staff_number is not None:
            raise ValueError("practitioner and practitioner_staff_number cannot both be given; give one of them")
        return self


class ConcernForm(Form):
    """A concern to flag: practice, safeguarding, or that an inadequate grade is likely."""

    concern: Concern
    inadequate_likely: bool = False
    text: Text | None = None

    @model_validator(mode="after")
    def _says_something(self) -> ConcernForm:
        if self.concern is Concern.NONE and not self.inadequate_likely:
            raise ValueError("there is nothing to flag; give the concern, or say that an inadequate grade is likely")
        return self


class WithdrawalForm(Form):
    """Why an audit is taken out of the figures, as a code."""

    reason: Code


class NewRecommendationForm(Form):
    """A recommendation made after completion."""

    STAND_INS: ClassVar[Mapping[str, Any]] = {
        "recommendation": {"category": "unread"},
        "recommendation.category": "unread",
    }

    recommendation: RecommendationForm


class FollowUpForm(Form):
    """How a recommendation was followed up: each answer its own."""

    STAND_INS: ClassVar[Mapping[str, Any]] = {"done": False}

    discussed_in_supervision_on: date | None = None
    done: bool
    made_a_difference: Difference = Difference.NOT_YET_KNOWN
    text: Text | None = None


class PractitionerFeedbackForm(Form):
    """What the practitioner says: a score where the tool has a scale for it, their own words, answers to questions."""

    score: Score | None = None
    text: Text | None = None
    answers: dict[Code, AnswerForm] = Field(
        default_factory=dict,
        max_length=MOST_NAMED,
        description="to the questions that are the practitioner's: all the tool requires, or none; those given before "
        "stay where there are none",
    )

    @model_validator(mode="after")
    def _says_something(self) -> PractitionerFeedbackForm:
        if self.score is None and not self.text and not self.answers:
            raise ValueError("nothing is said; give a score, a text or answers")
        return self


class PractitionerResponseForm(Form):
    """The practitioner's answer to the outcome."""

    agrees: Extent
    text: Text | None = None


class ErasureForm(Form):
    """Why a child is erased, as a code."""

    reason: Code = "right-to-erasure"


class CaseNumberForm(Frozen):
    """A case number to look up: in the body, since an address is written into logs."""

    case_number: Number
