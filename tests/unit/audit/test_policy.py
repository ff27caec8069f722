"""The moderation policy: all, a seeded sample, rules; and whose own team is whose."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID, uuid5

import pytest

from services.audit.app.moderation.policy import drawn, own_teams, selected_because, selection_for, selection_of_amended
from services.audit.domain.words import Concern, Grade
from shared.authority.policies import ModerationPolicy
from shared.authority.settings import parse_settings
from tests.unit.audit import builders as b

AUDITS = [uuid5(b.AUDIT_ID, str(number)) for number in range(4000)]


def policy(**fields: Any) -> ModerationPolicy:
    return ModerationPolicy.model_validate(fields)


def test_all_means_every_audit_whatever_its_grade() -> None:
    everything = policy(share="all", rules=["every-inadequate"])
    assert selected_because(everything, b.AUDIT_ID, b.outcome(overall_grade=Grade.INADEQUATE)) == "all"


def test_a_sample_converges_on_its_rate_and_repeats_by_its_seed() -> None:
    found = [audit for audit in AUDITS if drawn(7, 0.25, audit)]
    assert found == [audit for audit in AUDITS if drawn(7, 0.25, audit)]
    assert 0.22 < len(found) / len(AUDITS) < 0.28
    assert found != [audit for audit in AUDITS if drawn(8, 0.25, audit)]


def test_an_audit_drawn_at_random_stays_in_the_pool_whatever_its_grade() -> None:
    sample = policy(share="sample", sample_rate=0.25, seed=7, rules=["every-inadequate"])
    inadequate = b.outcome(overall_grade=Grade.INADEQUATE)
    reasons = {audit: selected_because(sample, audit, inadequate) for audit in AUDITS}
    assert {audit for audit, reason in reasons.items() if reason == "sample"} == {
        audit for audit in AUDITS if drawn(7, 0.25, audit)
    }
    assert set(reasons.values()) == {"sample", "inadequate"}


@pytest.mark.parametrize(
    ("rule", "changes", "reason"),
    [
        ("every-inadequate", {"overall_grade": Grade.INADEQUATE}, "inadequate"),
        ("every-outstanding", {"overall_grade": Grade.OUTSTANDING}, "outstanding"),
        ("every-concern", {"concern": Concern.SAFEGUARDING}, "concern"),
        ("every-likely-inadequate", {"inadequate_likely": True}, "inadequate-likely"),
    ],
)
def test_a_rule_picks_what_it_names_and_nothing_else(rule: str, changes: dict[str, Any], reason: str) -> None:
    rules = policy(share="rules", rules=[rule])
    assert selected_because(rules, b.AUDIT_ID, b.outcome(**changes)) == reason
    assert selected_because(rules, b.AUDIT_ID, b.outcome()) is None


def test_a_selection_carries_the_version_of_the_policy_and_its_days() -> None:
    settings = parse_settings(b.settings_text("northmoor", blind=True), "test.yaml")
    found = selection_for(settings, b.AUDIT_ID, b.outcome(), date(2025, 11, 20))
    assert found is not None
    assert (found.policy_version, found.due_on, found.blind) == ("northmoor/1", date(2025, 12, 10), True)


def test_ones_own_team_is_the_one_managed() -> None:
    settings = parse_settings(b.settings_text("northmoor"), "test.yaml")
    assert own_teams(settings, b.MANAGER_OF_RIVERSIDE_2) == {"north/riverside/riverside-2"}
    assert own_teams(settings, UUID(int=5)) == frozenset()


def test_an_amendment_is_asked_by_the_rules_and_never_drawn() -> None:
    rules = parse_settings(
        b.settings_text("northmoor", share="sample", more="sample_rate: 1.0, rules: [every-inadequate],"), "x.yaml"
    )
    on = date(2025, 12, 4)
    found = selection_of_amended(rules, b.AUDIT_ID, b.outcome(overall_grade=Grade.INADEQUATE), on)
    assert found is not None
    days = rules.moderation.within_days
    assert (found.selected_because, (found.due_on - on).days) == ("inadequate", days)
    assert selection_of_amended(rules, b.AUDIT_ID, b.outcome(), on) is None
