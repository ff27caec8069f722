"""A case number is the same number however it was typed or copied, or a half-erased child would stay behind."""

from __future__ import annotations

import unicodedata

import pytest
from pydantic import TypeAdapter, ValidationError

from services.audit.app.forms import CaseNumberForm
from shared.privacy.references import NumberEmpty, normal_form

INVISIBLE = (
    "\u0000\u0001\u0009\u001f\u007f\u0085\u00a0\u00ad\u034f\u061c\u180e\u200b\u200d\u200f\u202c\u202e\u2060\u2800"
    "\u3164\ufe0f\ufeff\U000e0001\U000e0020\U000e0100"
)


@pytest.mark.parametrize("unseen", INVISIBLE, ids=lambda one: f"U+{ord(one):04X}")
@pytest.mark.parametrize("shape", ["{}RS-000123", "RS-{}000123", "RS-000123{}", "RS-0{0}00{0}123"])
def test_what_is_not_seen_makes_no_difference(unseen: str, shape: str) -> None:
    assert normal_form(shape.format(unseen)) == "rs-000123"


def test_no_control_or_format_character_of_unicode_makes_a_difference() -> None:
    for point in range(0x110000):
        if unicodedata.category(chr(point)) in {"Cc", "Cf"}:
            assert normal_form(f"A{chr(point)}1") == "a1", hex(point)


@pytest.mark.parametrize(
    ("typed", "ordinary"),
    [
        ("rs 000 123", "rs000123"),
        ("\uff32\uff33-000123", "rs-000123"),
        ("N1234567", "n1234567"),
        ("STRAßE1", "strasse1"),
    ],
)
def test_ordinary_numbers_keep_the_form_their_hashes_were_made_of(typed: str, ordinary: str) -> None:
    assert normal_form(typed) == ordinary
    assert normal_form(ordinary) == ordinary


@pytest.mark.parametrize("typed", ["", " ", *INVISIBLE, INVISIBLE])
def test_a_number_nobody_can_see_is_refused_with_a_sentence(typed: str) -> None:
    with pytest.raises(NumberEmpty, match=r"holds no character that can be seen"):
        normal_form(typed)


@pytest.mark.parametrize("typed", ["\u001f", "\u200b\u202c"])
def test_a_form_refuses_it_in_its_field(typed: str) -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(CaseNumberForm).validate_python({"case_number": typed})
    [problem] = refused.value.errors()
    assert problem["loc"] == ("case_number",)
