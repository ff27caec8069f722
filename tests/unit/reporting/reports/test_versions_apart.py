"""Whoever holds two published versions of a window works out no small number, and no small change, from both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from services.reporting.reports.figures import Count, Decimal
from services.reporting.reports.printed_before import Printed, held
from services.reporting.reports.suppression import Ledger
from tests.unit.reporting.reports.attackers import possible_values, solve_by_elimination

Rows = list[list[int]]
Versions = tuple[Rows, ...]

counts = st.one_of(st.integers(0, 7), st.integers(0, 60))
moves = st.one_of(st.just(0), st.integers(-6, 7), st.integers(0, 25))


@st.composite
def versions(draw: st.DrawFn, number: int = 2) -> Versions:
    """Draw a table as it was published, and as it stands after some came late and some were amended."""
    rows = draw(st.lists(st.lists(counts, min_size=3, max_size=3), min_size=2, max_size=2))
    found = [rows]
    for _ in range(number - 1):
        steps = [[draw(moves) for _ in row] for row in rows]
        rows = [
            [max(0, value + step) for value, step in zip(row, line, strict=True)]
            for row, line in zip(rows, steps, strict=True)
        ]
        found.append(rows)
    return tuple(found)


def published(table: Rows, before: Sequence[Mapping[str, int | None]] = ()) -> Ledger:
    """Give the settled ledger of a table whose rows are groups: totals both ways, and the first cell's share."""
    ledger = Ledger(before=before)
    for row, values in enumerate(table):
        keys = [f"{row}/{column}" for column in range(len(values))]
        for key, value in zip(keys, values, strict=True):
            ledger.add(key, value)
        ledger.add(f"row {row}", sum(values))
        ledger.total(f"row {row}", keys, group=True)
        ledger.share(keys[0], f"row {row}")
    for column in range(len(table[0])):
        ledger.add(f"column {column}", sum(line[column] for line in table))
        ledger.total(f"column {column}", [f"{row}/{column}" for row in range(len(table))])
    ledger.add("all", sum(map(sum, table)))
    ledger.total("all", [f"row {row}" for row in range(len(table))])
    ledger.settle()
    return ledger


def in_order(tables: Versions) -> list[Ledger]:
    """Publish tables one after the other, each held against those before."""
    found: list[Ledger] = []
    for table in tables:
        found.append(published(table, [one.printed() for one in found]))
    return found


def everything_known(ledgers: Sequence[Ledger]) -> tuple[dict[str, int], list[dict[str, int]]]:
    """Give all that a reader of every version knows: what each prints, its sums, and that a change is a difference."""
    shown: dict[str, int] = {}
    relations: list[dict[str, int]] = []
    for place, ledger in enumerate(ledgers):
        printed, sums = ledger.known()
        shown |= {f"{place}: {key}": value for key, value in printed.items()}
        relations += [{f"{place}: {key}": factor for key, factor in one.items()} for one in sums]
    keys = {key for ledger in ledgers for one in ledger.known()[1] for key in one}
    for key in sorted(keys):
        for later in range(1, len(ledgers)):
            for earlier in range(later):
                change = {f"{later}: {key}": 1, f"{earlier}: {key}": -1, f"{earlier} to {later}: {key}": -1}
                relations.append(change)
    return shown, relations


def changes_of(ledgers: Sequence[Ledger]) -> dict[str, int]:
    """Give the true change of each count between each two versions."""
    keys = {key for one in ledgers[0].known()[1] for key in one}
    return {
        f"{earlier} to {later}: {key}": ledgers[later].value(key) - ledgers[earlier].value(key)
        for key in keys
        for later in range(len(ledgers))
        for earlier in range(later)
    }


def withstands(tables: Versions) -> None:
    ledgers = in_order(tables)
    if any(ledger.betrayed for ledger in ledgers):
        return  # such a version is not published
    shown, relations = everything_known(ledgers)
    solved = solve_by_elimination(shown, relations)
    for place, ledger in enumerate(ledgers):
        small = {f"{place}: {key}" for key in ledger.hidden if 1 <= ledger.value(key) <= 5}
        assert not small & set(solved), "a hidden number is worked out"
    changes = {name: value for name, value in changes_of(ledgers).items() if 1 <= abs(value) <= 5}
    assert not set(changes) & set(solved), "a small change is worked out"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(versions())
@example(([[20, 30, 40], [25, 35, 45]], [[21, 30, 40], [25, 35, 45]]))
@example(([[3, 47, 40], [25, 35, 45]], [[9, 47, 40], [25, 35, 45]]))
@example(([[20, 30, 40], [25, 35, 45]], [[28, 30, 40], [25, 35, 45]]))
@example(([[20, 30, 40], [25, 35, 45]], [[30, 25, 40], [25, 35, 45]]))
@example(([[0, 0, 0], [25, 35, 45]], [[1, 0, 0], [25, 35, 45]]))
def test_two_versions_withstand_whoever_subtracts(tables: Versions) -> None:
    withstands(tables)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(versions(number=3))
def test_three_versions_withstand_whoever_subtracts_any_two(tables: Versions) -> None:
    withstands(tables)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(versions())
def test_whole_numbers_leave_a_changed_count_more_than_one_value(tables: Versions) -> None:
    """The counts printed before and hidden now, tried with every whole number: their change stays open."""
    first, second = in_order(tables)
    if second.betrayed:
        return
    shown, relations = second.known()
    hidden = {key for relation in relations for key in relation} - set(shown)
    lowest = {key: 0 if second.could_be_zero(key) else 1 for key in hidden}
    for key, value in first.printed().items():
        if value is not None and 1 <= abs(second.value(key) - value) <= 5:
            assert key not in shown, f"the small change of {key} is printed"
            assert len(possible_values(shown, relations, lowest, key)) >= 2, f"the small change of {key} can be told"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(versions())
@example(([[12, 2, 15], [24, 44, 34]], [[12, 2, 15], [24, 44, 40]]))
def test_what_was_hidden_stays_hidden_and_few_who_are_alike_are_not_told_apart(tables: Versions) -> None:
    first, second = in_order(tables)
    assert first.hidden <= second.hidden
    # Of a row whose total was hidden nobody knows by how many it changed, so not that one part of it did alone.
    for row, (before, after) in enumerate(zip(*tables, strict=True)):
        steps = {f"{row}/{column}": now - then for column, (then, now) in enumerate(zip(before, after, strict=True))}
        changed = [key for key, step in steps.items() if step]
        if first.shows(f"row {row}") and len(changed) == 1 and abs(steps[changed[0]]) < 10:
            rest = set(steps) - set(changed)
            assert not second.shows(changed[0])
            assert not all(second.shows(key) and first.shows(key) for key in rest), "the few are known to be alike"


def with_reasons(reasons: Mapping[str, int], before: Sequence[Mapping[str, int | None]] = ()) -> Ledger:
    """Give the settled ledger of a list of reasons: it has a row for each that was met, and each is a share of all."""
    ledger = Ledger(before=before)
    for reason, audits in reasons.items():
        ledger.add(reason, audits)
    ledger.add("all", sum(reasons.values()))
    ledger.total("all", list(reasons), group=True)
    for reason in reasons:
        ledger.share(reason, "all")
    ledger.settle()
    return ledger


def test_what_a_reason_that_is_new_leaves_of_a_change_is_hidden() -> None:
    first = with_reasons({"feedback": 3, "pattern": 30, "policy": 40})
    second = with_reasons({"feedback": 3, "pattern": 30, "policy": 41, "drawn": 12}, [first.printed()])
    assert not second.betrayed
    # 13 came, and the first version has no row for those drawn: with both numbers, one came of the others.
    assert not (second.shows("all") and second.shows("drawn"))


def test_a_version_without_a_change_prints_what_was_printed() -> None:
    table = [[3, 40, 50], [25, 30, 60]]
    first, second = in_order((table, table))
    assert first.printed() == second.printed()


def test_a_large_change_is_printed() -> None:
    first, second = in_order(([[20, 30, 40], [25, 35, 45]], [[40, 50, 60], [25, 35, 45]]))
    assert first.hidden == second.hidden == frozenset()


def test_a_mean_stands_as_it_was_or_where_many_more_were_counted() -> None:
    before = [Printed({}, {"gap": (-0.31, 120), "other": (None, None)})]

    def gap(value: float, n: int | None) -> float | None:
        of = Count(value=n, suppressed=n is None)
        return held(Decimal(value=value, of=of), "gap", before, 30).value

    assert gap(-0.31, 121) == -0.31
    assert gap(-0.31, None) == -0.31
    assert gap(-0.30, 120) is None, "one amended grade would be told"
    assert gap(-0.30, 149) is None
    assert gap(-0.30, None) is None
    assert gap(-0.30, 150) == -0.30
    assert held(Decimal(value=2.0, of=Count(value=40)), "other", before, 30).value == 2.0
