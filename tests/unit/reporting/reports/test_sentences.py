"""Sentences never say more than their figures may."""

from __future__ import annotations

import pytest

from services.reporting.reports.figures import Count, Share
from services.reporting.reports.sentences import change, listed, mostly, plural, spelled, supported
from services.reporting.reports.suppression import Ledger
from services.reporting.reports.window_figures import Printed, rounded_percent


def share(part: int, of: int) -> Share:
    return Share(part=Count(value=part), of=Count(value=of), percent=rounded_percent(part, of))


HIDDEN = Share(part=Count(value=None, suppressed=True), of=Count(value=40), percent=None, missing="suppressed")


def test_a_difference_beyond_chance_is_told_from_one_within_it() -> None:
    """48% to 57% of about 600: z = 3.2; 48% to 50%: z = 0.7 (two proportions, pooled)."""
    rise = change(share(314, 655), share(349, 612))
    assert rise is not None
    assert (rise.before, rise.now, rise.verb, rise.beyond_chance) == (48, 57, "rose", True)
    noise = change(share(314, 655), share(306, 612))
    assert noise is not None
    assert not noise.beyond_chance
    assert change(share(300, 600), share(300, 600)).verb == "stayed"  # type: ignore[union-attr]  # 600 on each side


@pytest.mark.parametrize(
    ("before", "now"),
    [(share(10, 29), share(20, 40)), (share(20, 40), share(10, 29)), (HIDDEN, share(20, 40)), (share(20, 40), HIDDEN)],
)
def test_nothing_is_compared_on_few_cases_or_on_hidden_ones(before: Share, now: Share) -> None:
    assert change(before, now) is None


def test_a_headline_needs_thirty_cases() -> None:
    assert supported(share(15, 30))
    assert not supported(share(15, 29))
    assert not supported(HIDDEN)


@pytest.mark.parametrize(("part", "whole", "said"), [(16, 20, True), (9, 20, False), (10, 20, False), (20, 22, True)])
def test_most_is_said_where_it_is_true_and_settles_nothing(part: int, whole: int, said: bool) -> None:
    ledger = Ledger()
    ledger.add("whole", whole)
    ledger.add("part", part)
    ledger.share("part", "whole")
    ledger.settle()
    assert mostly(Printed(ledger), "part", "whole") is said


def test_percentages_are_rounded_halves_up() -> None:
    assert [rounded_percent(part, 200) for part in (1, 2, 3, 99, 101)] == [1, 1, 2, 50, 51]


def test_words_for_numbers_and_lists() -> None:
    assert plural(1, "audit") == "1 audit"
    assert plural(1204, "audit") == "1,204 audits"
    assert spelled(5) == "five"
    assert spelled(11) == "11"
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"
