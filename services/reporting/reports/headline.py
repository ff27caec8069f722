"""The headline counts of one window, and what of them is hidden: the same in every report that mentions the window.

They are settled before anything else and from the window's own audits alone, so that a later window's comparison
and trend show exactly what the window's own report shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from services.reporting.reports.cared_for_ledger import add_cared_for
from services.reporting.reports.counts import MonthCounts
from services.reporting.reports.suppression import Ledger
from services.reporting.reports.windows import Month

OF_COMPLETED = (
    "moderated",
    "child_feedback",
    "parent_feedback",
    "practitioner_feedback",
    "worker_took_part",
    "discussion",
)
_OF_GRADED = ("good", "good_before", "inadequate")
_OF_COMPARED = ("raised", "same", "lowered", "missed")
_SUMMED = (
    "completed", "on_time", "late", "graded", "compared", "requires_improvement",
    *OF_COMPLETED, *_OF_GRADED, *_OF_COMPARED, "pool",
)  # fmt: skip


def month_key(name: str, month: Month) -> str:
    """Return the ledger's key of a month's count."""
    return f"{name} in {month.key}"


def headline_ledger(
    months: Sequence[MonthCounts], smallest_shown: int, before: Sequence[Mapping[str, int | None]] = ()
) -> Ledger:
    """Return a settled ledger of the headline counts of a window's months, held against what was printed before."""
    ledger = Ledger(smallest_shown, before)
    for name in _SUMMED:
        ledger.add(name, sum(month[name] for month in months))
    ledger.total("completed", ("on_time", "late"), group=True)
    ledger.total("graded", ("good", "requires_improvement", "inadequate"), group=True)
    ledger.total("compared", ("raised", "same", "lowered"), group=True)
    _shares(ledger, "completed", (*OF_COMPLETED, "on_time"))
    _shares(ledger, "graded", _OF_GRADED)
    _shares(ledger, "compared", _OF_COMPARED)
    # What else was graded twice was picked for one of many reasons: a true 0 in the pool says nothing of a child, and
    # the matrix, all zeros then, would tell it anyway.
    ledger.share("pool", "compared", group=False)
    ledger.rest("graded", "completed")
    ledger.rest("compared", "moderated")
    ledger.rest("missed", "lowered")
    for month in months:
        good, graded = month_key("good", month.month), month_key("graded", month.month)
        ledger.add(graded, month["graded"])
        ledger.add(good, month["good"])
        ledger.share(good, graded)
    for name in ("graded", "good"):
        ledger.total(name, [month_key(name, month.month) for month in months])
    ledger.settle()
    add_cared_for(ledger, months)
    return ledger


def _shares(ledger: Ledger, whole: str, parts: Iterable[str]) -> None:
    for part in parts:
        ledger.share(part, whole)
