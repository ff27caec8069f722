"""Which texts hold something nobody can see: told by its place and name; the writing of the world is let through."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from services.audit.app.drafts.forms import completion_of_draft
from services.audit.app.forms import AnswerForm
from services.audit.domain.tools.decider import ToolDrafted, from_json, to_json
from services.audit.domain.tools.document import ToolDocument
from services.audit.domain.words import Actor, unseen_in
from tests.unit.audit import builders as b
from tests.unit.audit.tool_builders import full_json


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a\u200bb", "letter 2: zero width space (U+200B)"),
        ("\ufeffab", "letter 1: zero width no-break space (U+FEFF)"),
        ("ab\u202ecd", "letter 3: right-to-left override (U+202E)"),
        ("ab\u2066cd\u2069", "letter 3: left-to-right isolate (U+2066)"),
        ("ab\u200fcd", "letter 3: right-to-left mark (U+200F)"),
        ("a\u2060b", "letter 2: word joiner (U+2060)"),
        ("pay\u200cload", "letter 4: zero width non-joiner (U+200C)"),
        ("ends\u200d", "letter 5: zero width joiner (U+200D)"),
        ("a\U000e0041b", "letter 2: tag latin capital letter a (U+E0041)"),
    ],
)
def test_what_cannot_be_seen_is_named_with_its_place(text: str, told: str) -> None:
    assert unseen_in(text) == f"the text holds a character that cannot be seen, at {told}"


@pytest.mark.parametrize(
    "text",
    [
        "Plain: £5, “quoted” naïve café…",
        "Zofia Łuczak, Øystein, Nguyễn",
        "مادر او گفت",  # Persian and Arabic run from right to left by their own letters
        "می\u200cخواهم",  # noqa: RUF001 - Persian needs the non-joiner within a word
        "क्\u200dष",  # Hindi the joiner
        "👩\u200d👧 👍🏽 ❤️",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",  # the flag of England
        "小明一年级",
        "שלום",
        "extra\u00adordinary",  # a word that may be broken at the end of a line
        "two\nlines\tand a tab",
    ],
)
def test_the_writing_of_the_world_is_let_through(text: str) -> None:
    assert unseen_in(text) is None


@pytest.mark.parametrize(("text", "said"), [("seen\u202e", "U+202E"), ("a\x07b", "letter 2: U+0007")])
def test_a_text_of_an_answer_is_refused_and_the_character_named(text: str, said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        AnswerForm(text=text)
    assert said in refused.value.errors()[0]["msg"]


def test_what_was_stored_before_is_still_read() -> None:
    draft: dict[str, Any] = {"overall_rationale": "as\u200b it was"}
    assert completion_of_draft(draft).overall_rationale == "as\u200b it was"
    document = ToolDocument.model_validate({**full_json(), "title": "as\u200b it was"})
    event = ToolDrafted(at=b.ALLOCATED_AT, by=Actor(role="qa-manager"), authority="northmoor", document=document)
    assert from_json(*to_json(event)) == event
