"""An authority's policies as data: what is moderated, what is escalated and how fast, what is reported.

Where each default comes from: the two clocks and the roles told from Kent's Appendix E (domain.md section 4), the
windows from its triannual report (section 6), the moderation choices from section 3. None is a constant in code.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from shared.web.principal import Role

Grade = Literal["outstanding", "good", "requires-improvement", "inadequate"]
Concern = Literal["practice", "safeguarding"]
Share = Annotated[float, Field(ge=0, le=1)]


class Strict(BaseModel):
    """The base of every part: unknown fields are mistakes, and nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ModerationRule(StrEnum):
    """Which audits are moderated whatever the share."""

    EVERY_INADEQUATE = "every-inadequate"
    EVERY_CONCERN = "every-concern"
    EVERY_OUTSTANDING = "every-outstanding"
    EVERY_LIKELY_INADEQUATE = "every-likely-inadequate"


class Stratum(StrEnum):
    """What a sample may be stratified by: each part then gets its share of it."""

    SERVICE = "service"
    AREA = "area"
    DISTRICT = "district"
    TEAM = "team"
    KIND = "kind"


class Independence(StrEnum):
    """How far a moderator's own work reaches: there they may not moderate (domain.md section 3)."""

    OWN_TEAM = "own-team"
    OWN_AREA = "own-area"


class StratumRate(Strict):
    """A rate of its own for some strata, e.g. half of early help; what it does not name has the policy's rate."""

    of: Mapping[Stratum, str] = Field(min_length=1, description="e.g. {service: early-help}; a team by its whole path")
    sample_rate: Share


class Drift(Strict):
    """When an auditor has drifted: their grade was lowered in `lowered` of their last `of_last` moderations."""

    lowered: int = Field(ge=1)
    of_last: int = Field(ge=1, le=100)

    @model_validator(mode="after")
    def _can_happen(self) -> "Drift":
        if self.lowered > self.of_last:
            raise ValueError("lowered is more than of_last, so that no auditor would ever have drifted")
        return self


class ModerationPolicy(Strict):
    """Which completed audits are moderated, by whom, and how soon (domain.md section 3)."""

    share: Literal["all", "sample", "rules"] = Field(
        description="all: every audit; sample: a share at random, and the rules; rules: only the rules"
    )
    sample_rate: Share = Field(default=0.0, description="With share: sample, the part drawn at random, 0 to 1")
    seed: int = Field(default=0, description="The draw is reproducible: the same seed draws the same audits")
    stratify_by: tuple[Stratum, ...] = Field(
        default=(), description="Each stratum of a cycle gets its share; left out, every audit is drawn by itself"
    )
    stratum_rates: tuple[StratumRate, ...] = Field(default=(), description="Rates of single strata; the first holds")
    rules: tuple[ModerationRule, ...] = ()
    first_audits_of_new_auditors: int = Field(
        default=0, ge=0, le=100, description="So many first audits of an auditor are moderated, whatever the share"
    )
    drift: Drift | None = Field(default=None, description="Audits of an auditor who has drifted are moderated")
    blind: bool = Field(default=False, description="Whether the moderator grades before seeing the auditor's grade")
    within_days: int = Field(default=30, ge=1, description="Days from completion within which moderation is expected")
    capacity_a_month: int = Field(default=2, ge=1, description="Moderations one moderator does in a month")
    capacity: int | None = Field(
        default=None, ge=0, description="The same a cycle; left out, capacity_a_month times the cycle's months"
    )
    assign: bool = Field(
        default=False,
        description="Whether the moderation queue gives moderators their audits by itself, or only when asked",
    )
    independence: Independence = Field(
        default=Independence.OWN_TEAM, description="How far a moderator's own work reaches: own-team or own-area"
    )
    own_team_allowed: bool = Field(default=False, description="Whether one may moderate one's own team's audits")
    moderations_at_most: int = Field(
        default=2, ge=1, le=9, description="Moderations of one audit, beside those that settle a dispute"
    )
    second_at_distance: int | None = Field(
        default=2, ge=1, le=3, description="Grades apart from which a second moderation follows; null for never"
    )
    dispute_decided_by: Literal["second-moderator", "panel"] = "second-moderator"
    dispute_within_days: int = Field(default=28, ge=1, le=366, description="Days within which a grade may be disputed")

    @model_validator(mode="after")
    def _hangs_together(self) -> "ModerationPolicy":
        problems = [*self._share_says_enough(), *self._strata_fit(), *self._independence_fits()]
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _share_says_enough(self) -> Iterator[str]:
        if self.share == "sample" and not self.sample_rate and not any(one.sample_rate for one in self.stratum_rates):
            yield "share: sample needs a sample_rate above 0 and up to 1"
        if self.share == "rules" and not (self.rules or self.first_audits_of_new_auditors or self.drift):
            yield "share: rules needs at least one rule under rules, or first_audits_of_new_auditors, or drift"
        if len(set(self.rules)) < len(self.rules):
            yield "a rule stands twice under rules"

    def _strata_fit(self) -> Iterator[str]:
        if self.stratify_by and self.share != "sample":
            yield f"stratify_by is for share: sample, and the share is {self.share}"
        if len(set(self.stratify_by)) < len(self.stratify_by):
            yield "a name stands twice under stratify_by"
        for number, one in enumerate(self.stratum_rates, 1):
            for name in one.of:
                if name not in self.stratify_by:
                    yield f"stratum rate {number} is of a {name}, which is not under stratify_by"

    def _independence_fits(self) -> Iterator[str]:
        if self.own_team_allowed and self.independence is Independence.OWN_AREA:
            yield "own_team_allowed and independence: own-area contradict each other"


class Clock(Strict):
    """How many working days a category has, from the London date of the raise."""

    safeguarding: int = Field(default=1, ge=1, le=60)
    practice: int = Field(default=5, ge=1, le=60)


class Told(Strict):
    """Which roles hear of it at each step (domain.md section 4, steps 3 and 6)."""

    raised: tuple[Role, ...] = Field(default=(Role.SERVICE_MANAGER, Role.QA_MANAGER, Role.PRINCIPAL_SOCIAL_WORKER))
    signed_off: tuple[Role, ...] = Field(default=(Role.ASSISTANT_DIRECTOR, Role.AUDITOR))
    overdue: tuple[Role, ...] = Field(default=(Role.SERVICE_MANAGER, Role.ASSISTANT_DIRECTOR, Role.QA_MANAGER))


class Triggers(Strict):
    """What opens the consideration of an audit escalation."""

    grades: tuple[Grade, ...] = Field(default=("inadequate",), description="A grade of the auditor or the moderator")
    concerns: tuple[Concern, ...] = Field(default=("practice", "safeguarding"))
    likely_inadequate: bool = True
    section_grades: tuple[Grade, ...] = Field(default=(), description="Any one section with such a grade")


class EscalationPolicy(Strict):
    """The audit escalation's clocks, triggers and who is told (Appendix E)."""

    clock_days: Clock = Clock()
    triggers: Triggers = Triggers()
    told: Told = Told()
    reaudit_within_days: int | None = Field(
        default=90, ge=1, description="Days from closing within which a re-audit is asked for; null for none"
    )


class RecommendationCategory(Strict):
    """A kind of recommendation and the days it is given unless the auditor says otherwise."""

    key: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    name: str
    due_days: int = Field(ge=1, le=366)


class RecommendationPolicy(Strict):
    """The kinds of recommendation an auditor chooses from."""

    categories: Annotated[tuple[RecommendationCategory, ...], Field(min_length=1)]


class AuditPolicy(Strict):
    """The audit's rhythm (domain.md section 2: the cycle is configuration)."""

    cycle_months: int = Field(default=1, ge=1, le=12, description="Length of a cycle in months")
    blackout_months: tuple[Annotated[int, Field(ge=1, le=12)], ...] = Field(
        default=(), description="Months without audits, 1 to 12"
    )
    due_days: int = Field(default=28, ge=1, description="Days an auditor has, from allocation")
    longest_extension_days: int = Field(default=7, ge=0)
    not_again_within_months: int = Field(default=12, ge=0, description="A case is not audited again within so long")
    own_team_allowed: bool = Field(default=False, description="Whether one may audit one's own team's cases")


class Target(Strict):
    """A line an authority measures itself against; none is built in."""

    figure: Literal[
        "good-or-better", "requires-improvement-or-better", "inadequate", "completion", "family-feedback", "agreement",
        "clock-met",
    ]  # fmt: skip
    at_least: Share | None = None
    at_most: Share | None = None

    @model_validator(mode="after")
    def _one_side(self) -> "Target":
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("a target has either at_least or at_most")
        return self


class ReportingPolicy(Strict):
    """Windows, small numbers and targets of the reports."""

    window_start_month: int = Field(default=10, ge=1, le=12, description="Month in which the first window begins")
    window_months: Literal[1, 2, 3, 4, 6, 12] = 4
    suppression_threshold: int = Field(default=5, ge=0, description="Counts from 1 up to this are shown as c")
    targets: tuple[Target, ...] = ()


class Closure(Strict):
    """A day, or days on end, on which the authority's offices are closed."""

    first: date = Field(alias="from")
    last: date = Field(alias="to")
    why: str

    @model_validator(mode="after")
    def _in_order(self) -> "Closure":
        if self.last < self.first:
            raise ValueError("a closure's `to` lies before its `from`")
        return self


class CalendarPolicy(Strict):
    """The authority's own closure days, beside weekends and bank holidays."""

    closures: tuple[Closure, ...] = ()
