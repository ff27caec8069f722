"""Whoever subtracts the Corporate Parenting Board's report from the window's others works out no small number.

The reader here knows what is printed and what each number counts, by sentences of this test's own: every printed number
is a sum of audits by status, service, grade and whether the child was heard.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import product

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from services.reporting.reports.cared_for_ledger import fill_cared_for, tie_to_services
from services.reporting.reports.counts import Counted, Line, MonthCounts
from services.reporting.reports.headline import headline_ledger
from services.reporting.reports.suppression import Ledger
from services.reporting.reports.window_ledger import GRADES, at
from services.reporting.reports.windows import Month
from tests.unit.reporting.reports.attackers import solve_by_elimination

STATUSES = ("in-care", "care-leaver", "in-need")
SERVICES = ("children-in-care", "leaving-care", "social-work")
Cell = tuple[str, str, str | None, bool]
"""Audits alike: status, service, grade (None: not graded), whether the child was heard."""
Audits = Mapping[Cell, int]
Holds = Callable[[Cell], bool]

CELLS: tuple[Cell, ...] = tuple(
    (status, service, grade, heard)
    for (status, service), grade, heard in product(
        (
            ("in-care", "children-in-care"),
            ("in-care", "social-work"),
            ("care-leaver", "leaving-care"),
            ("care-leaver", "social-work"),
            ("in-need", "social-work"),
        ),
        (*GRADES, None),
        (True, False),
    )
)
NAMES: Mapping[str, Holds] = {
    "completed": lambda _: True,
    "graded": lambda one: one[2] is not None,
    "good": lambda one: one[2] in {"good", "outstanding"},
    "requires_improvement": lambda one: one[2] == "requires-improvement",
    "inadequate": lambda one: one[2] == "inadequate",
    "child_feedback": lambda one: one[3],
    "after outstanding": lambda one: one[2] == "outstanding",
    "after good": lambda one: one[2] == "good",
}
GROUPS: Mapping[str, Holds] = {
    "in care": lambda one: one[0] == "in-care",
    "care leavers": lambda one: one[0] == "care-leaver",
    "both": lambda one: one[0] != "in-need",
    "others": lambda one: one[0] == "in-need",
}


def counted(audits: Audits, *holding: Holds) -> int:
    return sum(count for cell, count in audits.items() if all(holds(cell) for holds in holding))


def ledger_of(audits: Audits, before: Sequence[Mapping[str, int | None]] = ()) -> Ledger:
    """Give the settled ledger of a month in which nothing else happened: no moderation, no concern, one theme."""
    totals = {name: counted(audits, holds) for name, holds in NAMES.items()}
    ours = {f"cared_for_{name}": counted(audits, holds, GROUPS["both"]) for name, holds in NAMES.items()}
    month = {**totals, **ours, "on_time": totals["completed"], "good_before": totals["good"]}
    ledger = headline_ledger([MonthCounts(Month(2026, 6), month)], 6, before)
    for grade in GRADES:
        ledger.add(f"after {grade}", counted(audits, lambda one, grade=grade: one[2] == grade))  # type: ignore[misc] # a bound default
    ledger.total("graded", [f"after {grade}" for grade in GRADES], group=True)
    ledger.total("good", ["after good", "after outstanding"])
    ledger.total("requires_improvement", ["after requires-improvement"])
    ledger.total("inadequate", ["after inadequate"])
    for name in ("completed", "graded", "good", "requires_improvement", "inadequate"):
        for service in SERVICES:
            value = counted(audits, NAMES[name], lambda one, service=service: one[1] == service)  # type: ignore[misc] # a bound default
            ledger.add(at(name, "service", service), value, printed=name != "requires_improvement")
        ledger.total(name, [at(name, "service", service) for service in SERVICES])
    for service in SERVICES:
        parts = [at(name, "service", service) for name in ("good", "requires_improvement", "inadequate")]
        ledger.total(at("graded", "service", service), parts, group=True)
        ledger.share(parts[0], at("graded", "service", service))
    lines: list[Line] = [
        {
            "child_status": status,
            "service": service,
            "outstanding": found["after outstanding"],
            "parent_feedback": 0,
            **found,
        }
        for status, service in product(STATUSES[:2], SERVICES)
        if (found := of_both(audits, status, service))["completed"]
    ]
    everything = Counted([], [], [], [], [], [], [], [], [], [], 0, cared_for=lines)
    tie_to_services(ledger, everything, SERVICES)
    for name in (
        "recommendations made",
        "recommendations discussed",
        "recommendations done",
        "recommendations difference",
    ):
        ledger.add(name, 0)
    for name in ("raised", "within_clock", "signed_off_late", "overdue", "running"):
        ledger.add(f"escalations {name}", 0)
    ledger.settle()
    fill_cared_for(ledger, everything, SERVICES, ())
    return ledger


def of_both(audits: Audits, status: str, service: str) -> dict[str, int]:
    return {
        name: counted(audits, holds, lambda one: one[0] == status and one[1] == service)
        for name, holds in NAMES.items()
    }


def meaning(key: str) -> list[Holds] | None:
    """Say what a printed number counts, in this test's own words; None for what it knows nothing of."""
    name, _, where = key.partition(" at ")
    grade = name.removeprefix("after ")
    holds = (lambda one: one[2] == grade) if name.startswith("after ") and grade in GRADES else NAMES.get(name)
    if holds is None:
        return None
    if not where:
        return [holds]
    what, _, code = where.partition(" ")
    if what == "service":
        return [holds, lambda one: one[1] == code]
    statuses = {"cared-for": GROUPS["both"], "in-care": GROUPS["in care"], "care-leaver": GROUPS["care leavers"]}
    return [holds, statuses[code]]


def known(ledger: Ledger, version: str) -> tuple[dict[str, int], list[dict[str, int]]]:
    """Give what is printed as sums of audits alike."""
    shown, sums = {}, []
    for key, value in ledger.printed().items():
        holding = meaning(key)
        if value is not None and holding is not None:
            shown[f"{version}{key}"] = value
            parts = {f"{version}{cell}": 1 for cell in CELLS if all(holds(cell) for holds in holding)}
            sums.append({f"{version}{key}": -1, **parts})
    return shown, sums


def asked(audits: Audits) -> dict[str, tuple[int, list[Cell]]]:
    """Give the numbers that must not be worked out where they are small, and which audits each counts."""
    found = {}
    for (group, who), (name, holds) in product(GROUPS.items(), NAMES.items()):
        found[f"{name} of {group}"] = (counted(audits, holds, who), [one for one in CELLS if holds(one) and who(one)])
    for group, who in GROUPS.items():
        unheard = [one for one in CELLS if not one[3] and who(one)]
        found[f"not heard of {group}"] = (sum(audits.get(one, 0) for one in unheard), unheard)
    return found


def withstands(versions: Sequence[Audits]) -> None:
    ledgers: list[Ledger] = []
    for audits in versions:
        ledgers.append(ledger_of(audits, [one.printed() for one in ledgers]))
    if any(ledger.betrayed for ledger in ledgers):
        return  # such a version is not published
    shown: dict[str, int] = {}
    relations: list[dict[str, int]] = []
    values: dict[str, int] = {}
    for place, (ledger, audits) in enumerate(zip(ledgers, versions, strict=True)):
        version = f"{place}: "
        printed, sums = known(ledger, version)
        shown |= printed
        relations += sums
        for name, (value, cells) in asked(audits).items():
            values[f"{version}{name}"] = value
            relations.append({f"{version}{name}": -1, **{f"{version}{cell}": 1 for cell in cells}})
            for earlier in range(place):
                change = f"{earlier} to {place}: {name}"
                values[change] = value - values[f"{earlier}: {name}"]
                relations.append({change: -1, f"{version}{name}": 1, f"{earlier}: {name}": -1})
    solved = solve_by_elimination(shown, relations)
    told = {name: value for name, value in values.items() if name in solved and 1 <= abs(value) <= 5}
    assert not told, "a small number is worked out"


counts = st.one_of(st.just(0), st.integers(0, 7), st.integers(6, 40))
a_window = st.lists(counts, min_size=len(CELLS), max_size=len(CELLS)).map(
    lambda drawn: dict(zip(CELLS, drawn, strict=True))
)


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(a_window)
@example(dict.fromkeys(CELLS, 8) | {("in-need", "social-work", grade, True): 0 for grade in (*GRADES, None)})
@example(
    dict.fromkeys(CELLS, 8)
    | {("in-care", "social-work", grade, heard): 0 for grade, heard in product((*GRADES, None), (True, False))}
    | {("in-care", "social-work", "good", True): 2}
)
@example(
    dict.fromkeys(CELLS, 9) | {("in-need", "social-work", "inadequate", heard): heard + 1 for heard in (True, False)}
)
def test_what_is_left_for_all_other_children_cannot_be_worked_out(audits: Audits) -> None:
    withstands([audits])


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(
    a_window,
    st.lists(st.one_of(st.just(0), st.integers(0, 3), st.integers(6, 20)), min_size=len(CELLS), max_size=len(CELLS)),
)
@example(dict.fromkeys(CELLS, 20), [0] * 10 + [2] + [0] * 39)
@example(dict.fromkeys(CELLS, 20), [0] * 49 + [2])
def test_nor_can_what_came_between_two_versions(audits: Audits, came: list[int]) -> None:
    later = Counter(dict(audits)) + Counter(dict(zip(CELLS, came, strict=True)))
    withstands([audits, later])


def test_a_change_that_several_sums_of_both_versions_tell_together_is_hidden() -> None:
    """Nobody prints how many care leavers' audits require improvement: both statuses' less those in care, which is
    what is left of these once the other two grades are taken off.
    """
    audits: dict[Cell, int] = {
        ("in-care", "children-in-care", "requires-improvement", False): 34,
        ("in-care", "social-work", "inadequate", False): 7,
        ("care-leaver", "social-work", "inadequate", False): 5,
        ("care-leaver", "social-work", "requires-improvement", True): 7,
        ("care-leaver", "social-work", "outstanding", True): 22,
        ("in-need", "social-work", "inadequate", True): 4,
    }
    came = {
        ("in-care", "children-in-care", "requires-improvement", True): 13,
        ("care-leaver", "leaving-care", "requires-improvement", True): 1,
    }
    withstands([audits, Counter(audits) + Counter(came)])


def test_large_numbers_are_printed() -> None:
    ledger = ledger_of(dict.fromkeys(CELLS, 20))
    hidden = {key for key in ledger.hidden if "child_status" in key}
    assert hidden == set()


def test_two_children_elsewhere_are_not_told_by_the_services_of_the_others() -> None:
    """All in care but two have audits in the service for children in care, and its number is printed."""
    audits = {cell: 12 for cell in CELLS if cell[:2] != ("in-care", "social-work")}
    audits["in-care", "social-work", "good", True] = 2
    ledger = ledger_of(audits)
    both = [at("completed", "service", "children-in-care"), "completed at child_status in-care"]
    assert not all(ledger.shows(key) for key in both)
