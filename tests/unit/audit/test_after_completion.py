"""What stands beside the outcome on the page: the practitioner's own answers, and moderators' grades and answers."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from services.audit.adapters.pages.after_completion import decided, found, moderated, own_answers
from services.audit.adapters.pages.filled_tool import FilledQuestion, filled, filled_for_practitioner
from services.audit.app.audits.practitioner_views import GivenFeedback, PractitionerView
from services.audit.domain.tools.document import ToolDocument, read_tool
from tests.unit.audit.builders import AUDIT_ID, CHILD
from tests.unit.audit.test_filled_tool import audit

MODERATION = UUID("00000000-0000-4000-8000-00000000aaaa")


def tool() -> ToolDocument:
    """A tool with questions of everybody's, and one section for children in care alone."""
    own = {"answered_by": "practitioner", "required": False}
    return read_tool({
        "tool": "visits",
        "title": "Visits",
        "kinds": ["case-file"],
        "limits": [{"id": "unsure", "message": "Not good while unsure", "effect": "warn", "overall_at_most": "good",
                    "when": [{"question": "sure", "answers": ["no"]}]}],
        "sections": [
            {"id": "plan", "title": "The plan", "questions": [
                {"id": "there", "text": "Is there one?", "scale": "yes-no", "required": False},
                {"id": "sure", "text": "Does it work?", "scale": "yes-no", "evidence": "optional", **own},
                {"id": "help", "text": "What would help?", "scale": "text", **own},
            ]},
            {"id": "home", "title": "Home", "applies_to": ["in-care"], "judgement": "none",
             "questions": [{"id": "warm", "text": "Is it warm?", "scale": "yes-no"}]},
            {"id": "audited", "title": "The audit", "answered_by": "moderator", "judgement": "none",
             "questions": [{"id": "fair", "text": "Is it fair?", "scale": "yes-no", "evidence": "optional"}]},
        ],
    })  # fmt: skip


NOW = datetime(2026, 3, 9, tzinfo=UTC)
HELP = {"value": None, "reason": None}
YES, NO = {"value": True, "reason": None}, {"value": False, "reason": None}
OWN = "practitioner/own/answers"


def said(**answers: Any) -> GivenFeedback:
    return GivenFeedback(given_at=NOW, score=None, answers=answers)


def in_short(questions: tuple[FilledQuestion, ...]) -> list[tuple[str, str, tuple[tuple[str, str], ...]]]:
    return [(one.number, one.answer, one.texts) for one in questions]


def test_what_the_practitioner_answered_since_stands_apart_and_is_not_said_to_be_missing() -> None:
    texts = {f"{OWN}/help/text": "More time.", f"{OWN}/sure/evidence": "The visits of June."}
    view = audit(outcome={"answers": {"there": YES}}, practitioner_feedback=said(sure=NO, help=HELP), texts=texts)
    plan, home = filled(view, tool())
    assert [question.answer for question in plan.questions] == [
        "Yes",
        "Answered by the practitioner, beside the outcome: see what the practitioner said",
        "Answered by the practitioner, beside the outcome: see what the practitioner said",
    ]
    assert home.id == "home"
    assert in_short(own_answers(view.practitioner_feedback, view.outcome, view.texts, tool())) == [
        ("1.2", "No", (("Evidence", "The visits of June."),)),
        ("1.3", "More time.", ()),
    ]
    codes = own_answers(view.practitioner_feedback, view.outcome, None, tool())
    assert in_short(codes) == [("1.2", "No", ()), ("1.3", "Text is not shown to your role", ())]


def test_an_answer_that_the_outcome_has_is_repeated_only_if_it_changed() -> None:
    stands = {"answers": {"sure": YES, "help": HELP}}
    texts = {"answers/help/text": "More time.", f"{OWN}/help/text": "More time."}
    assert own_answers(said(sure=YES, help=HELP), stands, texts, tool()) == ()
    texts[f"{OWN}/help/text"] = "Less of it."
    assert in_short(own_answers(said(sure=NO, help=HELP), stands, texts, tool())) == [
        ("1.2", "No", ()),
        ("1.3", "Less of it.", ()),
    ]


def moderation(**changed: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "moderation_id": MODERATION, "number": 1, "final": False, "selected_because": "random", "policy_version": "1",
        "due_on": date(2026, 3, 30), "blind": True, "moderator": None, "done": True, "lapsed": False,
    }  # fmt: skip
    return given | changed


def test_a_moderators_grades_and_answers_come_with_their_reasons_and_blind_ones_with_their_own() -> None:
    begins = f"moderations/{MODERATION}"
    texts = {
        f"{begins}/rationale": "The plan stood still.",
        f"{begins}/sections/plan": "No review since spring.",
        f"{begins}/answers/fair/evidence": "Both were heard.",
        f"{begins}/feedback": "Ask when the child was seen.",
        f"{begins}/blind/sections/plan": "It looks thin.",
        f"{begins}/blind/overridden_limits/unsure/reason": "The worker was new.",
    }
    recorded = {"moderator_grade": "inadequate", "sections": {"plan": "inadequate"}, "answers": {"fair": YES},
                "moderated_on": date(2026, 3, 20)}  # fmt: skip
    blind = {"overall_grade": "good", "sections": {"plan": "good"}, "overridden_limits": ["unsure"]}
    [one] = moderated(audit(moderations=[moderation(**recorded, blind_grades=blind)], texts=texts), tool())
    assert one.recorded is not None
    assert (one.recorded.grade, one.recorded.rationale) == ("inadequate", "The plan stood still.")
    assert one.recorded.sections == (("The plan", "inadequate", "No review since spring."),)
    assert in_short(one.recorded.answers) == [("3.1", "Yes", (("Evidence", "Both were heard."),))]
    assert (one.feedback, one.recorded.limits) == ("Ask when the child was seen.", ())
    assert one.blind is not None
    assert one.blind.sections == (("The plan", "good", "It looks thin."),)
    assert one.blind.limits == (("Not good while unsure", "The worker was new."),)


def test_a_moderation_that_the_view_hides_has_nothing_to_show() -> None:
    [one] = moderated(audit(blind=True, moderations=[moderation()], texts={}), tool())
    assert (one.recorded, one.blind, one.feedback) == (None, None, "")


def test_a_practitioners_copy_tells_neither_what_others_were_not_asked_nor_the_childs_status() -> None:
    own = [question for _, question in tool().questions() if question.id in {"sure", "help"}]
    view = PractitionerView(
        audit_id=AUDIT_ID, status="completed", version=3, kind="case-file", tool="visits", tool_version=1,
        case_reference=CHILD, allocated_at=NOW, due_on=date(2026, 3, 30), questions=tuple(own),
        outcome={"answers": {"there": YES}, "sections": {"plan": {"grade": "good", "score": None}}},
        feedback=said(sure=NO),
    )  # fmt: skip
    [plan] = filled_for_practitioner(view, tool())
    assert plan.judgement == "good"
    assert [(question.number, question.answer) for question in plan.questions] == [
        ("1.1", "Yes"),
        ("1.2", "You answered this beside the outcome: see what you said"),
        ("1.3", "Not answered"),
    ]


def test_a_finding_says_where_and_what_it_is_and_its_text_where_it_may_be_read() -> None:
    finding = {"section": "plan", "theme": "family-time", "polarity": "strength", "component": None}
    outcome = {"findings": [finding]}
    texts = {"findings/plan/family-time/strength/text": "Every week."}
    assert found(outcome, texts, tool()) == (("The plan: family time (a strength)", "Every week."),)
    assert found(outcome, None, tool()) == (("The plan: family time (a strength)", ""),)
    assert found(None, texts, tool()) == ()


def test_how_a_dispute_was_settled_names_what_the_panel_graded_anew_and_set_aside() -> None:
    dispute = UUID("00000000-0000-4000-8000-00000000bbbb")
    opened: dict[str, Any] = {
        "dispute_id": dispute,
        "moderation_id": MODERATION,
        "reason": "evidence",
        "disputed_by": "team-manager",
        "disputed_on": date(2026, 3, 9),
        "disputed_grade": "good",
        "to_be_decided_by": "panel",
    }
    waiting = {**opened, "settled": False}
    settled = {
        **opened,
        "settled": True,
        "standing_grade": "outstanding",
        "sections": {"plan": "outstanding", "gone": "good"},
        "overridden_limits": ("unsure",),
    }
    boxes = {"decision": "We agree.", "overridden_limits/unsure/reason": "All else is sure."}
    texts = {f"disputes/{dispute}/{box}": text for box, text in boxes.items()}
    [(id_, found_)] = decided(audit(disputes=(settled,), texts=texts), tool()).items()
    assert (id_, found_.grade, found_.rationale) == (dispute, "outstanding", "We agree.")
    assert found_.sections == (("The plan", "outstanding", ""),)
    assert found_.limits == (("Not good while unsure", "All else is sure."),)
    assert not decided(audit(disputes=(waiting,)), tool())
