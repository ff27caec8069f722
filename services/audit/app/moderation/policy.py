"""The authority's moderation policy applied to a completed audit: pure, seeded, reproducible (domain.md section 3).

A sample without strata draws each audit by itself, from its id and the seed. A stratified one is systematic: within a
cycle and a stratum the audits are counted as they are completed, and from a start drawn by the seed every (1/rate)-th
is taken. So of n audits of a stratum never more than one too many or too few are moderated, however small it is, and
the start is different in each stratum and cycle, so that nobody can tell whose turn is next (docs/adr/0019).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from math import floor
from uuid import UUID

from services.audit.domain.audits.commands import IfFlagged
from services.audit.domain.audits.outcome import Outcome
from services.audit.domain.moderation import words as moderation_words
from services.audit.domain.moderation.commands import ModerationSelection
from services.audit.domain.words import Concern, Grade, Place
from shared.authority.policies import Independence, ModerationPolicy, ModerationRule, Stratum
from shared.authority.settings import AuthoritySettings
from shared.web.principal import Role

_OWN_TEAM_ROLES = frozenset({Role.PRACTITIONER, Role.TEAM_MANAGER})
_OWN_AREA_ROLES = _OWN_TEAM_ROLES | {Role.SERVICE_MANAGER, Role.ASSISTANT_DIRECTOR}
_TEAM_DEPTH = 3
_REASONS: Mapping[ModerationRule, str] = {
    ModerationRule.EVERY_INADEQUATE: "inadequate",
    ModerationRule.EVERY_CONCERN: "concern",
    ModerationRule.EVERY_LIKELY_INADEQUATE: "inadequate-likely",
    ModerationRule.EVERY_OUTSTANDING: "outstanding",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What the policy has to know beside the audit itself; read from the audits' own summaries (policy_facts.py).

    `stratum` is where the audit belongs, by the policy's `stratify_by`, and `before_in_stratum` how many of it were
    completed before in the cycle. `audits_before` counts what the auditor had completed; `lowered_lately` says of
    their latest moderations, newest first, whether the grade was lowered.
    """

    cycle: str = ""
    stratum: tuple[str, ...] = ()
    before_in_stratum: int = 0
    audits_before: int | None = None
    lowered_lately: tuple[bool, ...] = ()


NO_FACTS = Facts()
"""For a policy that asks for none, and for a row that is only checked."""


def selection_for(
    settings: AuthoritySettings, audit_id: UUID, outcome: Outcome, completed_on: date, facts: Facts = NO_FACTS
) -> ModerationSelection | None:
    """Return how the policy selects a completed audit for moderation; None where it does not."""
    because = selected_because(settings.moderation, audit_id, outcome, facts)
    if because is None:
        return None
    return _selected(settings, audit_id, because, completed_on)


def selections_if_flagged(
    settings: AuthoritySettings, audit_id: UUID, outcome: Outcome, completed_on: date, facts: Facts = NO_FACTS
) -> IfFlagged:
    """Return how the policy selects a completed audit where a concern was flagged that its outcome does not say."""
    worse = outcome.model_copy(update={"concern": Concern.PRACTICE})
    likely = outcome.model_copy(update={"inadequate_likely": True})
    return IfFlagged(
        concern=selection_for(settings, audit_id, worse, completed_on, facts),
        inadequate_likely=selection_for(settings, audit_id, likely, completed_on, facts),
    )


def selection_of_flagged(
    settings: AuthoritySettings, audit_id: UUID, concern: Concern, *, inadequate_likely: bool, flagged_on: date
) -> ModerationSelection | None:
    """Return how the policy's rules select a completed audit for a concern that is flagged; None where none does."""
    policy = settings.moderation
    by_rule = {
        ModerationRule.EVERY_CONCERN: concern is not Concern.NONE,
        ModerationRule.EVERY_LIKELY_INADEQUATE: inadequate_likely,
    }
    because = next((_REASONS[rule] for rule, applies in by_rule.items() if applies and rule in policy.rules), None)
    return None if because is None else _selected(settings, audit_id, because, flagged_on)


def selection_of_amended(
    settings: AuthoritySettings, audit_id: UUID, outcome: Outcome, amended_on: date
) -> ModerationSelection | None:
    """Return how the policy's rules select an audit for what it was amended to; None where none does.

    Only the rules are asked: what else selects an audit (the draw, who the auditor is) was asked when it was completed.
    """
    because = _by_rule(settings.moderation, outcome)
    if because is None:
        return None
    return _selected(settings, audit_id, because, amended_on)


def _selected(settings: AuthoritySettings, audit_id: UUID, because: str, on: date) -> ModerationSelection:
    policy = settings.moderation
    return ModerationSelection(
        moderation_id=moderation_id(audit_id, 1),
        selected_because=because,
        policy_version=policy_version(settings),
        due_on=on + timedelta(days=policy.within_days),
        blind=policy.blind,
    )


def selected_because(policy: ModerationPolicy, audit_id: UUID, outcome: Outcome, facts: Facts = NO_FACTS) -> str | None:
    """Return why an audit is moderated.

    The draw comes before the rules: an audit drawn at random belongs to the pool whatever its grade, and one picked
    by a rule does not (design.md section 8).
    """
    if policy.share == "all":
        return "all"
    if policy.share == "sample" and _in_sample(policy, audit_id, facts):
        return "sample"
    because = _by_rule(policy, outcome)
    if because is not None:
        return because
    if facts.audits_before is not None and facts.audits_before < policy.first_audits_of_new_auditors:
        return "new-auditor"
    if policy.drift is not None and sum(facts.lowered_lately[: policy.drift.of_last]) >= policy.drift.lowered:
        return "drift"
    return None


def _in_sample(policy: ModerationPolicy, audit_id: UUID, facts: Facts) -> bool:
    if not policy.stratify_by or facts is NO_FACTS:  # without facts a row is only checked, and nothing is stored
        return drawn(policy.seed, policy.sample_rate, audit_id)
    rate = rate_of(policy, facts.stratum)
    return drawn_in_turn(policy.seed, rate, facts.cycle, facts.stratum, facts.before_in_stratum)


def rate_of(policy: ModerationPolicy, stratum: tuple[str, ...]) -> float:
    """Return the share of a stratum that is drawn: the first rate that names it, or the policy's."""
    where = dict(zip(policy.stratify_by, stratum, strict=True))
    for one in policy.stratum_rates:
        if all(where[name] == value for name, value in one.of.items()):
            return one.sample_rate
    return policy.sample_rate


def stratum_of(policy: ModerationPolicy, place: Place) -> tuple[str, ...]:
    """Return where an audit belongs, in the order of `stratify_by`; districts and teams by their whole path."""
    where = place.organisation
    values = {
        Stratum.SERVICE: place.service,
        Stratum.KIND: place.kind,
        Stratum.AREA: where.area,
        Stratum.DISTRICT: f"{where.area}/{where.district}",
        Stratum.TEAM: str(where),
    }
    return tuple(values[name] for name in policy.stratify_by)


def drawn(seed: int, rate: float, audit_id: UUID) -> bool:
    """Say whether the draw falls on an audit: the same seed draws the same audits."""
    digest = hashlib.sha256(f"{seed}|{audit_id}".encode()).digest()
    return int.from_bytes(digest[:8]) < rate * 2**64


def drawn_in_turn(seed: int, rate: float, cycle: str, stratum: tuple[str, ...], before: int) -> bool:
    """Say whether the draw falls on the audit of a stratum and cycle that `before` were completed before.

    Systematic sampling with a start drawn by the seed: of the first n the whole part of start + n x rate is drawn.
    """
    digest = hashlib.sha256("|".join((str(seed), cycle, *stratum)).encode()).digest()
    start = Fraction(int.from_bytes(digest[:8]), 2**64)
    step = Fraction(rate).limit_denominator(10**6)
    return floor(start + (before + 1) * step) > floor(start + before * step)


def moderation_id(audit_id: UUID, number: int) -> UUID:
    """Return the id of an audit's n-th moderation: derived, so that a repeat makes no second one (G2)."""
    return moderation_words.moderation_id(audit_id, number)


def policy_version(settings: AuthoritySettings) -> str:
    """Return the version of the settings that a policy's decision was taken by."""
    return f"{settings.key}/{settings.version}"


def own_teams(settings: AuthoritySettings, person: UUID) -> frozenset[str]:
    """Return the teams a person belongs to: those they practise in or manage, as `area/district/team`."""
    return frozenset(unit for unit in _units(settings, person, _OWN_TEAM_ROLES) if len(unit.split("/")) == _TEAM_DEPTH)


def teams_not_to_moderate(settings: AuthoritySettings, person: UUID) -> frozenset[str]:
    """Return the teams whose audits a person may not moderate: their own, or all of their own areas."""
    policy = settings.moderation
    if policy.own_team_allowed:
        return frozenset()
    if policy.independence is Independence.OWN_TEAM:
        return own_teams(settings, person)
    areas = {unit.split("/")[0] for unit in _units(settings, person, _OWN_AREA_ROLES)}
    return frozenset("/".join(path) for path in settings.units if path[0] in areas)


def _units(settings: AuthoritySettings, person: UUID, roles: frozenset[Role]) -> Iterator[str]:
    for one in settings.people:
        if one.person == person and one.role in roles:
            yield from one.units


def _by_rule(policy: ModerationPolicy, outcome: Outcome) -> str | None:
    return next((why for rule, why in _REASONS.items() if rule in policy.rules and _applies(rule, outcome)), None)


def _applies(rule: ModerationRule, outcome: Outcome) -> bool:
    match rule:
        case ModerationRule.EVERY_INADEQUATE:
            return outcome.overall_grade is Grade.INADEQUATE
        case ModerationRule.EVERY_CONCERN:
            return outcome.concern is not Concern.NONE
        case ModerationRule.EVERY_OUTSTANDING:
            return outcome.overall_grade is Grade.OUTSTANDING
        case ModerationRule.EVERY_LIKELY_INADEQUATE:
            return outcome.inadequate_likely
