"""Small numbers identify nobody: which counts of a report are hidden so that none can be worked out (G12).

A ledger holds every count that a report prints and every way in which they add up. Counts of 1 to 5 are hidden;
a true 0 stays. Then further counts are hidden until, for each hidden one, another world is known: other whole
numbers for the hidden counts that fit everything printed and give this one another value. Nobody who has only
what is printed can then tell it, by whatever algebra: the other world is the proof.

A count that was printed before, in an earlier published version, says with its new value by how much it changed. A
change of 1 to 5 is a small number itself: the new value is then hidden as a small count is, and so is what an earlier
version hid (ADR 30).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from services.reporting.reports.other_worlds import Freedom, worked_out

SMALLEST_SHOWN = 6
UNIFORM_BELOW = 10
"""A group under so many in which all have the same value is hidden: it would say it of each of them."""


@dataclass(slots=True)
class _Cell:
    value: int
    printed: bool
    sensitive: bool
    whole: bool = False
    relations: list[int] = field(default_factory=list)


class Ledger:
    """The counts of a report by key, how they add up, and what of them is hidden.

    Add counts and relations, `settle`, add more, settle again: what a settled ledger prints stays printed, so that
    two pages that share the first part show the same. Keys are free; the order of adding decides nothing but ties.
    """

    def __init__(self, smallest_shown: int = SMALLEST_SHOWN, before: Sequence[Mapping[str, int | None]] = ()) -> None:
        """`before` is what each earlier published version printed, by key; None where it was hidden."""
        self._smallest_shown = smallest_shown
        self._before = [dict(one) for one in before]
        self._given_up: set[str] = set()
        self._cells: dict[str, _Cell] = {}
        self._relations: list[dict[str, int]] = []
        self._measured: set[int] = set()
        self._groups: list[tuple[str, ...]] = []
        self._hidden: set[str] = set()
        self._open_to_zero: set[str] = set()
        self._uniform: set[str] = set()
        self._changed_alone: set[str] = set()
        self._fixed: set[str] = set()

    def add(self, key: str, value: int, *, printed: bool = True, sensitive: bool = True) -> None:
        """Add a count. One that is not printed is hidden anyway; if sensitive, it must not be worked out either.

        Raises `ValueError` for a key that stands for another value already.
        """
        known = self._cells.get(key)
        if known is None:
            self._cells[key] = _Cell(value, printed, sensitive)
        elif known.value != value:
            raise ValueError(f"the count {key} is in the ledger with another value")

    def total(self, whole: str, parts: Iterable[str], *, group: bool = False) -> None:
        """Say that a count is the sum of others; with `group`, that the parts say what each member is like."""
        listed = tuple(parts)
        if self._cells[whole].value != sum(self._cells[part].value for part in listed):
            raise ValueError(f"the parts of {whole} do not add up to it")
        self._cells[whole].whole = True
        self._note_what_was_not_there(listed)
        self.relate({whole: -1, **dict.fromkeys(listed, 1)})
        if group:
            self._groups.append((whole, *listed))

    def share(self, part: str, whole: str, *, group: bool = True) -> None:
        """Say that a count is a share of another: what is left over can be subtracted, so it is protected as well.

        Without `group`, being in the part or not says nothing of a child, so that all or none of them may be in it.
        """
        rest = f"{whole} without {part}"
        self.add(rest, self._cells[whole].value - self._cells[part].value, printed=False)
        self.total(whole, (part, rest), group=group)

    def rest(self, part: str, whole: str) -> None:
        """Say that a count is part of another where what is left over says nothing about a child."""
        key = f"{whole} other than {part}"
        self.add(key, self._cells[whole].value - self._cells[part].value, printed=False, sensitive=False)
        self.total(whole, (part, key))

    def relate(self, terms: Mapping[str, int], *, measured: bool = False) -> None:
        """Say that whoever reads the report knows this weighted sum of counts; `measured`: by a mean."""
        number = len(self._relations)
        if measured:
            self._measured.add(number)
        self._relations.append(dict(terms))
        for key in terms:
            self._cells[key].relations.append(number)

    def settle(self) -> None:
        """Hide what must be hidden; what is then printed is never hidden by a later settling."""
        self._work_out_before()
        self._hide_small()
        self._hide_uniform_groups()
        self._hide_lone_parts()
        self._prove()
        self._fixed.update(key for key in self._cells if key not in self._hidden)

    def withhold(self, keys: Iterable[str]) -> None:
        """Hide counts of a table that is left out as a whole; to its readers each of them may be 0."""
        left_out = set(keys)
        self._hidden |= left_out
        self._open_to_zero |= left_out
        self._fixed -= left_out

    def shows(self, key: str) -> bool:
        """Tell whether a count may be printed."""
        return key not in self._hidden

    def value(self, key: str) -> int:
        """Return a count as it is, hidden or not: for whoever computes, never for whoever prints."""
        return self._cells[key].value

    @property
    def hidden(self) -> frozenset[str]:
        """Return the printed counts that are hidden, as `c` in each format."""
        return frozenset(key for key in self._hidden if self._cells[key].printed)

    def printed(self) -> dict[str, int | None]:
        """Return what is printed, by key; None where it is hidden. Later versions are held against it."""
        return {key: None if key in self._hidden else cell.value for key, cell in self._cells.items() if cell.printed}

    @property
    def betrayed(self) -> frozenset[str]:
        """Return the counts whose small change could be worked out, as what would hide it is printed for good."""
        return frozenset(key for key in self._given_up if self._changed_little(key) or key in self._changed_alone)

    def secrets(self) -> frozenset[str]:
        """Return the hidden counts that must not be worked out: small ones, and those of a uniform group."""
        return frozenset(key for key in self._hidden if self._is_secret(key) and self._cells[key].value)

    def other_worlds(
        self, keys: Collection[str], at_most: int = 30, *, by_counts_alone: bool = False
    ) -> list[dict[str, int]]:
        """Return some worlds in which any of some hidden counts differ and all that is printed is as it is.

        Up to `at_most` are looked for by count; each is then taken several times over and together with others.
        `by_counts_alone` leaves what readers know from measures aside.
        """
        values = {one: cell.value for one, cell in self._cells.items()}
        moves = self._freedom(self._measured if by_counts_alone else ()).many_worlds(sorted(keys), at_most)
        return [{**values, **{one: values[one] + change for one, change in move.items()}} for move in moves]

    def known(self) -> tuple[dict[str, int], list[dict[str, int]]]:
        """Return what a reader knows: the printed counts and the relations. For tests that try to break it."""
        shown = {key: cell.value for key, cell in self._cells.items() if key not in self._hidden}
        return shown, [dict(relation) for relation in self._relations]

    def could_be_zero(self, key: str) -> bool:
        """Tell whether a reader must take a hidden count for possibly 0: not printed at all, or its group is hidden."""
        return key in self._open_to_zero or not self._cells[key].printed

    def _is_small(self, key: str) -> bool:
        cell = self._cells[key]
        return cell.sensitive and (1 <= cell.value < self._smallest_shown or self._changed_little(key))

    def _changed_little(self, key: str) -> bool:
        """Tell whether a count changed since a version before by so little that the change would tell of a child."""
        cell = self._cells[key]
        values = (earlier.get(key) for earlier in self._before)
        return cell.sensitive and any(
            1 <= abs(cell.value - value) < self._smallest_shown for value in values if value is not None
        )

    def _note_what_was_not_there(self, parts: Sequence[str]) -> None:
        """Note a 0 for each part that an earlier version did not have a row for, though it printed the others."""
        printed = [part for part in parts if self._cells[part].printed]
        for earlier in self._before:
            if any(part in earlier for part in printed):
                earlier.update({part: 0 for part in printed if part not in earlier})

    def _work_out_before(self) -> None:
        """Note what the earlier versions told of counts that they did not print: such a change may be small as well."""
        for earlier in self._before:
            known = {key: value for key, value in earlier.items() if value is not None}
            for key, value in worked_out(self._relations, known).items():
                earlier.setdefault(key, value)

    def _was_hidden(self, key: str) -> bool:
        return any(key in earlier and earlier[key] is None for earlier in self._before)

    def _hide_small(self) -> None:
        for key, cell in self._cells.items():
            if not cell.printed or (self._is_small(key) and key not in self._fixed):
                self._hidden.add(key)
            if cell.printed and (self._was_hidden(key) or (key in self._hidden and not cell.value)):
                self._hide_with_zero(key)

    def _hide_uniform_groups(self) -> None:
        for whole, *parts in self._groups:
            size = self._cells[whole].value
            held = [part for part in parts if self._cells[part].value]
            if 1 <= size < UNIFORM_BELOW and len(held) == 1:
                self._uniform.update(held)
                for part in parts:
                    self._hide_with_zero(part)
            changed = self._only_change(whole, parts)
            if changed is not None:
                self._uniform.add(changed)
                self._changed_alone.add(changed)
                for part in parts:
                    self._hide_with_zero(part)

    def _only_change(self, whole: str, parts: Sequence[str]) -> str | None:
        """Return the part that alone changed, where the group changed by under ten since a version before, if one did.

        What came or went would be known to be alike, as a small group of one value is.
        """
        for earlier in self._before:
            size = earlier.get(whole)
            if size is None or not 1 <= abs(self._cells[whole].value - size) < UNIFORM_BELOW:
                continue
            was = {part: earlier.get(part, 0) for part in parts}
            changes = {part: self._cells[part].value - value for part, value in was.items() if value is not None}
            changed = [part for part, change in changes.items() if change]
            # Where some were hidden then, what is left for them is 0: whoever reads it supposes that none changed.
            if len(changed) == 1 and changes[changed[0]] == self._cells[whole].value - size:
                return changed[0]
        return None

    def _hide_with_zero(self, key: str) -> None:
        if key not in self._fixed:
            self._hidden.add(key)
        if key in self._hidden:
            self._open_to_zero.add(key)

    def _hide_lone_parts(self) -> None:
        """Hide a second count where one of a sum is hidden alone and could be subtracted."""
        again = True
        while again:
            again = False
            for relation in self._relations:
                hidden = [key for key in relation if key in self._hidden]
                if len(hidden) == 1 and self._needs_proof(hidden[0]):
                    again = self._hide_one_of(relation) or again

    def _needs_proof(self, key: str) -> bool:
        return self._cells[key].printed or self._is_small(key)

    def _is_secret(self, key: str) -> bool:
        """Tell whether a count is hidden for its own sake, not only to keep another from being worked out."""
        return self._is_small(key) or key in self._uniform

    def _prove(self) -> None:
        """Find another world for each hidden count; where there is none, hide more and look again."""
        given_up: set[str] = set()
        while True:
            unproven = self._unproven(given_up)
            if not unproven:
                self._given_up = given_up & self._hidden
                return
            touched: set[int] = set()
            for key in unproven:
                if touched.isdisjoint(self._cells[key].relations):
                    before = set(self._hidden) | self._open_to_zero
                    if not self._hide_more(key):
                        given_up.add(key)  # printed for good elsewhere, or no secret of its own
                    for one in (self._hidden | self._open_to_zero) - before:
                        touched.update(self._cells[one].relations)

    def _unproven(self, given_up: set[str]) -> list[str]:
        freedom = self._freedom()
        proven: set[str] = set()
        unproven: list[str] = []
        for key in sorted(self._hidden, key=lambda one: (self._cells[one].value, one)):
            if key in proven or key in given_up or not self._needs_proof(key):
                continue
            world = next(freedom.worlds(key), None)
            if world is None:
                unproven.append(key)
            else:
                proven.update(world)
        return [key for key in unproven if key not in proven]

    def _freedom(self, aside: Collection[int] = ()) -> Freedom:
        relations = [relation for number, relation in enumerate(self._relations) if number not in aside]
        slack = {key: self._cells[key].value - (0 if self.could_be_zero(key) else 1) for key in sorted(self._hidden)}
        return Freedom(relations, slack)

    def _hide_more(self, key: str) -> bool:
        """Hide one more count near this one; zeros only when nothing else is left. False: nothing is left."""
        near = self._relations_near(key)
        if any(self._hide_one_of(self._relations[number]) for number in near):
            return True
        if not self._is_secret(key):
            return False
        for number in near:
            parts = self._relations[number]
            if any(part not in self._open_to_zero and part not in self._fixed for part in parts):
                for part in parts:
                    self._hide_with_zero(part)
                return True
        return False

    def _relations_near(self, key: str) -> list[int]:
        """Return the relations of a count, then those of the hidden counts in them, and so on."""
        found: list[int] = []
        keys, seen = [key], {key}
        while keys:
            numbers = {number for one in keys for number in self._cells[one].relations} - set(found)
            ordered = sorted(numbers, key=lambda number: (self._hidden_in(number), number))
            found.extend(ordered)
            keys = [
                one for number in ordered for one in self._relations[number] if one in self._hidden and one not in seen
            ]
            seen.update(keys)
        return found

    def _hidden_in(self, number: int) -> int:
        return sum(key in self._hidden for key in self._relations[number])

    def _hide_one_of(self, relation: Mapping[str, int]) -> bool:
        candidates = [
            key for key in relation if key not in self._hidden and key not in self._fixed and self._cells[key].value
        ]
        if not candidates:
            return False
        self._hidden.add(min(candidates, key=self._cost))
        return True

    def _cost(self, key: str) -> tuple[bool, int, int, str]:
        """Order what to hide next: no totals, where sums already have hidden counts, the smallest count."""
        cell = self._cells[key]
        fresh = sum(1 for number in cell.relations if not self._hidden_in(number))
        return (cell.whole, fresh, cell.value, key)
