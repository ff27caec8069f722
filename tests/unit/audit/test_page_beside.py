"""What a page says of limits set aside, of follow-ups and of themes: words as the API shows them to the same reader."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from services.audit.adapters.pages import routes
from services.audit.adapters.pages.after_completion import set_aside
from services.audit.adapters.pages.filled_tool import filled, in_words
from services.audit.app.audits.practitioner_views import PractitionerView
from services.audit.domain.tools.document import ToolDocument, read_tool
from shared.authority.names import USUAL
from shared.pages.rendering import render
from tests.unit.audit.builders import AUDIT_ID, CHILD
from tests.unit.audit.test_after_completion import NOW, tool
from tests.unit.audit.test_filled_tool import audit

MADE = UUID("00000000-0000-4000-8000-00000000cccc")


def with_themes() -> ToolDocument:
    asked = {"id": "what", "text": "What stood out?", "scale": "themes", "polarity": "development", "required": False}
    section = {"id": "own", "title": "Yours", "questions": [{**asked, "answered_by": "practitioner"}]}
    themes = [{"code": "family-time", "label": "Time with the family"}, {"code": "drift", "label": "Drift and delay"}]
    return read_tool({"tool": "own", "title": "Own", "kinds": ["case-file"], "themes": themes, "sections": [section]})


def page(name: str, **values: Any) -> str:
    said = {"role_name": in_words, "kind_name": in_words, "say": USUAL.say}
    names = {"authority_name": "Northmoor", "team_name": str, **said}
    return render(routes._pages(), name, {**names, **values})


def test_a_limit_that_was_set_aside_is_named_with_its_reason_where_it_may_be_read() -> None:
    outcome, texts = {"overridden_limits": ["unsure"]}, {"overridden_limits/unsure/reason": "All else is sure."}
    assert set_aside(audit(outcome=outcome, texts=texts), tool()) == (("Not good while unsure", "All else is sure."),)
    assert set_aside(audit(outcome=outcome, texts=None), tool()) == (("Not good while unsure", ""),)
    assert set_aside(audit(outcome=None), tool()) == ()


def test_the_page_shows_limits_set_aside_and_how_a_recommendation_was_followed_up() -> None:
    followed = {
        "id": MADE,
        "category": "supervision",
        "owner_role": "team-manager",
        "due_on": date(2026, 4, 1),
        "discussed_in_supervision_on": date(2026, 3, 20),
        "done": True,
        "made_a_difference": "not-yet-known",
    }
    follow_up = {f"recommendations/{MADE}/follow-up": "She is seen alone now."}
    view = audit(outcome={"overall_grade": "good"}, recommendations=(followed,), texts=follow_up)
    shown = page(
        "audit.html",
        audit=view,
        tool=tool(),
        sections=(),
        texts=view.texts,
        found=(),
        own_answers=(),
        set_aside=(("Not good while unsure", "All else is sure."),),
        moderations=(),
        decided={},
    )
    for words in (
        "Not good while unsure",
        "All else is sure.",
        "20 March 2026",
        "not yet known",
        "She is seen alone now.",
    ):
        assert words in shown


def test_a_practitioners_question_with_themes_is_shown_with_their_list() -> None:
    own = with_themes()
    view = PractitionerView(
        audit_id=AUDIT_ID, status="allocated", version=1, kind="case-file", tool="own", tool_version=1,
        case_reference=CHILD, allocated_at=NOW, due_on=date(2026, 3, 30),
        questions=tuple(question for _, question in own.questions()), themes=own.themes,
    )  # fmt: skip
    shown = page(
        "audit_as_practitioner.html",
        audit=view,
        tool=own,
        sections=(),
        texts={},
        found=(),
        own_answers=(),
        recommendations=(),
    )
    assert [words in shown for words in ("What stood out?", "Time with the family", "Drift and delay")] == [True] * 3


def test_themes_that_were_named_are_shown_by_their_labels() -> None:
    answers = {"what": {"value": ["drift", "family-time"], "reason": None}}
    [section] = filled(audit(outcome={"answers": answers}), with_themes())
    assert section.questions[0].answer == "Drift and delay, Time with the family"
