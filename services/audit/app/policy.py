"""The authority's moderation policy applied to a completed audit: pure, seeded, reproducible (domain.md section 3)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, timedelta
from uuid import UUID, uuid5

from services.audit.domain.moderation_commands import ModerationSelection
from services.audit.domain.outcome import Outcome
from services.audit.domain.words import Concern, Grade
from shared.authority.policies import ModerationPolicy, ModerationRule
from shared.authority.settings import AuthoritySettings
from shared.web.principal import Role

_OWN_TEAM_ROLES = frozenset({Role.PRACTITIONER, Role.TEAM_MANAGER})
_TEAM_DEPTH = 3
_REASONS: Mapping[ModerationRule, str] = {
    ModerationRule.EVERY_INADEQUATE: "inadequate",
    ModerationRule.EVERY_CONCERN: "concern",
    ModerationRule.EVERY_LIKELY_INADEQUATE: "inadequate-likely",
    ModerationRule.EVERY_OUTSTANDING: "outstanding",
}


def selection_for(
    settings: AuthoritySettings, audit_id: UUID, outcome: Outcome, completed_on: date
) -> ModerationSelection | None:
    """Return how the policy selects a completed audit for moderation; None where it does not."""
    policy = settings.moderation
    because = selected_because(policy, audit_id, outcome)
    if because is None:
        return None
    return ModerationSelection(
        moderation_id=moderation_id(audit_id, 1),
        selected_because=because,
        policy_version=policy_version(settings),
        due_on=completed_on + timedelta(days=policy.within_days),
        blind=policy.blind,
    )


def selected_because(policy: ModerationPolicy, audit_id: UUID, outcome: Outcome) -> str | None:
    """Return why an audit is moderated.

    The draw comes before the rules: an audit drawn at random belongs to the pool whatever its grade, and one picked
    by a rule does not (design.md section 8).
    """
    if policy.share == "all":
        return "all"
    if policy.share == "sample" and drawn(policy.seed, policy.sample_rate, audit_id):
        return "sample"
    return next((_REASONS[rule] for rule in _REASONS if rule in policy.rules and _applies(rule, outcome)), None)


def drawn(seed: int, rate: float, audit_id: UUID) -> bool:
    """Say whether the draw falls on an audit: the same seed draws the same audits."""
    digest = hashlib.sha256(f"{seed}|{audit_id}".encode()).digest()
    return int.from_bytes(digest[:8]) < rate * 2**64


def moderation_id(audit_id: UUID, number: int) -> UUID:
    """Return the id of an audit's n-th moderation: derived, so that a repeat makes no second one (G2)."""
    return uuid5(audit_id, f"moderation|{number}")


def policy_version(settings: AuthoritySettings) -> str:
    """Return the version of the settings that a policy's decision was taken by."""
    return f"{settings.key}/{settings.version}"


def own_teams(settings: AuthoritySettings, person: UUID) -> frozenset[str]:
    """Return the teams a person belongs to: those they practise in or manage, as `area/district/team`."""
    return frozenset(
        unit
        for one in settings.people
        if one.person == person and one.role in _OWN_TEAM_ROLES
        for unit in one.units
        if len(unit.split("/")) == _TEAM_DEPTH
    )


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
