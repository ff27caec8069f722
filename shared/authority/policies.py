"""An authority's policies as data: what is audited and moderated, what is reported; escalation has its own module.

Where each default comes from: the windows from Kent's triannual report (domain.md section 6), the moderation choices
from section 3. None is a constant in code.
"""

from calendar import month_name
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from shared.authority.base import Share, Strict
from shared.authority.coherence import Coherent, Fault, Raw, items, number, part, parts, text, twice

_YEAR: Final = 12


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


class ModerationPolicy(Coherent):
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

    @classmethod
    def incoherent(cls, raw: Raw) -> Iterator[Fault]:
        """Yield where share, rules, strata and independence do not fit each other."""
        yield from _share_says_too_little(raw)
        yield from _strata_do_not_fit(raw)
        if raw.get("own_team_allowed") is True and raw.get("independence") == Independence.OWN_AREA:
            yield (), "own_team_allowed and independence: own-area contradict each other"


def _share_says_too_little(raw: Raw) -> Iterator[Fault]:
    share = raw.get("share")
    rates = [
        number(raw, "sample_rate", 0.0),
        *(number(one, "sample_rate", 0.0) for _, one in parts(raw, "stratum_rates")),
    ]
    if share == "sample" and all(rate == 0 for rate in rates):
        yield (), "share: sample needs a sample_rate above 0 and up to 1"
    if share == "rules" and not (raw.get("rules") or raw.get("first_audits_of_new_auditors") or raw.get("drift")):
        yield (), "share: rules needs at least one rule under rules, or first_audits_of_new_auditors, or drift"
    yield from twice("rule", ((("rules", at), _word(one)) for at, one in enumerate(items(raw, "rules"))))


def _strata_do_not_fit(raw: Raw) -> Iterator[Fault]:
    by = items(raw, "stratify_by")
    share = text(raw, "share")
    if by and share not in (None, "sample"):
        yield ("stratify_by",), f"stratify_by is for share: sample, and the share is {share}"
    yield from twice("name", ((("stratify_by", at), _word(one)) for at, one in enumerate(by)))
    for at, one in parts(raw, "stratum_rates"):
        for name in part(one, "of"):
            if name not in by:
                yield ("stratum_rates", at, "of"), f"the rate is of a {name}, which is not under stratify_by"


def _word(raw: object) -> str | None:
    return raw if isinstance(raw, str) else None


class RecommendationCategory(Strict):
    """A kind of recommendation and the days it is given unless the auditor says otherwise."""

    key: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    name: str
    due_days: int = Field(ge=1, le=366)


class RecommendationPolicy(Coherent):
    """The kinds of recommendation an auditor chooses from."""

    categories: Annotated[tuple[RecommendationCategory, ...], Field(min_length=1)]

    @classmethod
    def incoherent(cls, raw: Raw) -> Iterator[Fault]:
        """Yield a category whose key stands twice: nobody could say which of the two days holds."""
        keys = ((("categories", at, "key"), text(one, "key")) for at, one in parts(raw, "categories"))
        yield from twice("category", keys)


class AuditPolicy(Coherent):
    """The audit's rhythm (domain.md section 2: the cycle is configuration)."""

    cycle_months: int = Field(default=1, ge=1, le=12, description="Length of a cycle in months")
    blackout_months: tuple[Annotated[int, Field(ge=1, le=12)], ...] = Field(
        default=(),
        description="Months without audits, 1 to 12: their days are not counted, and no audit is due in them",
    )
    due_days: int = Field(default=28, ge=1, description="Days an auditor has, from allocation")
    longest_extension_days: int = Field(default=7, ge=0)
    not_again_within_months: int = Field(default=12, ge=0, description="A case is not audited again within so long")
    own_team_allowed: bool = Field(default=False, description="Whether one may audit one's own team's cases")
    re_audit_by_same_auditor: bool = Field(
        default=False, description="Whether a re-audit may go to the auditor of the first audit"
    )

    def is_blackout(self, day: date) -> bool:
        """Say whether a day lies in a month without audits."""
        return day.month in self.blackout_months

    def due_on(self, allocated_on: date) -> date:
        """Return the day an audit allocated on a day is due: `due_days` later, days of blackout months not counted."""
        day, left = allocated_on, self.due_days
        while left:
            day += timedelta(days=1)
            left -= not self.is_blackout(day)
        return day

    @classmethod
    def incoherent(cls, raw: Raw) -> Iterator[Fault]:
        """Yield a blackout month that stands twice, and a year without a month left for audits."""
        months = [one for one in items(raw, "blackout_months") if isinstance(one, int)]
        yield from twice("month", ((("blackout_months", at), str(one)) for at, one in enumerate(months)))
        if set(months) >= set(range(1, _YEAR + 1)):
            yield ("blackout_months",), "no month is left for audits; take out those in which there are some"


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


class ReportWindow(Strict):
    """A part of the year that a report looks back on, where the parts are not equally long."""

    name: Annotated[str, Field(min_length=1, max_length=60)]
    months: Annotated[tuple[Annotated[int, Field(ge=1, le=12)], ...], Field(min_length=1, max_length=12)]


class ReportingPolicy(Coherent):
    """Windows, small numbers and targets of the reports.

    The windows are equally long from a start month, or, named with their months, of any length (domain.md section 2:
    Reading's three rounds a year, the second and third quarter together).
    """

    window_start_month: int = Field(default=10, ge=1, le=12, description="Month in which the first window begins")
    window_months: Literal[1, 2, 3, 4, 6, 12] = 4
    windows: tuple[ReportWindow, ...] = Field(
        default=(),
        description="In place of these two, windows of their own length that make up a year: {name, months: [7, 8]}",
    )
    suppression_threshold: int = Field(default=5, ge=0, description="Counts from 1 up to this are shown as c")
    targets: tuple[Target, ...] = ()

    @classmethod
    def incoherent(cls, raw: Raw) -> Iterator[Fault]:
        """Yield where the named windows do not make up a year, each month in one of them."""
        if not raw.get("windows"):
            return
        for name in ("window_start_month", "window_months"):
            if name in raw:
                yield (name,), "the windows are named under windows; take this out"
        yield from _windows_are_no_year(raw)


def _windows_are_no_year(raw: Raw) -> Iterator[Fault]:
    where: dict[int, str] = {}
    for at, one in parts(raw, "windows"):
        months = [each for each in items(one, "months") if isinstance(each, int) and 1 <= each <= _YEAR]
        if any((after - before) % _YEAR != 1 for before, after in pairwise(months)):
            yield ("windows", at, "months"), "the months do not follow each other; name each after the one before"
        for month in months:
            if month in where:
                yield (
                    ("windows", at, "months"),
                    f"{month_name[month]} is in {where[month]} too; a month is in one window",
                )
            where.setdefault(month, text(one, "name") or f"window {at + 1}")
    missing = [month_name[month] for month in range(1, _YEAR + 1) if month not in where]
    if missing:
        yield ("windows",), f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} in no window"
    yield from twice("window", ((("windows", at, "name"), text(one, "name")) for at, one in parts(raw, "windows")))


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
