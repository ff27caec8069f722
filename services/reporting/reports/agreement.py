"""How far auditors and moderators agree: exact, within one, signed difference, and Gwet's AC2.

AC2 with linear weights over all four grades (design.md section 8): unlike kappa it does not collapse when grades
bunch (field-notes.md, Statistics). Formulae: K. L. Gwet, Handbook of Inter-Rater Reliability, 4th ed., chapters 4
and 5: point estimate, and the variance of two raters with the finite population correction left out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

CATEGORIES = 4
_Z_95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Agreement:
    """Agreement over a pool of `n` cases graded twice; shares and coefficients are fractions, not percentages.

    `ac2` and its limits are None where they are not defined (no cases, or one case alone).
    """

    n: int
    exact: int
    within_one: int
    difference_sum: int
    ac2: float | None
    low: float | None
    high: float | None

    @property
    def mean_difference(self) -> float | None:
        """Return the mean of moderator's grade less auditor's, in steps; negative: moderators grade lower."""
        return self.difference_sum / self.n if self.n else None


def linear_weight(one: int, other: int, categories: int = CATEGORIES) -> float:
    """Return the weight of a pair of grades: 1 for equal, 2/3, 1/3 and 0 for one, two and three steps apart."""
    return 1 - abs(one - other) / (categories - 1)


def agreement(matrix: Sequence[Sequence[int]], weight: Callable[[int, int, int], float] = linear_weight) -> Agreement:
    """Return the agreement of a square matrix of counts: rows the auditor's grade, columns the moderator's.

    `weight` is the worth of a pair of categories, given the number of categories.
    """
    size = len(matrix)
    pairs = [(row, column, matrix[row][column]) for row in range(size) for column in range(size)]
    n = sum(count for _, _, count in pairs)
    exact = sum(count for row, column, count in pairs if row == column)
    within_one = sum(count for row, column, count in pairs if abs(row - column) <= 1)
    difference_sum = sum((column - row) * count for row, column, count in pairs)
    ac2, low, high = _ac2(matrix, n, weight)
    return Agreement(n, exact, within_one, difference_sum, ac2, low, high)


def _ac2(
    matrix: Sequence[Sequence[int]], n: int, weight: Callable[[int, int, int], float]
) -> tuple[float | None, float | None, float | None]:
    size = len(matrix)
    if n == 0:
        return None, None, None
    weights = [[weight(row, column, size) for column in range(size)] for row in range(size)]
    spread = sum(map(sum, weights)) / (size * (size - 1))
    share = [
        (sum(matrix[category]) + sum(matrix[row][category] for row in range(size))) / (2 * n)
        for category in range(size)
    ]
    observed = sum(weights[row][column] * matrix[row][column] for row in range(size) for column in range(size)) / n
    chance = spread * sum(part * (1 - part) for part in share)
    if chance >= 1:
        return None, None, None
    ac2 = (observed - chance) / (1 - chance)
    if n == 1:
        return ac2, None, None
    squares = 0.0
    for row in range(size):
        for column in range(size):
            case_chance = spread * (1 - (share[row] + share[column]) / 2)
            case = (weights[row][column] - chance) / (1 - chance)
            case -= 2 * (1 - ac2) * (case_chance - chance) / (1 - chance)
            squares += matrix[row][column] * (case - ac2) ** 2
    error = math.sqrt(squares / (n * (n - 1)))
    return ac2, max(-1.0, ac2 - _Z_95 * error), min(1.0, ac2 + _Z_95 * error)
