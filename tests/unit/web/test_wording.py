"""Every kind of error that pydantic knows has words of ours and a way out."""

from __future__ import annotations

from typing import get_args

import pytest
from pydantic import BaseModel, Field, ValidationError, field_validator
from pydantic_core.core_schema import ErrorType

from services.audit.domain.words import Code as AuditCode
from services.escalation.domain.model import Code as EscalationCode
from shared.contracts.base import Code as EventCode
from shared.web.problems import from_validation

OWN = {"value_error", "assertion_error"}  # a rule of ours words itself


class Everything(BaseModel):
    text: str = ""
    number: int = Field(0, ge=2)
    items: list[int] = Field([], max_length=1)
    inside: dict[str, int] = {}


@pytest.mark.parametrize("kind", sorted(set(get_args(ErrorType)) - OWN))
def test_every_kind_has_a_sentence_and_a_way_out(kind: str) -> None:
    problem = from_validation([{"type": kind, "loc": ("body", "it"), "msg": "Input should be secret", "ctx": {}}])
    if kind == "json_invalid":
        assert problem.type == "not-json"
        return
    [said] = problem.problems
    assert "Input" not in said.message
    assert "Not valid" not in said.message
    assert said.message.endswith(".")
    assert said.way_out.endswith((".", "}."))
    assert "{expected" not in said.message + said.way_out


def test_the_words_name_the_rule_and_never_the_value() -> None:
    sent = {"text": 1, "number": 1, "items": [1, 2], "inside": "Jane Example"}
    with pytest.raises(ValidationError) as refused:
        Everything.model_validate(sent)
    said = {one.field: one.message for one in from_validation(refused.value.errors()).problems}
    assert said == {
        "text": "This must be a text.",
        "number": "This must be at least 2.",
        "items": "This holds too many items: 1 at most.",
        "inside": "This must be an object of fields.",
    }


class Listed(BaseModel):
    status: str = Field("", pattern="^(allocated|completed|withdrawn)$")


def test_a_pattern_that_is_a_list_of_words_lists_them() -> None:
    with pytest.raises(ValidationError) as refused:
        Listed(status="open")
    [said] = from_validation(refused.value.errors()).problems
    assert said.message == "This must be one of 'allocated', 'completed' or 'withdrawn'."
    assert said.way_out == "Give one of these, spelt as they are here."


class Ruled(BaseModel):
    split: str
    whole: str

    @field_validator("split")
    @classmethod
    def _says_the_way_out(cls, value: str) -> str:
        raise ValueError("nothing is said; give a score, a text or both")

    @field_validator("whole")
    @classmethod
    def _says_what_is_wrong(cls, value: str) -> str:
        raise ValueError("nothing is said")


def test_a_rule_of_ours_is_a_sentence_with_a_way_out() -> None:
    with pytest.raises(ValidationError) as refused:
        Ruled.model_validate({"split": "", "whole": ""})
    assert [(one.message, one.way_out) for one in from_validation(refused.value.errors()).problems] == [
        ("Nothing is said.", "Give a score, a text or both."),
        ("Nothing is said.", "Mend it and send it again."),
    ]


class Coded(BaseModel):
    audit: AuditCode
    escalation: EscalationCode
    event: EventCode


def test_a_code_is_described_in_words() -> None:
    with pytest.raises(ValidationError) as refused:
        Coded.model_validate(dict.fromkeys(Coded.model_fields, "On leave until June"))
    said = from_validation(refused.value.errors()).problems
    assert [one.field for one in said] == ["audit", "escalation", "event"]
    assert {one.message.partition(":")[0] for one in said} == {"This must be a code"}
    assert {one.way_out for one in said} == {"Write it like annual-leave: without capitals and spaces."}
