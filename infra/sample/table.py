"""A made-up year's completed audits as the CSV file that `sightline import` takes (docs/importing.md)."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

from infra.sample.plan import AnswerValue, PlannedAudit, PlannedFeedback

_FIRST = (
    "audit_number", "case_number", "kind", "cycle", "area", "district", "team", "service", "child_status", "tool",
    "tool_version", "auditor", "selected_because", "allocated_on", "due_on", "completed_on", "took_part",
    "reflective_discussion", "overall_grade", "overall_rationale", "inadequate_likely", "concern", "concern_text",
)  # fmt: skip


def csv_of(audits: Sequence[PlannedAudit]) -> bytes:
    """Return completed audits as CSV in UTF-8, one a row; columns that no audit fills are left out."""
    rows = [_row(audit) for audit in audits]
    columns = list(_FIRST) + sorted({column for row in rows for column in row} - set(_FIRST))
    output = io.StringIO(newline="")
    writer = csv.DictWriter(output, columns, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return output.getvalue().encode()


def _row(audit: PlannedAudit) -> Mapping[str, str]:
    found = audit.outcome
    assert found is not None
    area, district, team = audit.path
    row = {
        "audit_number": audit.number,
        "case_number": audit.case_number,
        "kind": audit.kind,
        "cycle": audit.cycle,
        "area": area,
        "district": district,
        "team": team,
        "service": audit.service,
        "child_status": audit.child_status,
        "tool": audit.tool,
        "tool_version": str(audit.tool_version),
        "auditor": audit.auditor,
        "selected_because": audit.selected_because,
        "allocated_on": audit.allocated_on.isoformat(),
        "due_on": audit.due_on.isoformat(),
        "completed_on": str(audit.completed_on),
        "took_part": found.took_part,
        "reflective_discussion": _yes(yes=found.reflective_discussion),
        "overall_grade": found.grade,
        "overall_rationale": found.rationale,
        "inadequate_likely": _yes(yes=found.inadequate_likely),
        "concern": found.concern,
    }
    if found.not_took_part_because:
        row["not_took_part_because"] = found.not_took_part_because
    if found.concern_text:
        row["concern_text"] = found.concern_text
    for name, feedback in (
        ("child_feedback", found.child_feedback),
        ("parent_feedback", found.parent_feedback),
        ("practitioner_feedback", found.practitioner_feedback),
    ):
        row |= _feedback(name, feedback)
    for section in found.sections:
        judged = section.grade if section.score is None else str(section.score)
        if judged:
            row[f"section:{section.section}"] = judged
        if section.rationale:
            row[f"section:{section.section}:rationale"] = section.rationale
    for answer in found.answers:
        boxes = {"text": answer.text, "evidence": answer.evidence, "impact": answer.impact}
        if answer.value is not None:
            row[f"answer:{answer.question}"] = _cell(answer.value)
        row |= {f"answer:{answer.question}:{box}": text for box, text in boxes.items() if text}
    for number, recommendation in enumerate(audit.recommendations, 1):
        row[f"recommendation:{number}:category"] = recommendation.category
        row[f"recommendation:{number}:owner_role"] = "team-manager"
        row[f"recommendation:{number}:due_on"] = recommendation.due_on.isoformat()
        row[f"recommendation:{number}:text"] = recommendation.text
    return row


def _feedback(name: str, feedback: PlannedFeedback) -> dict[str, str]:
    cells = {name: _yes(yes=feedback.obtained)}
    if feedback.why_not:
        cells[f"{name}_why_not"] = feedback.why_not
    if feedback.score is not None:
        cells[f"{name}_score"] = str(feedback.score)
    return cells


def _cell(value: AnswerValue) -> str:
    if isinstance(value, bool):
        return _yes(yes=value)
    return "; ".join(value) if isinstance(value, tuple) else str(value)


def _yes(*, yes: bool) -> str:
    return "yes" if yes else "no"
