"""Children in care and care leavers in the ledger: what the Corporate Parenting Board's report prints of them.

Their counts are part of the window's totals, so what is left for all other children is protected as well: whoever
subtracts this report from the window's others finds no small number. `cared for` means both statuses together.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Final

from services.reporting.reports.counts import Counted, Line, MonthCounts
from services.reporting.reports.suppression import Ledger

CHILD_STATUS: Final = "child_status"
CARED_FOR: Final = "cared-for"
IN_CARE: Final = "in-care"
CARE_LEAVER: Final = "care-leaver"
STATUSES: Final = (IN_CARE, CARE_LEAVER)
"""The statuses (shared/contracts) of children whose parent the council is, or was until they came of age."""

OF_STATUS: Final = ("completed", "graded", "good", "inadequate", "child_feedback", "parent_feedback")
"""What is printed of children in care and of care leavers apart."""

_OUTCOMES: Final = ("good", "requires_improvement", "inadequate")
_OF_COMPLETED: Final = ("moderated", "child_feedback", "parent_feedback")
_HEADLINES: Final = ("completed", "graded", *_OUTCOMES, *_OF_COMPLETED)
_OF_SERVICES: Final = ("completed", "graded", *_OUTCOMES)
_FOLLOW_UP: Final = ("discussed", "done", "difference")
_CLOCKS: Final = ("within_clock", "signed_off_late", "overdue", "running")

_Key = Callable[[str], str]


def of_status(name: str, status: str = CARED_FOR) -> str:
    """Return the ledger's key of a count of children with a status, or of both statuses together."""
    return f"{name} at {CHILD_STATUS} {status}"


def of_others(name: str) -> str:
    """Return the ledger's key of what is left of a count for all other children: never printed, but protected."""
    return f"{name} without {of_status(name)}"


def of_theme(polarity: str, theme: str) -> str:
    """Return the ledger's key of the mentions of a theme in audits of these children."""
    return f"{polarity} of {CARED_FOR} at theme {theme}"


def add_cared_for(ledger: Ledger, months: Sequence[MonthCounts]) -> None:
    """Add the headline counts of children in care and care leavers to a window's headline ledger.

    They are settled after the headlines of all children, which stay as they are.
    """
    for name in _HEADLINES:
        _part(ledger, name, sum(month[f"cared_for_{name}"] for month in months))
    for key in (of_status, of_others):
        _graded(ledger, key)
        for name in _OF_COMPLETED:
            ledger.share(key(name), key("completed"))
    ledger.settle()


def tie_to_services(ledger: Ledger, counted: Counted, services: Iterable[str]) -> None:
    """Tell the ledger what readers suppose: in some services every child is in care or a care leaver, in some none.

    What such services leave of a count are these children in the services with both, and it may be small.
    """
    ours = _by_service(counted.cared_for)
    completed = {one: ledger.value(_at_service("completed", one)) for one in services}
    wholly = [one for one, count in completed.items() if count and ours.get(one, 0) == count]
    never = [one for one, count in completed.items() if count and not ours.get(one, 0)]
    _tie(ledger, of_status, wholly)
    _tie(ledger, of_others, never)


def fill_cared_for(ledger: Ledger, counted: Counted, services: Sequence[str], themes: Iterable[str]) -> None:
    """Add everything else that is printed of these children, after what the window's other reports print."""
    _grades(ledger, counted)
    _recommendations(ledger, counted)
    _escalations(ledger, counted)
    ledger.settle()
    _apart(ledger, counted)
    _tie_statuses(ledger, counted, services)
    ledger.settle()
    _themes(ledger, counted, themes)
    ledger.settle()


def _part(ledger: Ledger, name: str, value: int) -> None:
    """Add these children's part of a count of all children, and what is left of it for the others."""
    ledger.add(of_status(name), value)
    ledger.share(of_status(name), name)


def _graded(ledger: Ledger, key: _Key) -> None:
    ledger.total(key("graded"), [key(name) for name in _OUTCOMES], group=True)
    for name in ("good", "inadequate"):
        ledger.share(key(name), key("graded"))
    ledger.rest(key("graded"), key("completed"))


def _grades(ledger: Ledger, counted: Counted) -> None:
    """Add good and outstanding apart; the other two grades are headlines."""
    outstanding = sum(line["outstanding"] for line in counted.cared_for)
    _part(ledger, "after outstanding", outstanding)
    _part(ledger, "after good", ledger.value(of_status("good")) - outstanding)
    for key in (of_status, of_others):
        ledger.total(key("good"), (key("after good"), key("after outstanding")))
        ledger.share(key("after outstanding"), key("graded"))


def _recommendations(ledger: Ledger, counted: Counted) -> None:
    for name in ("made", *_FOLLOW_UP):
        count = sum(line.get(f"cared_for_{name}", 0) for line in counted.recommendations)
        _part(ledger, f"recommendations {name}", count)
    for key in (of_status, of_others):
        for name in _FOLLOW_UP:
            ledger.share(key(f"recommendations {name}"), key("recommendations made"))


def _escalations(ledger: Ledger, counted: Counted) -> None:
    for name in ("raised", *_CLOCKS):
        _part(ledger, f"escalations {name}", sum(line.get(f"cared_for_{name}", 0) for line in counted.escalations))
    for key in (of_status, of_others):
        outcomes = [key(f"escalations {name}") for name in _CLOCKS]
        ledger.total(key("escalations raised"), outcomes, group=True)
        ledger.share(outcomes[0], key("escalations raised"))


def _apart(ledger: Ledger, counted: Counted) -> None:
    """Add children in care and care leavers apart, each with its own shares."""
    for status in STATUSES:
        lines = [line for line in counted.cared_for if line["child_status"] == status]
        for name in (*OF_STATUS, "requires_improvement"):
            printed = name != "requires_improvement"
            ledger.add(of_status(name, status), sum(line[name] for line in lines), printed=printed)
    for name in (*OF_STATUS, "requires_improvement"):
        ledger.total(of_status(name), [of_status(name, status) for status in STATUSES], group=True)
    for status in STATUSES:
        _graded(ledger, _key_of(status))
        for name in ("child_feedback", "parent_feedback"):
            ledger.share(of_status(name, status), of_status("completed", status))


def _key_of(status: str) -> _Key:
    return lambda name: of_status(name, status)


def _themes(ledger: Ledger, counted: Counted, themes: Iterable[str]) -> None:
    for theme in themes:
        for polarity in ("strength", "development"):
            here = [line for line in counted.themes if line["theme"] == theme and line["polarity"] == polarity]
            ledger.add(of_theme(polarity, theme), sum(line.get("cared_for", 0) for line in here))
            ledger.share(of_theme(polarity, theme), f"{polarity} at theme {theme}")


def _by_service(lines: Iterable[Line]) -> dict[str, int]:
    found: dict[str, int] = {}
    for line in lines:
        found[line["service"]] = found.get(line["service"], 0) + line["completed"]
    return found


def _tie_statuses(ledger: Ledger, counted: Counted, services: Sequence[str]) -> None:
    for status in STATUSES:
        ours = _by_service(line for line in counted.cared_for if line["child_status"] == status)
        wholly = [one for one in services if ours.get(one) and ours[one] == ledger.value(_at_service("completed", one))]
        _tie(ledger, _key_of(status), wholly)


def _at_service(name: str, service: str) -> str:
    """Return what window_ledger's `at`, which builds on this module, calls a count of a service."""
    return f"{name} at service {service}"


def _tie(ledger: Ledger, key: _Key, services: Collection[str]) -> None:
    """Say that a count is that of some services and of children elsewhere, whom nobody prints."""
    if not services:
        return
    for name in _OF_SERVICES:
        inside = [_at_service(name, one) for one in services]
        elsewhere = f"{key(name)} elsewhere"
        ledger.add(elsewhere, ledger.value(key(name)) - sum(map(ledger.value, inside)), printed=False)
        ledger.total(key(name), [*inside, elsewhere])
