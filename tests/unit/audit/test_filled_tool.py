"""The copy of the audit tool: each question in the form's order with what was answered, in words written by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from services.audit.adapters.pages.filled_tool import FilledSection, filled, in_words
from services.audit.app.audits.views import AuditView
from services.audit.domain.tools.document import ToolDocument, read_tool
from tests.unit.audit.builders import AUDIT_ID, CHILD

YES_OR_NOT = {"code": "nobody-there", "label": "Nobody was at home"}


def tool() -> ToolDocument:
    """A tool with a question of every scale that is answered in words."""
    sizes = [{"value": 0, "name": "Not at all"}, {"value": 10, "name": "Fully"}]
    colours = [{"code": "in-time", "label": "In time"}, {"code": "late", "label": "Too late"}]
    return read_tool({
        "tool": "visits",
        "title": "Visits",
        "kinds": ["case-file"],
        "themes": [{"code": "drift", "label": "Drift"}],
        "sections": [
            {
                "id": "seen",
                "title": "Seen",
                "rationale": "optional",
                "questions": [
                    {
                        "id": "visited",
                        "text": "Was the child visited?",
                        "scale": "yes-no",
                        "evidence": "optional",
                        "impact": "optional",
                        "may_be_not_applicable": True,
                        "not_applicable_reasons": [YES_OR_NOT],
                    },
                    {"id": "how-far", "text": "How far?", "scale": "scale", "points": sizes},
                    {"id": "when", "text": "When was that?", "scale": "date", "required": False},
                    {"id": "how", "text": "How soon?", "scale": "choice", "choices": colours},
                    {"id": "said", "text": "What was said?", "scale": "text", "required": False},
                    {"id": "judged", "text": "How good was it?", "scale": "grade"},
                    {
                        "id": "why-late",
                        "text": "Why so late?",
                        "scale": "choice",
                        "choices": colours,
                        "asked_if": [{"question": "how", "answers": ["late"]}],
                    },
                ],
            },
            {"id": "home", "title": "Home", "applies_to": ["in-care"], "judgement": "none",
             "questions": [{"id": "warm", "text": "Is it warm?", "scale": "yes-no"}]},
        ],
    })  # fmt: skip


ANSWERS: dict[str, Any] = {
    "visited": {"value": True},
    "how-far": {"value": 10},
    "when": {"value": "2026-03-02"},
    "how": {"value": "in-time"},
    "judged": {"value": "requires-improvement"},
}
TEXTS = {
    "sections/seen/rationale": "Seen alone, and often.",
    "answers/visited/evidence": "Notes of 2 March.",
    "answers/visited/impact": "She knows her worker.",
    "answers/said/text": "That she likes the school.",
}


def audit(**changed: Any) -> AuditView:
    fields: dict[str, Any] = {
        "audit_id": AUDIT_ID,
        "status": "completed",
        "version": 2,
        "kind": "case-file",
        "cycle": "2026-03",
        "organisation": "north/riverside/riverside-1",
        "service": "social-work",
        "child_status": "protection",
        "case_reference": CHILD,
        "case_number": "RS-1",
        "tool": "visits",
        "tool_version": 1,
        "auditor": None,
        "selected_because": "random",
        "allocated_at": datetime(2026, 3, 2, tzinfo=UTC),
        "due_on": date(2026, 3, 30),
        "outcome": {"answers": ANSWERS, "sections": {"seen": {"grade": "requires-improvement", "score": None}}},
        "texts": TEXTS,
    }
    return AuditView.model_validate(fields | changed)


def answers(section: FilledSection) -> dict[str, str]:
    return {question.number: question.answer for question in section.questions}


def test_every_question_stands_in_the_forms_order_with_its_answer_in_words() -> None:
    seen, _ = filled(audit(), tool())
    assert answers(seen) == {
        "1.1": "Yes",
        "1.2": "10 (Fully)",
        "1.3": "2 March 2026",
        "1.4": "In time",
        "1.5": "That she likes the school.",
        "1.6": "Requires improvement",
    }
    assert (seen.judgement, seen.rationale) == ("requires improvement", "Seen alone, and often.")
    assert seen.questions[0].texts == (
        ("Evidence", "Notes of 2 March."),
        ("Impact for the child", "She knows her worker."),
    )


def test_a_section_for_other_children_says_why_it_is_left_out() -> None:
    _, home = filled(audit(), tool())
    assert home.left_out == "Left out: the section does not apply to this child's status."
    assert home.questions == ()


def test_not_applicable_says_its_reason_and_a_question_of_a_condition_comes_in() -> None:
    other = ANSWERS | {"visited": {"value": "not-applicable", "reason": "nobody-there"}, "how": {"value": "late"}}
    seen, _ = filled(audit(outcome={"answers": other, "sections": {}}), tool())
    assert answers(seen)["1.1"] == "Not applicable: Nobody was at home"
    assert answers(seen)["1.4"] == "Too late"
    assert answers(seen)["1.7"] == "Not answered"


def test_who_may_not_read_texts_gets_none() -> None:
    seen, _ = filled(audit(texts=None, case_number=None), tool())
    assert seen.rationale == ""
    assert seen.questions[0].texts == ()
    assert answers(seen)["1.5"] == "Text is not shown to your role"


def test_what_is_hidden_from_a_blind_moderator_is_said_to_be_hidden() -> None:
    hidden = {id_: answer for id_, answer in ANSWERS.items() if id_ != "judged"}
    seen, _ = filled(audit(blind=True, outcome={"answers": hidden, "sections": {}}), tool())
    assert answers(seen)["1.6"] == "Hidden from you until you have given your own grades"
    assert seen.judgement == ""


HIDDEN = "Hidden from you until you have given your own grades"


def graded_tool() -> ToolDocument:
    """A tool where some questions tell a grade, some follow what tells one, and some the practitioner answers."""
    after_grade = [{"question": "judged", "answers": ["inadequate"]}]
    return read_tool({
        "tool": "graded",
        "title": "Graded",
        "kinds": ["case-file"],
        "sections": [
            {
                "id": "plan",
                "title": "Plan",
                "judgement": "none",
                "questions": [
                    {"id": "there", "text": "Is there a plan?", "scale": "yes-no", "required": False},
                    {"id": "words", "text": "In words?", "scale": "text", "required": False,
                     "may_be_not_applicable": True},
                    {"id": "judged", "text": "How good is it?", "scale": "grade", "required": False},
                    {"id": "why", "text": "Why is it inadequate?", "scale": "text", "required": False,
                     "asked_if": after_grade},
                    {"id": "helped", "text": "Did it help?", "scale": "yes-no", "required": False,
                     "answered_by": "practitioner"},
                    {"id": "named", "text": "How was it called?", "scale": "choice", "required": False,
                     "choices": [{"code": "good", "label": "Good"}, {"code": "odd", "label": "Odd"}]},
                ],
            },
            {"id": "again", "title": "Again", "judgement": "none", "asked_if": after_grade,
             "questions": [{"id": "when", "text": "When again?", "scale": "date", "required": False}]},
        ],
    })  # fmt: skip


def blind(shown: dict[str, Any], texts: dict[str, str] | None) -> dict[str, str]:
    """What a blind moderator's page says, of the answers and texts that their view has."""
    view = audit(blind=True, tool="graded", outcome={"answers": shown, "sections": {}}, texts=texts)
    return {number: said for section in filled(view, graded_tool()) for number, said in answers(section).items()}


def test_blind_a_question_left_open_is_not_said_to_be_hidden_unless_its_answer_would_be() -> None:
    open_ = {"1.1": "Not answered", "1.2": "Not answered"}
    kept = {"1.3": HIDDEN, "1.4": HIDDEN, "1.5": HIDDEN, "1.6": HIDDEN, "2.1": HIDDEN}
    assert blind({}, {}) == open_ | kept
    assert blind({"there": {"value": False}}, {"answers/words/text": "Yes."}) == {"1.1": "No", "1.2": "Yes."} | kept
    assert blind({}, None) == open_ | {"1.2": "Text is not shown to your role"} | kept


def test_a_text_that_does_not_apply_is_not_said_to_be_missing() -> None:
    assert blind({"words": {"value": "not-applicable"}}, {})["1.2"] == "Not applicable"


def test_codes_are_said_as_people_say_them() -> None:
    assert in_words("requires-improvement") == "requires improvement"
    assert in_words(None) == ""
