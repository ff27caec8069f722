"""Which audits a moderation policy selects: strata and their shares, new auditors, drift, and whose team or area is own.

The laws of the stratified sample are those of systematic sampling: of n audits of a stratum the number drawn is never a
whole one away from n times the rate.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any
from uuid import UUID, uuid5

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.audit.app.moderation.policy import (
    NO_FACTS,
    Facts,
    drawn_in_turn,
    rate_of,
    selected_because,
    stratum_of,
    teams_not_to_moderate,
)
from services.audit.domain.words import Grade, OrganisationPath
from shared.authority.policies import ModerationPolicy
from shared.authority.settings import AuthoritySettings, parse_settings
from tests.unit.audit import builders as b

RATES = st.integers(1, 100).map(lambda percent: percent / 100)
PERSON = UUID(int=77)


def policy(**fields: Any) -> ModerationPolicy:
    return ModerationPolicy.model_validate(fields)


def draws(seed: int, rate: float, cycle: str, stratum: tuple[str, ...], count: int) -> list[bool]:
    return [drawn_in_turn(seed, rate, cycle, stratum, before) for before in range(count)]


@settings(max_examples=100, deadline=None)
@given(st.integers(), RATES, st.text("abc", max_size=4), st.integers(1, 300))
def test_each_stratum_gets_its_share_however_small_it_is(seed: int, rate: float, stratum: str, count: int) -> None:
    found = sum(draws(seed, rate, "2025-11", (stratum,), count))
    assert abs(found - count * Fraction(rate).limit_denominator(100)) < 1


@settings(max_examples=50, deadline=None)
@given(st.integers(), RATES, st.text("abc", max_size=4))
def test_a_draw_repeats_by_its_seed(seed: int, rate: float, stratum: str) -> None:
    assert draws(seed, rate, "2025-11", (stratum,), 60) == draws(seed, rate, "2025-11", (stratum,), 60)


@settings(max_examples=50, deadline=None)
@given(st.integers(), st.integers(0, 40))
def test_over_many_cycles_a_place_in_the_turn_is_drawn_as_often_as_the_rate_says(seed: int, before: int) -> None:
    """Nobody can tell whose turn is next: at every place the share over cycles converges on the rate."""
    cycles = 800
    found = sum(drawn_in_turn(seed, 0.25, str(cycle), ("early-help",), before) for cycle in range(cycles))
    assert 0.15 < found / cycles < 0.35  # six standard deviations and more on either side


def test_another_seed_cycle_or_stratum_begins_elsewhere() -> None:
    usual = draws(1, 0.1, "2025-11", ("early-help",), 400)
    assert usual != draws(2, 0.1, "2025-11", ("early-help",), 400)
    assert usual != draws(1, 0.1, "2025-12", ("early-help",), 400)
    assert usual != draws(1, 0.1, "2025-11", ("leaving-care",), 400)


def test_the_stratum_is_named_by_the_whole_path_of_a_district_or_team() -> None:
    place = b.place(organisation=OrganisationPath(area="north", district="riverside", team="riverside-1"))
    by = policy(share="sample", sample_rate=0.5, stratify_by=["team", "kind", "service", "area", "district"])
    assert stratum_of(by, place) == (
        "north/riverside/riverside-1", "case-file", "childrens-social-work", "north", "north/riverside",
    )  # fmt: skip


def test_a_stratum_may_have_a_rate_of_its_own() -> None:
    by = policy(
        share="sample",
        sample_rate=0.1,
        stratify_by=["service", "kind"],
        stratum_rates=[
            {"of": {"service": "early-help", "kind": "thematic"}, "sample_rate": 1},
            {"of": {"service": "early-help"}, "sample_rate": 0.5},
        ],
    )
    assert rate_of(by, ("early-help", "thematic")) == 1
    assert rate_of(by, ("early-help", "case-file")) == 0.5
    assert rate_of(by, ("leaving-care", "thematic")) == 0.1
    facts = Facts("2025-11", ("early-help", "thematic"), before_in_stratum=3)
    assert selected_because(by, b.AUDIT_ID, b.outcome(), facts) == "sample"


def test_a_stratified_sample_counts_instead_of_drawing_each_audit_by_itself() -> None:
    by = policy(share="sample", sample_rate=0.5, stratify_by=["service"], seed=3)
    chosen = [
        selected_because(by, uuid5(b.AUDIT_ID, str(n)), b.outcome(), Facts("2025-11", ("early-help",), n))
        for n in range(10)
    ]
    assert chosen in ([None, "sample"] * 5, ["sample", None] * 5)


@pytest.mark.parametrize(("before", "reason"), [(0, "new-auditor"), (2, "new-auditor"), (3, None), (40, None)])
def test_the_first_audits_of_a_new_auditor_are_moderated(before: int, reason: str | None) -> None:
    by = policy(share="rules", first_audits_of_new_auditors=3)
    assert selected_because(by, b.AUDIT_ID, b.outcome(), Facts(audits_before=before)) == reason


@pytest.mark.parametrize(
    ("lowered", "reason"),
    [
        ((), None),
        ((True,), None),
        ((True, True), "drift"),
        ((True, False, True), "drift"),
        ((True, False, False, True), None),  # the fourth is no longer among the last three
    ],
)
def test_an_auditor_whose_grades_were_lowered_again_and_again_is_moderated(
    lowered: tuple[bool, ...], reason: str | None
) -> None:
    by = policy(share="rules", drift={"lowered": 2, "of_last": 3})
    assert selected_because(by, b.AUDIT_ID, b.outcome(), Facts(lowered_lately=lowered)) == reason


def test_a_rule_about_the_audit_is_named_before_one_about_its_auditor() -> None:
    by = policy(share="rules", rules=["every-inadequate"], first_audits_of_new_auditors=3)
    inadequate = b.outcome(overall_grade=Grade.INADEQUATE)
    assert selected_because(by, b.AUDIT_ID, inadequate, Facts(audits_before=0)) == "inadequate"
    assert selected_because(by, b.AUDIT_ID, inadequate, NO_FACTS) == "inadequate"


def settings_with(role: str, unit: str, **moderation: Any) -> AuthoritySettings:
    text = b.settings_text("northmoor").replace(
        "people:\n", f"people:\n  - {{role: {role}, person: {PERSON}, units: [{unit}]}}\n"
    )
    made = parse_settings(text, "test.yaml")
    return made.model_copy(update={"moderation": policy(share="all", **moderation)})


@pytest.mark.parametrize(
    ("role", "unit", "moderation", "teams"),
    [
        ("team-manager", "north/riverside/riverside-1", {}, {"north/riverside/riverside-1"}),
        ("team-manager", "north/riverside/riverside-1", {"own_team_allowed": True}, set()),
        ("moderator", "north/riverside/riverside-1", {}, set()),
        (
            "team-manager",
            "north/riverside/riverside-1",
            {"independence": "own-area"},
            {"north/riverside/riverside-1", "north/riverside/riverside-2", "north/hillside/hillside-1"},
        ),
        (
            "service-manager",
            "north/riverside",
            {"independence": "own-area"},
            {"north/riverside/riverside-1", "north/riverside/riverside-2", "north/hillside/hillside-1"},
        ),
        ("moderator", "north", {"independence": "own-area"}, set()),
    ],
)
def test_where_a_moderator_works_they_do_not_moderate(
    role: str, unit: str, moderation: dict[str, Any], teams: set[str]
) -> None:
    assert teams_not_to_moderate(settings_with(role, unit, **moderation), PERSON) == teams
