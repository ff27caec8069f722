"""What follows an audit in the made-up year: recommendations, moderation, an audit escalation, a correction."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from infra.sample.judgement import Grader, grade_of
from infra.sample.plan import (
    GRADES,
    Concern,
    PlannedAmendment,
    PlannedAudit,
    PlannedEscalation,
    PlannedFollowUp,
    PlannedModeration,
    PlannedRecommendation,
)
from shared.authority.policies import ModerationPolicy, ModerationRule
from shared.authority.settings import AuthoritySettings

Because = Literal["sample", "inadequate", "concern", "likely-inadequate", "outstanding"]

_SAMPLE_WITHOUT_A_RATE = 0.0
_NOT_REQUIRED = 0.25
_BREACHED = 0.18
_STILL_OPEN = 0.12
_ONE_IN_RE_AUDITED = 3


def recommendations(
    settings: AuthoritySettings, audit: PlannedAudit, as_of: date, rng: random.Random
) -> tuple[PlannedRecommendation, ...]:
    """Give up to three recommendations: none for outstanding practice, most for inadequate."""
    assert audit.outcome is not None
    assert audit.completed_on is not None
    count = {"outstanding": 0, "good": 1, "requires-improvement": 2, "inadequate": 3}[audit.outcome.grade]
    made = []
    for category in rng.sample(
        settings.recommendations.categories, min(count, len(settings.recommendations.categories))
    ):
        due_on = audit.completed_on + timedelta(days=category.due_days)
        made.append(
            PlannedRecommendation(
                category.key,
                "Agree in the next supervision what will be different for the child, and by when.",
                due_on,
                _follow_up(audit.completed_on, as_of, rng),
            )
        )
    return tuple(made)


def _follow_up(completed_on: date, as_of: date, rng: random.Random) -> PlannedFollowUp | None:
    on = completed_on + timedelta(days=rng.randint(5, 40))
    if on >= as_of or rng.random() < 0.27:  # the share nobody comes back to (practice.md section 6)
        return None
    discussed = rng.random() < 0.85
    done = discussed and rng.random() < 0.75
    difference: Literal["yes", "no", "not-yet-known"] = "not-yet-known"
    if done:
        difference = rng.choices(("yes", "no", "not-yet-known"), (50, 12, 38))[0]
    return PlannedFollowUp(on, on if discussed else None, done, difference)


def moderation(
    settings: AuthoritySettings,
    audit: PlannedAudit,
    quality: float,
    moderators: Sequence[Grader],
    as_of: date,
    rng: random.Random,
) -> PlannedModeration | None:
    """Give the moderation, if the authority's policy picks the audit and a moderator came to it in time."""
    assert audit.completed_on is not None
    because = _picked(settings.moderation, audit, rng)
    moderator = rng.choice(moderators)
    on = audit.completed_on + timedelta(days=rng.randint(3, 38))
    if because is None or on >= as_of or rng.random() < 0.07:  # the queue is never quite empty
        return None
    return PlannedModeration(
        moderator.number,
        moderator.grade(quality, rng),
        on,
        because,
        settings.moderation.blind,
        rng.random() < 0.8,
        rng.random() < 0.65,
        grade_of(rng.gauss(0.5, 0.8)),
        "The sections bear the grade out; the impact on the child decided it.",
    )


def _picked(policy: ModerationPolicy, audit: PlannedAudit, rng: random.Random) -> Because | None:
    assert audit.outcome is not None
    found = audit.outcome
    if policy.share == "all":
        return "sample"
    if ModerationRule.EVERY_INADEQUATE in policy.rules and found.grade == "inadequate":
        return "inadequate"
    if ModerationRule.EVERY_CONCERN in policy.rules and found.concern != "none":
        return "concern"
    if ModerationRule.EVERY_OUTSTANDING in policy.rules and found.grade == "outstanding":
        return "outstanding"
    rate = policy.sample_rate if policy.share == "sample" else _SAMPLE_WITHOUT_A_RATE
    return "sample" if rng.random() < rate else None


def escalation(audit: PlannedAudit, as_of: date, rng: random.Random) -> PlannedEscalation | None:
    """Give the audit escalation, where the auditor or the moderator found cause for one (domain.md section 4).

    Signed off well within the clock or far beyond it, so that nobody needs a calendar to know which: a safeguarding one
    on the day it was raised or ten days later, a practice one within four days or after twenty.
    """
    cause = _cause(audit)
    if cause is None:
        return None
    category, on = cause
    decided_at = datetime.combine(on + timedelta(days=1), time(9, rng.randint(0, 59)), UTC)
    latest = datetime.combine(as_of, time(0), UTC) - timedelta(hours=1)  # the last step follows half an hour later
    if decided_at >= latest:
        return PlannedEscalation(category, "considering", None, 0, None)
    if category == "practice" and rng.random() < _NOT_REQUIRED:
        return PlannedEscalation(category, "not-required", decided_at, 0, None)
    actions = rng.randint(1, 3)
    draw = rng.random()
    met = decided_at + (
        timedelta(hours=rng.randint(3, 6)) if category == "safeguarding" else timedelta(days=rng.randint(1, 4))
    )
    breached = decided_at + timedelta(days=rng.randint(10, 16) if category == "safeguarding" else rng.randint(20, 30))
    recent = decided_at > latest - timedelta(days=60)
    if recent and draw > 1 - _STILL_OPEN:
        return PlannedEscalation(category, "open", decided_at, actions, None)
    if draw < _BREACHED and breached < latest:
        return PlannedEscalation(category, "breached", decided_at, actions, breached, _re_audited(decided_at))
    if met < latest:
        return PlannedEscalation(category, "met", decided_at, actions, met, _re_audited(decided_at))
    return PlannedEscalation(category, "open", decided_at, actions, None)


def _re_audited(decided_at: datetime) -> bool:
    """Say whether a re-audit is asked for after the closing: one in three, without a draw, so that the year stays."""
    return decided_at.minute % _ONE_IN_RE_AUDITED == 0


def _cause(audit: PlannedAudit) -> tuple[Literal["practice", "safeguarding"], date] | None:
    assert audit.outcome is not None
    assert audit.completed_on is not None
    found = audit.outcome
    category: dict[Concern, Literal["practice", "safeguarding"]] = {
        "none": "practice",
        "practice": "practice",
        "safeguarding": "safeguarding",
    }
    by_moderator = audit.moderation is not None and audit.moderation.grade == "inadequate"
    if found.grade == "inadequate" or found.concern != "none" or found.inadequate_likely:
        # Where the moderator finds it inadequate too, that joins the same consideration: decided after both.
        on = audit.moderation.on if audit.moderation is not None and by_moderator else audit.completed_on
        return category[found.concern], on
    if audit.moderation is not None and by_moderator:
        return "practice", audit.moderation.on
    return None


def amendment(audit: PlannedAudit, as_of: date, rng: random.Random) -> PlannedAmendment | None:
    """Give a correction of the grade by one step, between requires improvement and good."""
    assert audit.outcome is not None
    assert audit.completed_on is not None
    on = audit.completed_on + timedelta(days=rng.randint(1, 10))
    if audit.outcome.grade not in {GRADES[1], GRADES[2]} or on >= as_of:
        return None
    corrected = GRADES[2] if audit.outcome.grade == GRADES[1] else GRADES[1]
    return PlannedAmendment(on, corrected, "grade-mistyped")
