"""No hidden count can be worked out: neither by algebra nor by trying every whole number."""

from __future__ import annotations

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from services.reporting.reports.suppression import Ledger
from tests.unit.reporting.reports.attackers import possible_values, solve_by_elimination

small = st.one_of(st.integers(0, 7), st.integers(0, 60))


def table(rows: list[list[int]], ledger: Ledger | None = None, name: str = "") -> Ledger:
    ledger = ledger or Ledger()
    width = len(rows[0])
    keys = [[f"{name}{row}/{column}" for column in range(width)] for row in range(len(rows))]
    for row, values in enumerate(rows):
        for column, value in enumerate(values):
            ledger.add(keys[row][column], value)
        ledger.add(f"{name}row {row}", sum(values))
        ledger.total(f"{name}row {row}", keys[row], group=True)
    for column in range(width):
        ledger.add(f"{name}column {column}", sum(values[column] for values in rows))
        ledger.total(f"{name}column {column}", [line[column] for line in keys])
    ledger.add("all", sum(map(sum, rows)))
    ledger.total("all", [f"{name}row {row}" for row in range(len(rows))])
    ledger.total("all", [f"{name}column {column}" for column in range(width)])
    return ledger


def withstands(ledger: Ledger) -> None:
    shown, relations = ledger.known()
    secret = {key for key in ledger.hidden if 1 <= ledger.value(key) <= 5}
    for relation in relations:
        assert sum(factor * ledger.value(key) for key, factor in relation.items()) == 0
    assert not secret & set(solve_by_elimination(shown, relations))
    lowest = {
        key: 0 if ledger.could_be_zero(key) else 1 for relation in relations for key in relation if key not in shown
    }
    for key in sorted(secret):
        assert len(possible_values(shown, relations, lowest, key)) >= 2, f"{key} can be worked out"


def small_ones_are_hidden(ledger: Ledger) -> None:
    shown, _ = ledger.known()
    assert not [key for key, value in shown.items() if 1 <= value <= 5]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(small, min_size=3, max_size=3), min_size=2, max_size=3))
@example([[1, 1, 4], [0, 0, 0]])
@example([[2, 30, 30], [30, 30, 30], [30, 30, 30]])
@example([[1, 0, 0], [0, 1, 0], [0, 0, 1]])
@example([[6, 0, 0], [1, 1, 1]])
@example([[7, 0, 0], [8, 8, 20]])
def test_a_table_with_totals_withstands_both_readers(rows: list[list[int]]) -> None:
    ledger = table(rows)
    ledger.settle()
    small_ones_are_hidden(ledger)
    withstands(ledger)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40), st.integers(0, 9))
def test_a_share_and_its_rest_withstand_both_readers(done: int, late: int, open_ones: int, other: int) -> None:
    ledger = Ledger()
    ledger.add("made", done + late + open_ones)
    ledger.add("done", done + late)
    ledger.add("late", late)
    ledger.add("other", other)
    ledger.add("all", done + late + open_ones + other)
    ledger.share("done", "made")
    ledger.share("late", "done")
    ledger.total("all", ("made", "other"))
    ledger.settle()
    small_ones_are_hidden(ledger)
    withstands(ledger)
    shown, _ = ledger.known()
    if {"made", "done"} <= set(shown):
        assert shown["made"] - shown["done"] not in range(1, 6)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.lists(small, min_size=2, max_size=2), min_size=2, max_size=3), st.lists(small, min_size=1, max_size=2)
)
def test_what_was_settled_stays_printed_and_the_two_parts_together_withstand(
    rows: list[list[int]], parts: list[int]
) -> None:
    ledger = table(rows)
    ledger.settle()
    before, _ = ledger.known()
    total = ledger.value("row 0")
    shares = [min(part, total) for part in parts]
    cut = sum(shares)
    if cut > total:
        shares, cut = shares[:1], shares[0]
    keys = [f"part {place}" for place in range(len(shares) + 1)]
    for key, value in zip(keys, [*shares, total - cut], strict=True):
        ledger.add(key, value)
    ledger.total("row 0", keys)
    ledger.settle()
    after, _ = ledger.known()
    assert set(before) <= set(after)
    withstands_except_what_is_decided(ledger, before)


def withstands_except_what_is_decided(ledger: Ledger, before: dict[str, int]) -> None:
    """A part that is the whole of a printed total is no secret: the first settling printed it."""
    shown, relations = ledger.known()
    secret = {key for key in ledger.hidden if 1 <= ledger.value(key) <= 5 and ledger.value(key) not in before.values()}
    assert not secret & set(solve_by_elimination(shown, relations))


def test_a_true_zero_stays_and_large_counts_without_small_neighbours_stay() -> None:
    ledger = table([[0, 40, 30], [25, 0, 60]])
    ledger.settle()
    assert ledger.hidden == frozenset()


def test_one_small_count_takes_as_few_others_as_can_hide_it() -> None:
    ledger = table([[3, 40, 50], [25, 30, 60], [70, 80, 90]])
    ledger.settle()
    assert "0/0" in ledger.hidden
    assert len(ledger.hidden) == 4, "a small count needs three more, at the corners of a rectangle"


def test_a_group_under_ten_with_one_value_is_hidden_with_its_zeros() -> None:
    ledger = table([[7, 0, 0], [20, 30, 40]])
    ledger.settle()
    assert {"0/0", "0/1", "0/2"} <= ledger.hidden


def test_a_threshold_of_the_authority_is_kept() -> None:
    ledger = Ledger(smallest_shown=10)
    ledger.add("nine", 9)
    ledger.add("ten", 10)
    ledger.settle()
    assert ledger.hidden == {"nine"}
