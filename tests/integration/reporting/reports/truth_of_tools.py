"""What sections and questions should show, counted over the raw rows in plain Python, apart from the SQL under test."""

from __future__ import annotations

from collections import Counter

from tests.integration.reporting.reports.made_up import Facts
from tests.integration.reporting.reports.made_up_answers import QUESTIONS
from tests.integration.reporting.reports.truth import Truth

GOOD = {"good", "outstanding"}


def counts(facts: Facts, truth: Truth) -> dict[str, int]:
    """Give the ledger's keys of sections and questions with what they should be."""
    standing = {(row["audit_id"], row["outcome_sequence"]): row for row in truth.completed}
    found: Counter[str] = Counter()
    for row in facts.section_results:
        audit = standing.get((row["audit_id"], row["outcome_sequence"]))
        if audit is None:
            continue
        where = f"at section {audit['tool']}/{row['section']}"
        found[f"section graded {where}"] += 1
        found[f"section {row['grade']} {where}"] += 1
        found[f"section good_or_better {where}"] += row["grade"] in GOOD
    for row in facts.answers:
        audit = standing.get((row["audit_id"], row["outcome_sequence"]))
        if audit is None:
            continue
        for question, answer in row["coded"].items():
            if QUESTIONS[question][2] == "number" or answer in {"not-applicable", "not-seen"}:
                continue
            where = f"at question {audit['tool']}/{question}"
            found[f"question answered {where}"] += 1
            found[f"question good {where}"] += answer is True or answer in GOOD
    return dict(found)
