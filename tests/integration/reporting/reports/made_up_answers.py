"""Made-up sections and questions of the tool, and how audits answered them, without one of the story's draws."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import orjson

GRADES = ["inadequate", "requires-improvement", "good", "outstanding"]
SECTIONS = {"assessment": "Assessment", "planning": "Planning and review", "permanence": "Permanence"}
QUESTIONS = {
    "assessment-current": ("Is the assessment up to date?", "assessment", "yes-no", True, (1, 2)),
    "assessment-analysis": ("How good is the analysis?", "assessment", "grade", False, (1, 2)),
    "father-included": ("Was the father included?", "assessment", "yes-no", False, (1, 2)),
    "plan-in-place": ("Is there a plan?", "planning", "yes-no", True, (1, 2)),
    "plan-progress": ("How well does the plan progress?", "planning", "grade", False, (1, 2)),
    "plan-reviewed": ("Was the plan reviewed?", "planning", "yes-no", True, (1,)),
    "plan-reviewed-in-time": ("Was the plan reviewed in time?", "planning", "yes-no", True, (2,)),
    "supervisions": ("How many supervisions?", "planning", "number", False, (1, 2)),
    "family-time": ("Is family time good for the child?", "permanence", "grade", False, (1, 2)),
}
"""Id: words, section, scale, compliance, the versions that ask it."""

Row = dict[str, Any]


class Rows(Protocol):
    """Made-up facts, as far as tools and answers go."""

    tools: list[Row]
    tool_sections: list[Row]
    tool_questions: list[Row]
    section_results: list[Row]
    answers: list[Row]


def answer_all(facts: Rows, audits: Iterable[Row]) -> None:
    """Publish sections and questions with the tool's versions, and answer them in every outcome."""
    for tool in facts.tools:
        same = {name: tool[name] for name in ("tool_id", "sequence", "tool", "tool_version")}
        for place, (section, title) in enumerate(SECTIONS.items(), 1):
            facts.tool_sections.append({**same, "place": place, "section": section, "title": title, "graded": True})
        asked = {id_: one for id_, one in QUESTIONS.items() if tool["tool_version"] in one[4]}
        for place, (id_, (title, section, scale, compliance, _)) in enumerate(asked.items(), 1):
            facts.tool_questions.append(
                {
                    **same, "place": place, "section": section, "question": id_, "title": title, "scale": scale,
                    "compliance": compliance,
                }
            )  # fmt: skip
    outcomes = {
        (row["audit_id"], row["outcome_sequence"]): row for row in audits if row["outcome_sequence"] is not None
    }
    for (audit, sequence), row in outcomes.items():
        draw = random.Random(audit.int + sequence)
        key = {"audit_id": audit, "outcome_sequence": sequence}
        for place, section in enumerate(SECTIONS):
            if section != "permanence" or row["child_status"] == "in-care":
                grade = draw.choices(GRADES, [6, 40 - 10 * place, 40, 10])[0]
                facts.section_results.append({**key, "section": section, "grade": grade, "score": None})
        facts.answers.append({**key, "coded": _answers(draw, row)})


def _answers(draw: random.Random, row: Mapping[str, Any]) -> Row:
    found: Row = {}
    for place, (id_, (_, section, scale, _, versions)) in enumerate(QUESTIONS.items()):
        if row["tool_version"] not in versions or (section == "permanence" and row["child_status"] != "in-care"):
            continue
        if id_ == "father-included" and draw.random() < 0.2:
            found[id_] = draw.choice(["not-applicable", "not-seen"])
        elif scale == "yes-no":
            found[id_] = draw.random() < 0.4 + 0.08 * place
        elif scale == "grade":
            found[id_] = draw.choices(GRADES, [10, 30, 45, 15])[0]
        else:
            found[id_] = draw.randrange(12)
    return found


def encoded(value: Row) -> bytes:
    """Return an object as PostgreSQL's binary jsonb."""
    return b"\x01" + orjson.dumps(value)
