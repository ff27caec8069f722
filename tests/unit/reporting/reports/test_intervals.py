"""Intervals and weighted kappa against published worked examples."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.reporting.reports.intervals import Z_95, of_difference, of_share, weighted_kappa

# Hours of fun: 91 couples, husband in rows, wife in columns (A. Agresti, Categorical Data Analysis, 1990, page 31;
# `SexualFun` of the R package vcd).
COUPLES = [[7, 7, 2, 3], [2, 8, 3, 7], [1, 5, 4, 9], [2, 8, 9, 14]]


def unweighted(one: int, other: int, _categories: int) -> float:
    return float(one == other)


def test_kappa_of_the_couples_of_vcds_manual() -> None:
    """vcd documents `Kappa(SexualFun)`: 0.1293 (ASE 0.0686) unweighted, 0.2374 (0.0783) with equal spacing (linear)."""
    plain, linear = weighted_kappa(COUPLES, unweighted), weighted_kappa(COUPLES)
    assert plain is not None
    assert linear is not None
    assert (round(plain.value, 4), round(plain.error, 4)) == (0.1293, 0.0686)
    assert (round(linear.value, 4), round(linear.error, 4)) == (0.2374, 0.0783)
    assert linear.interval == pytest.approx((0.2374 - 1.96 * 0.0783, 0.2374 + 1.96 * 0.0783), abs=1e-3)


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_a_shares_interval_is_that_of_newcombes_table(part: int, whole: int, low: float, high: float) -> None:
    """R. G. Newcombe, Two-sided confidence intervals for the single proportion (Statistics in Medicine 1998), table I.

    Method 3, the score method without continuity correction.
    """
    assert of_share(part, whole) == pytest.approx((low, high), abs=6e-5)


def test_all_alike_have_no_kappa_and_full_agreement_of_different_grades_is_one() -> None:
    assert weighted_kappa([[0] * 4 for _ in range(4)]) is None
    assert weighted_kappa([[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 40, 0], [0, 0, 0, 0]]) is None
    full = weighted_kappa([[5, 0, 0, 0], [0, 5, 0, 0], [0, 0, 5, 0], [0, 0, 0, 5]])
    assert full is not None
    assert full.value == pytest.approx(1)
    assert full.error == pytest.approx(0, abs=1e-6)


def test_a_difference_in_steps_by_hand() -> None:
    """Ten cases: six alike, four one step lower: mean -0.4, sample variance 2.4/9."""
    found = of_difference([[0, 0, 0, 0], [2, 0, 0, 0], [0, 2, 6, 0], [0, 0, 0, 0]])
    half = Z_95 * math.sqrt(2.4 / 9 / 10)
    assert found == pytest.approx((-0.4 - half, -0.4 + half))
    assert of_difference([[1, 0], [0, 0]]) is None


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.integers(0, 30), min_size=4, max_size=4), min_size=4, max_size=4))
def test_kappa_is_the_same_seen_from_the_other_rater_and_stays_in_its_range(matrix: list[list[int]]) -> None:
    found = weighted_kappa(matrix)
    turned = weighted_kappa([list(column) for column in zip(*matrix, strict=True)])
    if found is None or turned is None:
        assert found is turned
        return
    assert found.value == pytest.approx(turned.value)
    assert found.error == pytest.approx(turned.error, abs=1e-9)
    assert -1 <= found.interval[0] <= found.value + 1e-9
    assert found.value - 1e-9 <= found.interval[1] <= 1
