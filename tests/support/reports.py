"""A report's JSON held to the truth of the plan it was made from: every number shown is right, or hidden for a reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import product
from typing import Any

from infra.sample.plan import GRADES, PlannedYear
from infra.sample.truth import Truth, truth_of

SMALL = range(1, 6)
"""Counts that may not be shown (design: 1 to 5)."""

FEW = 10
"""A group below this may be told in words alone."""

Expected = tuple[str, str, str, int]
"""Table, row, column, count."""


def compare_with_truth(document: dict[str, Any], year: PlannedYear, *, at_least: int) -> None:
    """Compare every count of the triannual report that the plan knows; `at_least` so many must be shown."""
    report = document["report"]
    _compare(report, _expected(_truth(report, year)), at_least)


def compare_parenting_with_truth(document: dict[str, Any], year: PlannedYear, *, at_least: int) -> None:
    """Compare every count of the Corporate Parenting Board's report: the truth of these children's audits alone."""
    report = document["report"]

    def of(*statuses: str) -> Truth:
        audits = tuple(audit for audit in year.audits if audit.child_status in statuses)
        return _truth(report, replace(year, audits=audits))

    ours, everybody = of("in-care", "care-leaver"), _truth(report, year)
    groups = (of("in-care").completed, of("care-leaver").completed, everybody.completed - ours.completed)
    _compare(report, _of_parenting(ours, everybody, smallest=min(groups)), at_least)


def compare_consistency_with_truth(document: dict[str, Any], year: PlannedYear) -> None:
    """Compare the QA unit's consistency report, in which nothing is hidden: every audit graded twice is in it once.

    Which of them the service picked at random it says itself: the plan knows how many there are.
    """
    report = document["report"]
    truth = _truth(report, year)
    if report["empty"]:
        assert not truth.moderated
        return
    pool = cell_of(report, "moderators", "all", "n")["value"]
    reasons = [row["key"] for block in _blocks(report) if block.get("id") == "picked" for row in block["rows"]]
    picked = sum(cell_of(report, "picked", reason, "n")["value"] for reason in reasons)
    assert pool + picked == truth.moderated
    assert pool == sum(cell_of(report, "matrix", first, second)["value"] for first, second in product(GRADES, GRADES))
    assert pool == sum(cell_of(report, "moderators", row, "n")["value"] for row in ("blind", "sighted"))


def _truth(report: dict[str, Any], year: PlannedYear) -> Truth:
    assert report["authority"] == year.authority, report["authority"]
    first = date.fromisoformat(report["window"]["from"])
    after = date.fromisoformat(report["window"]["to"]) + timedelta(days=1)
    return truth_of(year, first, after)


def _compare(report: dict[str, Any], figures: Iterator[Expected], at_least: int) -> None:
    shown, wrong = 0, []
    for table, row, column, expected in figures:
        cell = cell_of(report, table, row, column)
        value = None if cell is None else cell["value"]
        if cell is None and (expected < FEW or _is_not_shown(report, table)):
            continue  # what never happened, or hardly ever, has no row, or words instead of a table
        if cell is not None and cell["suppressed"]:
            if expected == 0:
                wrong.append(f"{table}/{row}/{column}: a true 0 is hidden")
            continue
        if value != expected:
            wrong.append(f"{table}/{row}/{column}: {value} is shown and {expected} is true")
        elif expected in SMALL:
            wrong.append(f"{table}/{row}/{column}: {expected} is small and shown")
        shown += 1
    assert not wrong, "\n".join(wrong)
    assert shown >= at_least, f"only {shown} figures were compared"


def cell_of(report: dict[str, Any], table: str, row: str, column: str) -> Any:
    """Give a cell of a report, or None where it has no such row or table."""
    for block in _blocks(report):
        if block["type"] == "table" and block["id"] == table:
            for one in block["rows"]:
                if one["key"] == row:
                    cell = one["cells"][column]
                    return cell["part"] if cell["type"] == "share" else cell
    return None


def _is_not_shown(report: dict[str, Any], table: str) -> bool:
    """Say whether words stand in a section of the table's name, since every number in it is hidden."""
    [blocks] = [section["blocks"] for section in report["sections"] if section["id"] == table] or [[]]
    return any("Not shown: all of its numbers are small" in block.get("text", "") for block in blocks)


def _blocks(report: dict[str, Any]) -> Iterator[Any]:
    for section in report["sections"]:
        yield from section["blocks"]


def _expected(truth: Truth) -> Iterator[Expected]:
    for grade in GRADES:
        yield "grades", grade, "before", truth.grades_before[grade]
        yield "grades", grade, "after", truth.grades_after[grade]
    yield "activity-by-district", "all", "completed", truth.completed
    yield "activity-by-district", "all", "allocated", truth.allocated
    yield "activity-by-district", "all", "on_time", truth.on_time
    yield "activity-by-district", "all", "late", truth.late
    yield "activity-by-district", "all", "withdrawn", truth.withdrawn
    for district, completed in truth.by_district.items():
        yield "activity-by-district", district, "completed", completed
    for service, completed in truth.by_service.items():
        yield "activity-by-service", service, "completed", completed
    for direction in ("lowered", "same", "raised"):
        yield "moderation-changes", direction, "count", truth.moderation[direction]
    yield "moderation-changes", "missed", "count", truth.missed_inadequates
    yield "moderation-changes", "all", "count", truth.moderated
    yield from _escalations(truth)
    for word in ("made", "discussed", "done", "difference"):
        yield "recommendations", "all", word, truth.recommendations[word]
    yield "voices", "child_feedback", "count", truth.child_feedback
    yield "voices", "parent_feedback", "count", truth.parent_feedback
    yield "voices", "worker_took_part", "count", truth.worker_took_part
    yield "voices", "discussion", "count", truth.reflective_discussion
    for (theme, polarity), mentions in truth.themes.items():
        yield "themes-by-theme", theme, polarity, mentions
    for (tool, section, judged), count in truth.section_grades.items():
        yield f"sections-of-{tool}", section, judged, count
    for (tool, question, name), count in truth.questions.items():
        yield "every-question", f"{tool}/{question}", "answered" if name == "answered" else "share", count
    yield "corrections", "amended", "count", truth.amended


def _of_parenting(ours: Truth, everybody: Truth, *, smallest: int) -> Iterator[Expected]:
    """Where a group is under ten, nothing is expected of what divides it: that all in it are alike is hidden as well.

    `smallest` is the fewest audits of children in care, of care leavers, or of all others.
    """
    raised = ours.escalations_raised.total()
    enough_raised = min(raised, everybody.escalations_raised.total() - raised) >= FEW
    for column, truth in (("count", ours), ("all", everybody)):
        yield "looked-at", {"count": "cared-for"}.get(column, column), "count", truth.completed
        for grade in GRADES if smallest >= FEW else ():
            yield "parenting-grades", grade, column, truth.grades_after[grade]
        yield "heard", "child_feedback", column, truth.child_feedback
        yield "heard", "parent_feedback", column, truth.parent_feedback
        for word in ("made", "discussed", "done", "difference"):
            yield "since", word, column, truth.recommendations[word]
        yield "concerns", "raised", column, truth.escalations_raised.total()
        if enough_raised:
            yield "concerns", "within_clock", column, truth.clock_met.total()
            yield "concerns", "signed_off_late", column, truth.clock_breached.total()
    for (theme, polarity), mentions in ours.themes.items():
        yield "parenting-themes", theme, polarity, mentions


def _escalations(truth: Truth) -> Iterator[Expected]:
    for category in ("safeguarding", "practice"):
        yield "escalations-by-category", category, "raised", truth.escalations_raised[category]
        yield "escalations-by-category", category, "within_clock", truth.clock_met[category]
        yield "escalations-by-category", category, "signed_off_late", truth.clock_breached[category]
    for (dimension, key, column), count in truth.clocks_by.items():
        if column != "not_signed_off":
            yield f"escalations-by-{dimension}", key, column, count
    yield "escalations-considered", "all", "count", truth.escalations_considered.total()
    if truth.escalations_considered.total() >= FEW:  # of fewer, that all are alike is hidden as well
        yield "escalations-considered", "not-required", "count", truth.escalations_considered["not-required"]
        yield "escalations-not-required", "already-acted-on", "count", truth.escalations_considered["not-required"]
    if truth.escalations_raised.total() >= FEW:
        yield "escalations-after", "re-audits-asked", "count", truth.re_audits_asked["asked"]
        yield "escalations-after", "reopened", "count", 0
    yield "escalations-after", "withdrawn", "count", 0
