"""Agreement of two who graded the same cases, as the cells of a table: each figure with its n and its 95% interval.

For the QA unit alone: nothing here is suppressed, so none of it goes into a report that is published.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from services.reporting.reports import intervals
from services.reporting.reports.agreement import CATEGORIES, agreement
from services.reporting.reports.figures import Cell, Count, Decimal
from services.reporting.reports.sections.context import columns
from services.reporting.reports.window_figures import FEWEST_FOR_COEFFICIENT, FEWEST_FOR_PERCENT
from services.reporting.reports.window_ledger import GRADES

COLUMNS = columns(
    ("n", "Cases (n)"),
    ("exact", "Same grade, %"),
    ("within_one", "Within one step, %"),
    ("difference", "Second less first, steps"),
    ("ac2", "Gwet's AC2"),
    ("kappa", "Weighted kappa"),
)

Matrix = list[list[int]]


def matrix_of(lines: Iterable[Mapping[str, object]]) -> Matrix:
    """Return how often each grade by the first met each by the second: rows and columns from inadequate up."""
    matrix = [[0] * CATEGORIES for _ in range(CATEGORIES)]
    for line in lines:
        matrix[GRADES.index(str(line["first_grade"]))][GRADES.index(str(line["second_grade"]))] += 1
    return matrix


def cells(matrix: Sequence[Sequence[int]], fewest: int = FEWEST_FOR_COEFFICIENT) -> dict[str, Cell]:
    """Return the figures of a matrix by the keys of `COLUMNS`; means and coefficients from `fewest` cases on."""
    found, kappa = agreement(matrix), intervals.weighted_kappa(matrix)
    n = Count(value=found.n)
    difference = found.mean_difference
    return {
        "n": n,
        "exact": percent(found.exact, found.n),
        "within_one": percent(found.within_one, found.n),
        "difference": _decimal(difference, intervals.of_difference(matrix), n, fewest),
        "ac2": _decimal(found.ac2, _pair(found.low, found.high), n, fewest),
        "kappa": _decimal(None if kappa is None else kappa.value, None if kappa is None else kappa.interval, n, fewest),
    }


def percent(part: int, whole: int) -> Decimal:
    """Return a share as a whole percentage with its interval, from ten cases on."""
    of = Count(value=whole)
    if whole < FEWEST_FOR_PERCENT:
        return Decimal(value=None, of=of, decimals=0, missing="too-few" if whole else "no-cases")
    low, high = intervals.of_share(part, whole)
    return Decimal(value=_whole(part / whole), of=of, low=_whole(low), high=_whole(high), decimals=0)


def _whole(share: float) -> float:
    return float(int(100 * share + 0.5))


def _pair(low: float | None, high: float | None) -> intervals.Interval | None:
    return None if low is None or high is None else (low, high)


def _decimal(value: float | None, interval: intervals.Interval | None, of: Count, fewest: int) -> Decimal:
    n = of.value or 0
    if n < fewest:
        return Decimal(value=None, of=of, missing="too-few" if n else "no-cases")
    if value is None or interval is None:
        return Decimal(value=None, of=of, missing="no-cases")
    return Decimal(value=round(value, 2), of=of, low=round(interval[0], 2), high=round(interval[1], 2))
