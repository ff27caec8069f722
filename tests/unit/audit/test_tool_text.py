"""A tool as text: in the order of the form, with conditions and limits in words and no field of the document's own."""

from __future__ import annotations

import json
from dataclasses import fields

import pytest

from services.audit.app.tools.text import tool_text
from services.audit.app.tools.walking import Ways
from services.audit.domain.tools.document import Scale, read_tool
from tests.unit.audit.test_shipped_tools import FILES, questions, raw

SMALL = {
    "tool": "small",
    "version": 4,
    "title": "A small tool",
    "description": "For whoever tries it.",
    "kinds": ["case-file"],
    "months_read": 12,
    "months_judged": 1,
    "themes": [{"code": "voice", "label": "The child's voice", "component": "participation"}],
    "limits": [
        {
            "id": "unsafe",
            "message": "Unsafe work is not good.",
            "effect": "block",
            "when": [{"section": "safety", "at_most": "requires-improvement"}, {"question": "seen", "answers": ["no"]}],
            "overall_at_most": "requires-improvement",
        }
    ],
    "sections": [
        {
            "id": "safety",
            "title": "Safety",
            "applies_to": ["in-care", "care-leaver"],
            "rationale": "required",
            "grade_descriptors": {"good": "The child is safe."},
            "questions": [
                {"id": "seen", "text": "Was the child seen?", "scale": "yes-no", "compliance": True},
                {
                    "id": "why-not",
                    "text": "Why not?",
                    "scale": "choice",
                    "choices": [{"code": "ill", "label": "The child was ill"}, {"code": "away", "label": "Away"}],
                    "asked_if": [{"question": "seen", "answers": ["no"]}],
                    "may_be_not_seen": True,
                    "required": False,
                },
                {
                    "id": "since",
                    "text": "Since when?",
                    "scale": "number",
                    "minimum": 0,
                    "asked_if": [{"question": "why-not", "answers": ["ill", "away"], "negated": True}],
                    "answered_by": "family",
                },
            ],
        }
    ],
}


def test_a_tool_reads_from_top_to_bottom() -> None:
    assert tool_text(read_tool(SMALL)) == (
        """A small tool
small, version 4

For whoever tries it.

For audits of the kind case-file.
The last 12 months of the file are read.
Practice of the last 1 month is judged.
3 questions in 1 section; 2 boxes of free text.

1. Safety
   Only for children in care or who are leaving or have left care.
   Graded as a whole; the reason must be written.
   - Good: The child is safe.

   1.1 Was the child seen? (seen, compliance)
       Yes or no.

   1.2 Why not? (why-not)
       One of: The child was ill; Away, or not seen. It may be left open.
       Asked only if 1.1 is answered no.

   1.3 Since when? (since)
       A number from 0.
       Answered by the family.
       Asked only if 1.2 is not answered “The child was ill” or “Away”.

The overall grade
   A judgement, never worked out from the answers: outstanding, good, requires improvement to be
   good or inadequate.
   The reason must be written.
   - Unsafe work is not good. While “Safety” is judged requires improvement to be good or worse
     and 1.1 is answered no: no grade above requires improvement to be good. This stops the
     audit.

Themes, and their component of the practice framework
   - The child's voice (participation)
"""
    )


def test_every_kind_of_answer_has_its_way_in_whatever_writes_a_tool_out() -> None:
    assert {field.name for field in fields(Ways)} == {scale.name.lower() for scale in Scale}


def test_a_date_says_what_holds_it() -> None:
    dates = [
        {"id": "born-on", "text": "Born?", "scale": "date"},
        {"id": "seen-on", "text": "Seen?", "scale": "date", "not_before": "born-on"},
        {"id": "next-on", "text": "Next?", "scale": "date", "may_lie_ahead": True},
    ]
    section = {"id": "dates", "title": "Dates", "judgement": "none", "questions": dates}
    shown = tool_text(read_tool({"tool": "d", "title": "D", "kinds": ["k"], "graded": False, "sections": [section]}))
    said = [line.strip() for line in shown.splitlines() if line.strip().startswith("A date")]
    assert said == ["A date, not in the future.", "A date, not in the future, not before that of 1.1.", "A date."]


@pytest.mark.parametrize("name", sorted(FILES))
class TestShipped:
    def text(self, name: str) -> str:
        return tool_text(read_tool(json.loads(FILES[name].read_text(encoding="utf-8"))))

    def test_every_question_stands_there_once_in_order(self, name: str) -> None:
        text = " ".join(self.text(name).split())
        places = [text.index(" ".join(f"{one['text']} ({one['id']}".split())) for one in questions(raw(name))]
        assert places == sorted(places)

    def test_lines_are_short_enough_to_read(self, name: str) -> None:
        assert max(map(len, self.text(name).splitlines())) <= 96

    def test_no_word_of_the_document_itself_stands_there(self, name: str) -> None:
        for word in ("asked_if", "requires-improvement", "may_be", "negated", "None", "yes-no", "Box."):
            assert word not in self.text(name)
