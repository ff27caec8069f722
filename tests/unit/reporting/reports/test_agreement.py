"""Agreement against a published worked example and against another way of computing it."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.reporting.reports.agreement import agreement, linear_weight

matrices = st.lists(st.lists(st.integers(0, 30), min_size=4, max_size=4), min_size=4, max_size=4)


def identity_weight(one: int, other: int, _categories: int) -> float:
    return float(one == other)


def test_ac1_of_the_abstractors_example() -> None:
    """Gwet's two abstractors of 100 ectopic pregnancies (Handbook of Inter-Rater Reliability; irrCAC's cont3x3abstractors).

    The package documents AC1 = 0.84933 with standard error 0.04321747 for it.
    """
    found = agreement([[13, 0, 0], [0, 20, 7], [0, 4, 56]], identity_weight)
    assert found.ac2 == pytest.approx(0.8493305, abs=5e-8)
    assert found.low is not None
    assert found.high is not None
    error = (found.high - found.low) / 2 / 1.959963984540054
    assert error == pytest.approx(0.04321747, rel=0.006)  # its table form divides by n, ours by n - 1


@settings(max_examples=60, deadline=None)
@given(matrices)
def test_ac2_computed_case_by_case_in_fractions(matrix: list[list[int]]) -> None:
    """The definition, written over single cases instead of the table: observed against chance, linear weights."""
    cases = [(row, column) for row in range(4) for column in range(4) for _ in range(matrix[row][column])]
    found = agreement(matrix)
    assert found.n == len(cases)
    assert found.exact == sum(given == seen for given, seen in cases)
    assert found.within_one == sum(abs(given - seen) <= 1 for given, seen in cases)
    assert found.difference_sum == sum(seen - given for given, seen in cases)
    if not cases:
        assert found.ac2 is None
        return
    ratings = [grade for case in cases for grade in case]
    weights = {(one, other): 1 - Fraction(abs(one - other), 3) for one in range(4) for other in range(4)}
    observed = sum((weights[case] for case in cases), Fraction(0)) / len(cases)
    prevalence = [Fraction(ratings.count(grade), len(ratings)) for grade in range(4)]
    chance = sum(weights.values()) * sum(share * (1 - share) for share in prevalence) / 12
    assert found.ac2 == pytest.approx(float((observed - chance) / (1 - chance)), abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(matrices)
def test_the_interval_holds_the_coefficient_and_stays_within_its_range(matrix: list[list[int]]) -> None:
    found = agreement(matrix)
    if found.low is None or found.high is None or found.ac2 is None:
        assert found.n <= 1
        return
    assert -1 <= found.low <= found.ac2 + 1e-12
    assert found.ac2 - 1e-12 <= found.high <= 1
    assert not math.isnan(found.low + found.high)


def test_full_agreement_is_one_however_grades_bunch() -> None:
    found = agreement([[0, 0, 0, 0], [0, 3, 0, 0], [0, 0, 97, 0], [0, 0, 0, 0]])
    assert found.ac2 == pytest.approx(1)
    assert found.mean_difference == 0


def test_bunched_grades_with_few_differences_stay_high_where_kappa_would_collapse() -> None:
    found = agreement([[0, 0, 0, 0], [0, 0, 2, 0], [0, 3, 95, 0], [0, 0, 0, 0]])
    assert found.ac2 is not None
    assert found.ac2 > 0.95


def test_linear_weights_are_thirds() -> None:
    assert [linear_weight(0, other) for other in range(4)] == pytest.approx([1, 2 / 3, 1 / 3, 0])
