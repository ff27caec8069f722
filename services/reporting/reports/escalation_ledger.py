"""What a window's reports print of audit escalations beside their clocks, in the ledger: after what both pages share.

What is settled before stays as it is printed, so nothing here hides a number of the clocks.
"""

from __future__ import annotations

from collections.abc import Sequence

from services.reporting.reports.counts import Counted
from services.reporting.reports.suppression import Ledger
from services.reporting.reports.window_ledger import CATEGORIES, CLOCK_OUTCOMES, Breakdowns, at

RESULTS = ("better", "same", "worse", "not_graded")
"""How a re-audit came out beside the grade that stood."""
MONTH = "month"
NOT_REQUIRED = "not required because"
_CLOCKS = ("raised", *CLOCK_OUTCOMES)


def fill_escalations(ledger: Ledger, counted: Counted, breakdowns: Breakdowns, months: Sequence[str]) -> None:
    """Add what is printed of audit escalations by month and area, why none was required, and what came after."""
    _after(ledger, counted)
    _second_line(ledger, counted)
    _reasons(ledger, counted, breakdowns)
    ledger.settle()
    _by_area(ledger, counted, breakdowns)
    _by_month(ledger, counted, months)
    ledger.settle()


def _after(ledger: Ledger, counted: Counted) -> None:
    after = counted.escalations_after
    ledger.add("escalations withdrawn", after.get("withdrawn", 0))
    ledger.add("escalations reopened", after.get("reopened", 0))
    ledger.share("escalations reopened", "escalations raised")
    signed_off = ledger.value("escalations within_clock") + ledger.value("escalations signed_off_late")
    ledger.add("escalations signed_off", signed_off)
    ledger.total("escalations signed_off", ["escalations within_clock", "escalations signed_off_late"])
    ledger.add("escalations recorded_late", after.get("recorded_late", 0))
    ledger.share("escalations recorded_late", "escalations signed_off")
    for name, moment in (("considered", "considered_at"), ("overseen", "oversight_at")):
        known = sum(line[moment] is not None for line in counted.escalation_times)
        ledger.add(f"escalations raised and {name}", known)
        ledger.share(f"escalations raised and {name}", "escalations raised")
    ledger.add("re-audits asked", after.get("re_audit_asked", 0))
    ledger.share("re-audits asked", "escalations raised")
    ledger.add("re-audits done", after.get("re_audit_done", 0))
    ledger.share("re-audits done", "re-audits asked")
    for result in RESULTS:
        ledger.add(f"re-audits {result}", after.get(f"re_audit_{result}", 0))
    ledger.total("re-audits done", [f"re-audits {result}" for result in RESULTS], group=True)


def _second_line(ledger: Ledger, counted: Counted) -> None:
    """Count of whom the second line was told; the whole goes before a category, as with the clocks."""
    told = "escalations second_line"
    ledger.add(told, sum(line["second_line"] for line in counted.escalations))
    ledger.share(told, "escalations raised")
    parts = [f"{told} {category}" for category in CATEGORIES]
    for category, part in zip(CATEGORIES, parts, strict=True):
        ledger.add(part, sum(line["second_line"] for line in counted.escalations if line["category"] == category))
        ledger.share(part, f"escalations raised {category}")
    ledger.total(told, parts)


def _reasons(ledger: Ledger, counted: Counted, breakdowns: Breakdowns) -> None:
    breakdowns.codes[NOT_REQUIRED] = [line["reason"] for line in counted.not_required]
    for line in counted.not_required:
        ledger.add(at("escalations", NOT_REQUIRED, line["reason"]), line["audit_escalations"])
    keys = [at("escalations", NOT_REQUIRED, reason) for reason in breakdowns.codes[NOT_REQUIRED]]
    ledger.total("escalations not_required", keys, group=True)
    for key in keys:
        ledger.share(key, "escalations not_required")


def _by_area(ledger: Ledger, counted: Counted, breakdowns: Breakdowns) -> None:
    areas = breakdowns.keys["area"]
    for area in areas:
        lines = [line for line in counted.escalations if line["area"] == area]
        for name in _CLOCKS:
            ledger.add(at(f"escalations {name}", "area", area), sum(line[name] for line in lines))
        _outcomes(ledger, "area", area)
    for name in _CLOCKS:
        ledger.total(f"escalations {name}", [at(f"escalations {name}", "area", area) for area in areas])
        for area in areas:
            inside = [key for key in breakdowns.keys["district"] if key.split("/")[0] == area]
            districts = [at(f"escalations {name}", "district", key) for key in inside]
            ledger.total(at(f"escalations {name}", "area", area), districts)


def _by_month(ledger: Ledger, counted: Counted, months: Sequence[str]) -> None:
    for month in months:
        lines = [line for line in counted.escalations if f"{line['month']:%Y-%m}" == month]
        for name in _CLOCKS:
            ledger.add(at(f"escalations {name}", MONTH, month), sum(line[name] for line in lines))
        _outcomes(ledger, MONTH, month)
    for name in _CLOCKS:
        ledger.total(f"escalations {name}", [at(f"escalations {name}", MONTH, month) for month in months])


def _outcomes(ledger: Ledger, dimension: str, key: str) -> None:
    outcomes = [at(f"escalations {name}", dimension, key) for name in CLOCK_OUTCOMES]
    ledger.total(at("escalations raised", dimension, key), outcomes, group=True)
    ledger.share(outcomes[0], at("escalations raised", dimension, key))
