"""Two readers who try to work out hidden counts from everything printed, written apart from the code under test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

Relation = Mapping[str, int]


def solve_by_elimination(shown: Mapping[str, int], relations: Sequence[Relation]) -> dict[str, Fraction]:
    """Give every hidden count that linear algebra alone determines (Gauss-Jordan over the rationals)."""
    constant = ""
    reduced: dict[str, dict[str, Fraction]] = {}
    for relation in relations:
        row = {key: Fraction(factor) for key, factor in relation.items() if key not in shown}
        row[constant] = Fraction(-sum(factor * shown[key] for key, factor in relation.items() if key in shown))
        for key in [key for key in row if key in reduced]:
            _subtract(row, reduced[key], row[key])
        lead = next((key for key in sorted(row) if key != constant and row[key]), None)
        if lead is None:
            continue
        factor = row[lead]
        leading = {key: value / factor for key, value in row.items() if value or key == constant}
        for other in reduced.values():
            if other.get(lead):
                _subtract(other, leading, other[lead])
        reduced[lead] = leading
    return {lead: row[constant] for lead, row in reduced.items() if set(row) <= {lead, constant}}


def _subtract(row: dict[str, Fraction], source: Mapping[str, Fraction], factor: Fraction) -> None:
    for key, value in source.items():
        left = row.get(key, Fraction(0)) - factor * value
        if left or not key:
            row[key] = left
        else:
            row.pop(key, None)


def possible_values(
    shown: Mapping[str, int], relations: Sequence[Relation], lowest: Mapping[str, int], target: str
) -> set[int]:
    """Give up to two values that whole numbers allow the target, knowing the lowest each hidden count can be.

    A search that halves ranges: relations narrow the range of each unknown until none narrows further, then the
    tightest one that is open is cut in two.
    """
    top = sum(shown.values()) + 12
    unknown = {key for relation in relations for key in relation} - set(shown)
    rooms = {key: (lowest.get(key, 0), top) for key in unknown} | {key: (value, value) for key, value in shown.items()}
    narrowed = _narrowed(relations, rooms)
    values: set[int] = set()
    if narrowed is not None:
        low, high = narrowed[target]
        for guess in range(low, high + 1):
            if _completes(relations, narrowed | {target: (guess, guess)}):
                values.add(guess)
                if len(values) == 2:
                    break
    return values


Rooms = dict[str, tuple[int, int]]
"""The least and the most that each count can be."""


def _narrowed(relations: Sequence[Relation], rooms: Rooms) -> Rooms | None:
    """Narrow each range by what its relations leave it, until nothing changes; None where one is left nothing."""
    rooms, changed = dict(rooms), True
    while changed:
        changed = False
        for relation in relations:
            ends = {key: sorted((factor * rooms[key][0], factor * rooms[key][1])) for key, factor in relation.items()}
            least, most = sum(end[0] for end in ends.values()), sum(end[1] for end in ends.values())
            if least > 0 or most < 0:
                return None
            for key, factor in relation.items():
                bounds = sorted((Fraction(ends[key][0] - least, factor), Fraction(ends[key][1] - most, factor)))
                low = max(rooms[key][0], -(-bounds[0].numerator // bounds[0].denominator))
                high = min(rooms[key][1], bounds[1].numerator // bounds[1].denominator)
                if low > high:
                    return None
                if (low, high) != rooms[key]:
                    rooms[key], changed = (low, high), True
                    break
            if changed:
                break
    return rooms


def _completes(relations: Sequence[Relation], rooms: Rooms) -> bool:
    narrowed = _narrowed(relations, rooms)
    if narrowed is None:
        return False
    wide = [key for key, (low, high) in narrowed.items() if low < high]
    if not wide:
        return True
    tightest = min(wide, key=lambda key: narrowed[key][1] - narrowed[key][0])
    low, high = narrowed[tightest]
    middle = (low + high) // 2
    return _completes(relations, narrowed | {tightest: (low, middle)}) or _completes(
        relations, narrowed | {tightest: (middle + 1, high)}
    )


Cells = tuple[int, int]
"""A cell of a square matrix of grades: row, column, both from the lowest grade."""


def matrices_that_fit(
    shown: Mapping[Cells, int | None],
    lowest: Mapping[Cells, int],
    sums: Sequence[tuple[Mapping[Cells, int], int, int]],
    fixed: Mapping[Cells, int],
    most: int = 1,
) -> list[dict[Cells, int]]:
    """Give up to `most` matrices that agree with everything printed of one; `fixed` sets hidden cells to a guess.

    `sums` are weighted sums that a reader knows, each with the least and the most it can be: a total, what a mean
    rounded to two decimals leaves, a count printed elsewhere of which the matrix is a part. A plain search with bounds.
    """
    known = {cell: value for cell, value in shown.items() if value is not None} | dict(fixed)
    hidden = [cell for cell in shown if cell not in known]
    top = max(high for _, _, high in sums)
    found: list[dict[Cells, int]] = []

    def search(guesses: dict[Cells, int]) -> None:
        if len(found) >= most:
            return
        rooms = {cell: _room(cell, known | guesses, lowest, sums, top) for cell in hidden if cell not in guesses}
        if rooms:
            tightest = min(rooms, key=lambda cell: len(rooms[cell]))
            for value in rooms[tightest]:
                search({**guesses, tightest: value})
            return
        whole = known | guesses
        if all(low <= sum(w * whole[cell] for cell, w in weights.items()) <= high for weights, low, high in sums):
            found.append(whole)

    search({})
    return found


def _room(
    cell: Cells,
    values: Mapping[Cells, int],
    lowest: Mapping[Cells, int],
    sums: Sequence[tuple[Mapping[Cells, int], int, int]],
    top: int,
) -> range:
    """Give what the sums leave a cell, where `values` are known or guessed."""
    low, high = lowest[cell], top
    for weights, least, at_most in sums:
        if cell not in weights:
            continue
        ends = [0, 0]
        for other, weight in weights.items():
            if other != cell:
                span = (values[other],) if other in values else (lowest[other], top)
                ends[0] += min(weight * one for one in span)
                ends[1] += max(weight * one for one in span)
        bounds = sorted(Fraction(end, weights[cell]) for end in (least - ends[1], at_most - ends[0]))
        low = max(low, -(-bounds[0].numerator // bounds[0].denominator))
        high = min(high, bounds[1].numerator // bounds[1].denominator)
    return range(low, high + 1)
