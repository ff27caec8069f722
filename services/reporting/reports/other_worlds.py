"""Other whole numbers that fit everything printed: the proof that a hidden count cannot be worked out.

The printed counts and the sums leave the hidden ones some freedom, the kernel of the sums. A move in it changes
hidden counts and nothing that is printed; one that leaves no hidden count under the least it can be is another world.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice
from math import gcd, lcm

_MOST_STEPS = 160
_MOST_REPAIRS = 6
_MOST_TIMES = 5
_CONSTANT = ""
"""Stands in a row for the sum of what is known of it; no count has this key."""

Move = dict[str, int]


class Freedom:
    """What is left open of hidden counts. `slack` says by how much each may fall; all may grow."""

    def __init__(self, relations: Sequence[Mapping[str, int]], slack: Mapping[str, int]) -> None:
        self._slack = slack
        rows = [row for row in ({key: f for key, f in one.items() if key in slack} for one in relations) if row]
        # Counts with much slack depend on those with little: then a small count often moves alone with large ones.
        self._moves = kernel(rows, sorted(slack, key=lambda key: (-slack[key], key)))
        self._moving: dict[str, list[Move]] = {}
        for move in self._moves:
            for key in move:
                self._moving.setdefault(key, []).append(move)
        for moves in self._moving.values():
            moves.sort(key=len)

    def worlds(self, key: str) -> Iterator[Move]:
        """Give moves that change a count and are possible, as far as a short search finds them."""
        steps = [_MOST_STEPS]
        for move in self._moving.get(key, ()):
            for sign in (1, -1):
                signed = {one: sign * change for one, change in move.items()}
                yield from self._repaired(key, signed, steps, _MOST_REPAIRS)

    def many_worlds(self, keys: Collection[str], at_most: int) -> list[Move]:
        """Return possible moves that change any of some counts: each alone, several times over, and two together."""
        alone = {_frozen(move): move for key in keys for move in islice(self.worlds(key), at_most)}
        beside = [signed for move in self._moves for signed in (move, _added({}, move, -1))]
        steps = alone | {_frozen(move): move for move in beside}
        found = dict(alone)
        for move in list(alone.values()):
            for times in range(2, _MOST_TIMES + 1):
                self._keep(found, {one: times * change for one, change in move.items()})
            for other in steps.values():
                self._keep(found, _added(move, other, 1))
        return [move for move in found.values() if not move.keys().isdisjoint(keys)]

    def _keep(self, found: dict[frozenset[tuple[str, int]], Move], move: Move) -> None:
        if all(change >= -self._slack[one] for one, change in move.items()):
            found.setdefault(_frozen(move), move)

    def _repaired(self, key: str, move: Move, steps: list[int], repairs: int) -> Iterator[Move]:
        steps[0] -= 1
        if steps[0] < 0:
            return
        broken = [one for one, change in move.items() if change < -self._slack[one]]
        if not broken:
            yield move
            return
        if repairs == 0:
            return
        worst = min(broken, key=lambda one: (self._slack[one] + move[one], one))
        for other in self._moving[worst]:
            sign = 1 if other[worst] > 0 else -1
            together = _added(move, other, sign)
            if together.get(key):
                yield from self._repaired(key, together, steps, repairs - 1)


def _frozen(move: Move) -> frozenset[tuple[str, int]]:
    return frozenset(move.items())


def _added(move: Move, other: Move, sign: int) -> Move:
    together = dict(move)
    for key, change in other.items():
        value = together.get(key, 0) + sign * change
        if value:
            together[key] = value
        else:
            together.pop(key, None)
    return together


def kernel(relations: Sequence[Mapping[str, int]], keys: Sequence[str]) -> list[Move]:
    """Return a basis, in whole numbers, of the changes that leave every weighted sum as it is.

    Keys come in the order in which they are made dependent; each of the others has a move of its own.
    """
    rows = [dict(relation) for relation in relations]
    places: dict[str, set[int]] = {key: set() for key in keys}
    for number, row in enumerate(rows):
        for key in row:
            places[key].add(number)
    used: set[int] = set()
    pivots: dict[int, str] = {}
    for key in keys:
        open_rows = [number for number in places[key] if number not in used]
        if not open_rows:
            continue
        pivot = min(open_rows, key=lambda number: (len(rows[number]), number))
        used.add(pivot)
        pivots[pivot] = key
        for number in sorted(places[key] - {pivot}):
            _eliminate(rows, places, number, pivot, key)
    dependent = set(pivots.values())
    return [_move(key, rows, places, pivots) for key in keys if key not in dependent]


def worked_out(relations: Sequence[Mapping[str, int]], known: Mapping[str, int]) -> Move:
    """Return every other count that the known ones settle, in whole numbers, by however many sums together."""
    rows = [{key: factor for key, factor in one.items() if key not in known} for one in relations]
    places: dict[str, set[int]] = {key: set() for key in (*(key for row in rows for key in row), _CONSTANT)}
    for number, (row, relation) in enumerate(zip(rows, relations, strict=True)):
        for key in row:
            places[key].add(number)
        row[_CONSTANT] = sum(factor * known[key] for key, factor in relation.items() if key in known)
    pivots: dict[int, str] = {}
    for key in (one for one in places if one != _CONSTANT):
        open_rows = [number for number in places[key] if number not in pivots]
        if open_rows:
            pivot = min(open_rows, key=lambda number: (len(rows[number]), number))
            pivots[pivot] = key
            for number in sorted(places[key] - {pivot}):
                _eliminate(rows, places, number, pivot, key)
    alone = {key: rows[number] for number, key in pivots.items() if set(rows[number]) <= {key, _CONSTANT}}
    return {
        key: -row.get(_CONSTANT, 0) // row[key] for key, row in alone.items() if not row.get(_CONSTANT, 0) % row[key]
    }


def _eliminate(rows: list[Move], places: Mapping[str, set[int]], number: int, pivot: int, key: str) -> None:
    row, source = rows[number], rows[pivot]
    mine, theirs = row[key], source[key]
    shared = gcd(mine, theirs)
    keep, take = theirs // shared, mine // shared
    if keep != 1:
        for one in row:
            row[one] *= keep
    for one, factor in source.items():
        value = row.get(one, 0) - take * factor
        if value:
            row[one] = value
            places[one].add(number)
        else:
            row.pop(one, None)
            places[one].discard(number)
    common = gcd(*row.values()) if row else 1
    if common > 1:
        for one in row:
            row[one] //= common


def _move(key: str, rows: Sequence[Move], places: Mapping[str, set[int]], pivots: Mapping[int, str]) -> Move:
    numbers = [number for number in sorted(places[key]) if number in pivots]
    scale = lcm(
        *(rows[number][pivots[number]] // gcd(rows[number][pivots[number]], rows[number][key]) for number in numbers)
    )
    move = {key: scale}
    for number in numbers:
        move[pivots[number]] = -scale * rows[number][key] // rows[number][pivots[number]]
    return move
