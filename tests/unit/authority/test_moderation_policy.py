"""The moderation part of a settings document: old documents stay valid, faults are all said, capacity is a person's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import yaml

from shared.authority.policies import Independence, ModerationPolicy
from shared.authority.settings import AuthoritySettings, SettingsInvalid, parse_settings

SMALL = (Path(__file__).parents[3] / "infra" / "sample" / "authorities" / "saltmere-2.yaml").read_text(encoding="utf-8")
ONE, TWO = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"


def changed(change: Callable[[dict[str, Any]], object]) -> str:
    raw = yaml.safe_load(SMALL)
    change(raw)
    return yaml.safe_dump(raw)


def with_moderation(**fields: Any) -> AuthoritySettings:
    return parse_settings(changed(lambda raw: raw.__setitem__("moderation", fields)), "test.yaml")


def test_a_document_from_before_is_valid_and_means_what_it_meant() -> None:
    old = ModerationPolicy.model_validate({"share": "sample", "sample_rate": 0.2, "capacity_a_month": 4})
    assert (old.stratify_by, old.drift, old.first_audits_of_new_auditors, old.assign) == ((), None, 0, False)
    assert old.independence is Independence.OWN_TEAM
    assert (old.second_at_distance, old.dispute_decided_by, old.dispute_within_days) == (2, "second-moderator", 28)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"share": "all", "stratify_by": ["service"]}, "stratify_by is for share: sample, and the share is all"),
        ({"share": "sample", "sample_rate": 0}, "share: sample needs a sample_rate above 0"),
        (
            {"share": "sample", "sample_rate": 0.5, "stratify_by": ["area", "area"]},
            "moderation/stratify_by/2: the name area is there twice.",
        ),
        (
            {"share": "sample", "sample_rate": 0.5, "stratum_rates": [{"of": {"kind": "x"}, "sample_rate": 1}]},
            "moderation/stratum_rates/1/of: the rate is of a kind, which is not under stratify_by.",
        ),
        ({"share": "rules"}, "or first_audits_of_new_auditors, or drift"),
        ({"share": "all", "drift": {"lowered": 4, "of_last": 3}}, "no auditor would ever have drifted"),
        ({"share": "all", "independence": "own-area", "own_team_allowed": True}, "contradict each other"),
        ({"share": "all", "independence": "own-county"}, "independence: input should be 'own-team' or 'own-area'"),
        (
            {"share": "all", "rules": ["every-concern", "every-concern"]},
            "moderation/rules/2: the rule every-concern is there twice.",
        ),
        (
            {
                "share": "sample",
                "sample_rate": 0.5,
                "stratify_by": ["service"],
                "stratum_rates": [{"of": {"service": "fishing"}, "sample_rate": 1}],
            },
            "moderation/stratum_rates/1/of: the rate is of the service fishing, which is not there.",
        ),
    ],
)
def test_a_policy_that_cannot_be_followed_is_said(fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SettingsInvalid) as refusal:
        with_moderation(**fields)
    assert sentence in str(refusal.value)


def test_all_faults_of_a_policy_are_said_together() -> None:
    with pytest.raises(SettingsInvalid) as refusal:
        with_moderation(share="rules", stratify_by=["team"], own_team_allowed=True, independence="own-area")
    assert len(str(refusal.value).splitlines()) == 3


def moderators(*people: dict[str, Any], months: int = 1, **fields: Any) -> AuthoritySettings:
    def change(raw: dict[str, Any]) -> None:
        raw["people"] = [*people, *(one for one in raw["people"] if one["role"] != "moderator")]
        raw["audit"]["cycle_months"] = months
        raw["moderation"] = {"share": "all", **fields}

    return parse_settings(changed(change), "test.yaml")


def test_a_moderator_s_capacity_is_the_policy_s_unless_it_is_their_own() -> None:
    one, two = {"role": "moderator", "person": ONE}, {"role": "moderator", "person": TWO, "capacity": 0}
    assert moderators(one, two, capacity=3).moderator_capacity == {UUID(ONE): 3, UUID(TWO): 0}
    # two a month, in a cycle of two months (domain.md section 3)
    assert moderators(one, months=2, capacity_a_month=2).moderator_capacity == {UUID(ONE): 4}


def test_a_capacity_is_a_moderator_s() -> None:
    with pytest.raises(SettingsInvalid, match="/capacity: only a moderator has a capacity"):
        moderators({"role": "auditor", "person": ONE, "capacity": 2})
