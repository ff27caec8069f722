"""Two readers who try to work out hidden counts from everything printed, written apart from the code under test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

Relation = Mapping[str, int]


def solve_by_elimination(shown: Mapping[str, int], relations: Sequence[Relation]) -> dict[str, Fraction]:
    """Give every hidden count that linear algebra alone determines (Gauss-Jordan over the rationals)."""
    unknown = sorted({key for relation in relations for key in relation} - set(shown))
    rows: list[list[Fraction]] = []
    for relation in relations:
        known = sum(factor * shown[key] for key, factor in relation.items() if key in shown)
        rows.append([Fraction(relation.get(key, 0)) for key in unknown] + [Fraction(-known)])
    pivot_row = 0
    for column in range(len(unknown)):
        pivot = next((row for row in range(pivot_row, len(rows)) if rows[row][column]), None)
        if pivot is None:
            continue
        rows[pivot_row], rows[pivot] = rows[pivot], rows[pivot_row]
        lead = rows[pivot_row][column]
        rows[pivot_row] = [value / lead for value in rows[pivot_row]]
        for row in range(len(rows)):
            if row != pivot_row and rows[row][column]:
                factor = rows[row][column]
                rows[row] = [mine - factor * theirs for mine, theirs in zip(rows[row], rows[pivot_row], strict=True)]
        pivot_row += 1
    found = {}
    for reduced in rows:
        places = [place for place, value in enumerate(reduced[:-1]) if value]
        if len(places) == 1:
            found[unknown[places[0]]] = reduced[-1]
    return found


def possible_values(
    shown: Mapping[str, int], relations: Sequence[Relation], lowest: Mapping[str, int], target: str
) -> set[int]:
    """Give up to two values that whole numbers allow the target, knowing the lowest each hidden count can be.

    A plain search with bounds: each unknown is tried over the range its relations leave it. Only relations whose
    factors are 1 for the parts and -1 for the whole bound anything; that is all the tables here have.
    """
    unknown = sorted({key for relation in relations for key in relation} - set(shown))
    unknown.sort(key=lambda key: key != target)
    top = sum(shown.values()) + 12
    values: set[int] = set()
    for guess in _ranges(relations, dict(shown), lowest, target, top):
        if _completes(relations, {**shown, target: guess}, unknown, lowest, top):
            values.add(guess)
            if len(values) == 2:
                break
    return values


def _ranges(
    relations: Sequence[Relation], known: Mapping[str, int], lowest: Mapping[str, int], key: str, top: int
) -> range:
    low, high = lowest.get(key, 0), top
    for relation in relations:
        if key not in relation:
            continue
        others_low = others_high = 0
        for other, factor in relation.items():
            if other == key:
                continue
            smallest = known.get(other, lowest.get(other, 0))
            largest = known.get(other, top)
            others_low += min(factor * smallest, factor * largest)
            others_high += max(factor * smallest, factor * largest)
        mine = relation[key]
        bounds = sorted((Fraction(-others_low, mine), Fraction(-others_high, mine)))
        low = max(low, -(-bounds[0].numerator // bounds[0].denominator))
        high = min(high, bounds[1].numerator // bounds[1].denominator)
    return range(low, high + 1)


def _completes(
    relations: Sequence[Relation], known: dict[str, int], unknown: Sequence[str], lowest: Mapping[str, int], top: int
) -> bool:
    for relation in relations:
        if all(key in known for key in relation) and sum(factor * known[key] for key, factor in relation.items()) != 0:
            return False
    left = [key for key in unknown if key not in known]
    if not left:
        return True
    options = {key: _ranges(relations, known, lowest, key, top) for key in left}
    tightest = min(left, key=lambda key: len(options[key]))
    return any(_completes(relations, {**known, tightest: value}, unknown, lowest, top) for value in options[tightest])
