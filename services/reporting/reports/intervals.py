"""95% intervals by formula, so that the same facts give the same interval: of a share, of a mean, of weighted kappa.

Share: E. B. Wilson's score interval (JASA 1927), which stays within 0 and 1 and holds for few cases too. Mean: normal
approximation. Weighted kappa: J. L. Fleiss, J. Cohen, B. S. Everitt, Large sample standard errors of kappa and weighted
kappa (Psychological Bulletin 1969).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from services.reporting.reports.agreement import linear_weight

Z_95 = 1.959963984540054

Interval = tuple[float, float]
Matrix = Sequence[Sequence[int]]


def of_share(part: int, whole: int) -> Interval:
    """Return the interval of a share, as fractions; `whole` is at least 1."""
    share, square = part / whole, Z_95 * Z_95 / whole
    middle = (share + square / 2) / (1 + square)
    half = Z_95 * math.sqrt(share * (1 - share) / whole + square / (4 * whole)) / (1 + square)
    return max(0.0, middle - half), min(1.0, middle + half)


def of_difference(matrix: Matrix) -> Interval | None:
    """Return the interval of the mean of column less row over a matrix of counts; None under two cases."""
    pairs = [(column - row, count) for row, line in enumerate(matrix) for column, count in enumerate(line)]
    n = sum(count for _, count in pairs)
    if n < 2:  # noqa: PLR2004 - one case has no spread
        return None
    mean = sum(step * count for step, count in pairs) / n
    spread = sum(count * (step - mean) ** 2 for step, count in pairs) / (n - 1)
    half = Z_95 * math.sqrt(spread / n)
    return mean - half, mean + half


@dataclass(frozen=True, slots=True)
class Kappa:
    """Weighted kappa with its standard error."""

    value: float
    error: float

    @property
    def interval(self) -> Interval:
        """Return its interval, within -1 and 1."""
        return max(-1.0, self.value - Z_95 * self.error), min(1.0, self.value + Z_95 * self.error)


def weighted_kappa(matrix: Matrix, weight: Callable[[int, int, int], float] = linear_weight) -> Kappa | None:
    """Return Cohen's weighted kappa of a square matrix of counts, with linear weights over all its categories.

    None where it is not defined: no cases, or both raters gave one and the same grade throughout.
    """
    size = len(matrix)
    n = sum(map(sum, matrix))
    if n == 0:
        return None
    places = [(row, column) for row in range(size) for column in range(size)]
    rows = [sum(line) / n for line in matrix]
    columns = [sum(line[column] for line in matrix) / n for column in range(size)]
    weights = {(row, column): weight(row, column, size) for row, column in places}
    observed = sum(weights[row, column] * matrix[row][column] / n for row, column in places)
    chance = sum(weights[row, column] * rows[row] * columns[column] for row, column in places)
    if math.isclose(chance, 1):
        return None
    kappa = (observed - chance) / (1 - chance)
    of_row = [sum(columns[column] * weights[row, column] for column in range(size)) for row in range(size)]
    of_column = [sum(rows[row] * weights[row, column] for row in range(size)) for column in range(size)]
    spread = sum(
        matrix[row][column] / n * (weights[row, column] - (of_row[row] + of_column[column]) * (1 - kappa)) ** 2
        for row, column in places
    )
    variance = (spread - (kappa - chance * (1 - kappa)) ** 2) / (n * (1 - chance) ** 2)
    return Kappa(kappa, math.sqrt(max(0.0, variance)))
