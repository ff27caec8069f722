"""A body that cannot be read whole, read as far as it can be: so that all its faults are told at once.

The form says what is wrong with what is written; only the audit's tool knows whether it asks for it. A body with faults
of the first kind is read again without the faulty fields, and both lists are told together. It is never stored.
"""

from __future__ import annotations

import copy
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final, Generic, TypeVar, get_args

from pydantic import GetCoreSchemaHandler, ValidationError
from pydantic_core import CoreSchema, core_schema

from services.audit.adapters.errors import fields_of
from services.audit.app.access import NOBODY
from services.audit.app.asking import Asked, InTheFuture
from services.audit.app.forms import Form
from services.audit.domain.refusals import Problem
from shared.web import problems

F = TypeVar("F", bound=Form)

_ROUNDS: Final = 5
_TEXTS: Final = frozenset({"text", "evidence", "impact", "rationale", "overall_rationale", "concern_text"})
_NO_FEEDBACK: Final = {"obtained": False, "why_not": "unread"}
_STAND_INS: Final[Mapping[str, Any]] = {
    "took_part": "both",
    "reflective_discussion": True,
    "child_feedback": _NO_FEEDBACK,
    "parent_feedback": _NO_FEEDBACK,
    "practitioner_feedback": _NO_FEEDBACK,
    "reason": "unread",
    "kind": "unread",
    "cycle": "unread",
    "tool": "unread",
    "child_status": "in-need",
    "organisation": {"area": "unread", "district": "unread", "team": "unread"},
    "case_number": "unread",
    "case_reference": str(NOBODY),
    "auditor": str(NOBODY),
    "auditor_staff_number": "unread",
    "practitioner": str(NOBODY),
    "practitioner_staff_number": "unread",
}
"""What stands in for a field that every outcome or allocation needs, or that is given beside or instead of another.

Nothing is told of such a field but that it is not read.
"""

_AHEAD: Final = Problem("happened_at", "it lies in the future", InTheFuture.way_out)

Location = tuple[int | str, ...]


class Body(Generic[F]):
    """A body as it was sent: its form, or what of it can be read beside its faults (None: nothing).

    `faults` are pydantic's, `unread` the places they are at, with dots (`panel.left-out` for an item of a list);
    `numbers` say where the items of a list stood that are left in it. No dataclass, as pydantic would read its fields
    in place of the form.
    """

    __slots__ = ("faults", "form", "numbers", "unread")

    def __init__(
        self,
        form: F | None,
        faults: Sequence[Any] = (),
        unread: Sequence[str] = (),
        numbers: Mapping[str, Sequence[int]] | None = None,
    ) -> None:
        self.form = form
        self.faults = faults
        self.unread = unread
        self.numbers = {} if numbers is None else numbers

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Return the form's own schema, which the API's description shows, with the reading of what is faulty."""
        [form] = get_args(source)
        return core_schema.no_info_wrap_validator_function(partial(_read, form), handler.generate_schema(form))

    def refusal(self, others: Sequence[Problem] = ()) -> problems.Problem:
        """Return all that is wrong: what is written wrongly, and `others`, which the tool says of the rest.

        Where both tell of one place, the tool's is told: it knows what would be right there.
        """
        written = problems.from_validation([{**fault, "loc": ("body", *fault["loc"])} for fault in self.faults])
        told = {one.place: one for one in fields_of([self._placed(one) for one in others if self._is_written(one)])}
        rest = fields_of([self._placed(one) for one in others if not self._is_written(one)])
        return problems.invalid([*(told.get(one.place, one) for one in written.problems), *rest])

    def _is_written(self, problem: Problem) -> bool:
        return problem.place in self.unread

    def _placed(self, problem: Problem) -> Problem:
        """Return a fault at its place in what was sent, where faulty items of its list were left out."""
        name, *rest = problem.place.split(".")
        if name not in self.numbers or not rest or not rest[0].isdecimal():
            return problem
        place = ".".join((name, str(self.numbers[name][int(rest[0])]), *rest[1:]))
        return Problem(place, problem.message, problem.way_out, problem.question)


Others = Callable[[F, Asked, Sequence[str]], Awaitable[Sequence[Problem]]]
"""What says what else is wrong with a form of which some places are unread, as of when it was asked."""


async def whole(body: Body[F], asked: Asked, others: Others[F]) -> F:
    """Return the form of a body, if it was read whole and is not dated ahead of now.

    Raises:
        Problem: it is not; with all that is wrong with it, by its form and by the audit's tool. One that is dated ahead
            and has no other fault is left to whatever takes it.

    """
    form = body.form
    if form is None:
        raise body.refusal()
    ahead = asked.happened_at is not None and asked.happened_at > asked.recorded_at
    if not body.faults and not ahead:
        return form
    told = [*await others(form, replace(asked, happened_at=None) if ahead else asked, body.unread)]
    if not body.faults and not told:
        return form
    raise body.refusal([*([_AHEAD] if ahead else []), *told])


async def nothing_else(_form: Form, _asked: Asked, _unread: Sequence[str]) -> Sequence[Problem]:
    """Say nothing of a form that no tool is asked about."""
    return ()


def _read(form: type[Form], value: Any, read: core_schema.ValidatorFunctionWrapHandler) -> Body[Any]:
    try:
        return Body(read(value))
    except ValidationError as invalid:
        faults = invalid.errors(include_url=False)
    if not isinstance(value, dict):
        return Body(None, faults)
    rest, left = copy.deepcopy(value), faults
    numbers = {name: list(range(len(items))) for name, items in rest.items() if isinstance(items, list)}
    places = tuple({_place(_faulty(value, fault), numbers) for fault in faults})
    tried: set[Location] = set()
    for _ in range(_ROUNDS):
        for location in sorted({_taken_out(rest, _faulty(rest, fault)) for fault in left}, key=_last_first):
            _leave_out(rest, location, numbers, form.STAND_INS, stands_in=location not in tried)
            tried.add(location)
        if any(not fault["loc"] for fault in left):
            rest |= form.WHOLE
        try:
            return Body(read(rest), faults, places, numbers)
        except ValidationError as invalid:
            left = invalid.errors(include_url=False)
        if form.WHOLE:
            faults += [fault for fault in left if not fault["loc"] and fault not in faults]
    return Body(None, faults)


def _place(location: Location, numbers: Mapping[str, Sequence[int]]) -> str:
    """Return a place with dots; an item of a list is left out, and its number is another's in what is read."""
    name, *within = map(str, location or ("",))
    return ".".join((name, "left-out", *within[1:])) if name in numbers and within else ".".join((name, *within))


def _faulty(value: Any, fault: Mapping[str, Any]) -> Location:
    """Return the field that a fault is of; pydantic also names the branches of a union behind it."""
    found: list[int | str] = []
    for part in fault["loc"]:
        if not (isinstance(value, dict) and part in value) and not (isinstance(value, list) and isinstance(part, int)):
            break
        found.append(part)
        value = value[part]
    missing = fault["type"] == "missing"
    return (*found, fault["loc"][-1]) if missing else tuple(found[:3])


def _taken_out(rest: Mapping[str, Any], location: Location) -> Location:
    """Return what is taken out for a faulty field: the item it is in, where that is one of a list."""
    return location[:2] if location and isinstance(rest.get(str(location[0])), list) else location


def _last_first(location: Location) -> tuple[str, int]:
    """Order locations so that an item is left out before those that come earlier in its list."""
    number = location[1] if len(location) > 1 and isinstance(location[1], int) else 0
    return str(location[:1]), -number


def _leave_out(
    rest: dict[str, Any],
    location: Location,
    numbers: dict[str, list[int]],
    needed: Mapping[str, Any],
    *,
    stands_in: bool = True,
) -> None:
    """Take a faulty field out: an item of a list whole, a text so that one still stands there.

    What lacks a field is taken out whole, unless the field is `needed`: then what stands in for it is put there. With
    `stands_in` false a text is taken out too: it is faulty still.
    """
    if not location:
        return
    name = str(location[0])
    within = rest.get(name)
    if isinstance(within, list) and len(location) > 1:
        number = location[1]
        if isinstance(number, int) and number < len(within):
            del within[number], numbers[name][number]
        return
    if name in _STAND_INS:
        rest[name] = _STAND_INS[name]
        return
    *parents, last = location
    holder: Any = rest
    for part in parents:
        holder = holder.get(part) if isinstance(holder, dict) else None
    if not isinstance(holder, dict):
        return
    if (place := ".".join(map(str, location))) in needed:
        holder[last] = copy.deepcopy(needed[place])
        return
    if last not in holder and parents:
        _leave_out(rest, tuple(parents), numbers, needed)
    elif stands_in and isinstance(holder.get(last), str) and (last in _TEXTS or name == "overridden_limits"):
        holder[last] = "-"
    else:
        holder.pop(last, None)
