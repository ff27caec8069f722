"""Whoever holds the consistency section against the counts printed for all learns no small cell of the matrix."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import product

import pytest

from services.reporting.reports.agreement import agreement
from services.reporting.reports.counts import Counted, MonthCounts
from services.reporting.reports.figures import Decimal
from services.reporting.reports.window_figures import WindowFigures
from services.reporting.reports.window_ledger import GRADES, PAIRS, Breakdowns, matrix_key
from services.reporting.reports.windows import Rhythm
from tests.unit.reporting.reports.attackers import Cells, matrices_that_fit

Matrix = list[list[int]]
CELLS = [(row, column) for row in range(4) for column in range(4)]
UNIT = {"kind": "file-audit", "service": "assessment", "area": "north", "district": "riverside"}
ALONE = 300
"""Audits that nobody graded a second time, all good."""

# Pool and outside of it: two windows of a made-up county.
SPRING = (
    [[15, 2, 0, 0], [11, 66, 12, 0], [0, 32, 84, 3], [0, 0, 20, 11]],
    [[13, 5, 0, 0], [3, 3, 0, 0], [0, 0, 1, 0], [0] * 4],
)
SUMMER = (
    [[3, 2, 0, 0], [7, 45, 7, 0], [1, 24, 67, 5], [0, 0, 13, 15]],
    [[8, 5, 0, 0], [0, 3, 1, 0], [0, 0, 1, 0], [0] * 4],
)
NOTHING: Matrix = [[0] * 4 for _ in range(4)]


def steps(cell: Cells) -> int:
    return cell[1] - cell[0]


def figures(pool: Matrix, outside: Matrix) -> WindowFigures:
    """A window's figures where every count but those of moderation is as plain as it can be."""
    window = Rhythm.of().parse("2026-06")
    both = {(row, column): pool[row][column] + outside[row][column] for row, column in CELLS}
    compared = sum(both.values())
    n = compared + ALONE
    after = [sum(count for cell, count in both.items() if cell[1] == grade) for grade in range(4)]
    before = [sum(count for cell, count in both.items() if cell[0] == grade) for grade in range(4)]
    good = after[2] + after[3] + ALONE
    outcome = {"completed": n, "on_time": n, "late": 0, "graded": n, "good": good, "inadequate": after[0]}
    outcome["requires_improvement"] = after[1]
    month = outcome | {
        "compared": compared,
        "moderated": compared,
        "pool": sum(map(sum, pool)),
        "pool_difference": sum(steps(cell) * pool[cell[0]][cell[1]] for cell in CELLS),
        "good_before": before[2] + before[3] + ALONE,
        "raised": sum(count for cell, count in both.items() if steps(cell) > 0),
        "same": sum(count for cell, count in both.items() if steps(cell) == 0),
        "lowered": sum(count for cell, count in both.items() if steps(cell) < 0),
        "missed": sum(count for cell, count in both.items() if cell[0] != 0 == cell[1]),
        **dict.fromkeys(("child_feedback", "parent_feedback", "worker_took_part"), n),
    }
    levels = (0b0111, 0b1011, 0b1101, 0b1100, 0b1001, 0b1111)
    idle = dict.fromkeys(("allocated", "withdrawn", "due", "due_done"), 0)
    kinds = {("took_part", "worker"): n, ("tool_version", "file 1"): n}
    kinds |= {("moderated_because", "sample"): compared}
    counted = Counted(
        outcomes=[{"level": level, **UNIT, **outcome} for level in levels],
        activity=[{"level": level, **UNIT, **idle} for level in levels],
        grades=[
            *({"before": GRADES[cell[0]], "after": GRADES[cell[1]], "audits": count} for cell, count in both.items()),
            {"before": "good", "after": "good", "audits": ALONE},
        ],
        moderation=[
            {"auditor_grade": GRADES[row], "moderator_grade": GRADES[column], "audits": table[row][column], "pool": of}
            for table, of in ((pool, True), (outside, False))
            for row, column in CELLS
        ],
        kinds=[{"what": what, "code": code, "audits": count} for (what, code), count in kinds.items()],
        teams=[],
        themes=[],
        escalations=[],
        considered=[],
        recommendations=[],
        recorded_late=0,
    )
    units = {**{key: [unit] for key, unit in UNIT.items()}, "district": ["north/riverside"]}
    return WindowFigures(window, [MonthCounts(window.months[0], month)], counted, Breakdowns(units), 6)


def values_left(made: WindowFigures, cells: Sequence[Cells], *, with_measures: bool) -> set[tuple[int, ...]]:
    """Give the values from 1 to 8 that a reader must think possible of hidden cells, with or without the measures."""
    shown = {one: made.count(matrix_key(*pair)).value for one, pair in zip(CELLS, PAIRS, strict=True)}
    lowest = {
        one: int(not made.ledger.could_be_zero(matrix_key(*pair))) for one, pair in zip(CELLS, PAIRS, strict=True)
    }
    n, gap, ac2 = made.count("pool").value, made.gap().value, made.ac2()
    assert n is not None
    parts = {
        "exact": [one for one in CELLS if steps(one) == 0],
        "within_one": [one for one in CELLS if abs(steps(one)) <= 1],
        "raised": [one for one in CELLS if steps(one) > 0],
        "lowered": [one for one in CELLS if steps(one) < 0],
        "missed": [one for one in CELLS if one[0] != 0 == one[1]],
    }
    sums = [(dict.fromkeys(CELLS, 1), n, n)]
    for name, within in parts.items():
        counted = made.count(name).value
        if counted is not None:  # of the pool itself, or of all that were graded twice
            sums.append((dict.fromkeys(within, 1), counted if name in {"exact", "within_one"} else 0, counted))
    if with_measures and gap is not None:
        fits = [total for total in range(-3 * n, 3 * n + 1) if round(total / n, 2) == gap]
        sums.append(({one: steps(one) for one in CELLS if steps(one)}, fits[0], fits[-1]))
    accept = partial(has_coefficient, ac2) if with_measures and ac2.value is not None else partial(bool)
    return {
        guess
        for guess in product(range(1, 9), repeat=len(cells))
        if any(map(accept, matrices_that_fit(shown, lowest, sums, dict(zip(cells, guess, strict=True)), most=100)))
    }


def has_coefficient(printed: Decimal, world: dict[Cells, int]) -> bool:
    """Tell whether a matrix has the coefficient and the limits printed, to within their last decimal."""
    found = agreement([[world[row, column] for column in range(4)] for row in range(4)])
    close = 0.5001 / 10**printed.decimals
    return all(
        one is not None and given is not None and abs(one - given) <= (close if given == printed.value else 2 * close)
        for one, given in ((found.ac2, printed.value), (found.low, printed.low), (found.high, printed.high))
    )


@pytest.mark.parametrize(("pool", "outside"), [SPRING, SUMMER], ids=["spring", "summer"])
def test_the_mean_difference_and_the_coefficient_narrow_down_no_small_cell(pool: Matrix, outside: Matrix) -> None:
    made = figures(pool, outside)
    if all(made.count(key).suppressed for key in every_cell()):
        return  # left out: sixteen unknowns leave the measures nothing to narrow down
    small = [cell for cell in CELLS if 1 <= pool[cell[0]][cell[1]] <= 5]
    hidden = {cell for cell, key in zip(CELLS, every_cell(), strict=True) if made.count(key).suppressed}
    assert set(small) <= hidden
    to_inadequate = [cell for cell in sorted(hidden) if cell[0] != 0 == cell[1]]
    for cells in [[cell] for cell in small] + [to_inadequate] * (len(to_inadequate) > 1):
        left = values_left(made, cells, with_measures=True)
        assert len(left) >= min(6 if len(cells) > 1 else 4, len(values_left(made, cells, with_measures=False)))


def test_a_matrix_that_the_mean_would_narrow_down_is_left_out_and_one_it_would_not_stays() -> None:
    assert {made.suppressed for made in map(figures(*SUMMER).count, every_cell())} == {True}
    spring = figures(*SPRING)
    assert sum(spring.count(key).suppressed for key in every_cell()) == 2


def every_cell() -> list[str]:
    return [matrix_key(*pair) for pair in PAIRS]


def test_one_decimal_has_its_limits_outwards() -> None:
    ac2 = figures(*SUMMER).ac2()
    assert ac2.decimals == 1
    exact = agreement(SUMMER[0])
    assert ac2.value is not None
    assert ac2.low is not None
    assert ac2.high is not None
    assert exact.low is not None
    assert exact.high is not None
    assert ac2.low <= exact.low < ac2.value < exact.high <= ac2.high


@pytest.mark.parametrize("outside", [[[7, 0, 0, 0], [0] * 4, [0] * 4, [0] * 4], [[3, 0, 0, 0], *NOTHING[1:]]])
def test_a_pool_without_an_audit_is_a_true_nought_as_its_matrix_is(outside: Matrix) -> None:
    made = figures(NOTHING, outside)
    assert [made.count(key).value for key in ("pool", *every_cell())] == [0] * 17
