"""The six ways of domain.md are settings documents: each has what is particular to it, and nobody's real name."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.authority.policies import ModerationRule, Stratum
from shared.authority.settings import Authorities, load_authorities

WAYS = Path(__file__).parents[3] / "infra" / "sample" / "ways"
REAL = ("kent", "buckinghamshire", "oxfordshire", "reading", "sussex", "surrey")


@pytest.fixture(scope="module")
def ways() -> Authorities:
    return load_authorities(WAYS)


def test_each_way_has_what_is_particular_to_it(ways: Authorities) -> None:
    kent, bucks, oxford = (ways.get(key) for key in ("wealdmere", "chalkdown", "isisford"))
    assert (kent.moderation.share, kent.audit.cycle_months, set(kent.moderator_capacity.values())) == ("all", 2, {2})
    assert (bucks.moderation.share, set(bucks.moderator_capacity.values())) == ("all", {1})
    assert (oxford.moderation.share, oxford.moderation.stratify_by) == ("sample", (Stratum.KIND,))
    assert oxford.moderation.dispute_decided_by == "panel"
    reading, sussex, surrey = (ways.get(key) for key in ("abbeymead", "sallowdown", "pinebarrow"))
    assert (reading.audit.cycle_months, reading.moderation.blind) == (3, True)
    assert [(one.name, len(one.months)) for one in reading.reporting.windows] == [
        ("Q1", 3),
        ("Q2 and Q3", 6),
        ("Q4", 3),
    ]
    assert (sussex.moderation.share, sussex.moderation.rules) == ("sample", (ModerationRule.EVERY_INADEQUATE,))
    assert (surrey.audit.cycle_months, surrey.audit.own_team_allowed) == (1, False)


def test_no_real_authority_is_named_by_key_or_name(ways: Authorities) -> None:
    for key in ways.keys:
        named = f"{key} {ways.get(key).name}".casefold()
        assert not [real for real in REAL if real in named]
