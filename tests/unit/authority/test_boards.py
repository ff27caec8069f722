"""What boards decide is the authority's own list, or the usual one."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from shared.authority.boards import BoardPolicy


def test_an_authority_without_a_list_has_the_usual_words() -> None:
    usual = BoardPolicy()
    assert usual.decision("thematic-audit") == "Commission a thematic audit"
    assert usual.withdrawal_reason("overtaken") == "Overtaken by events"
    assert usual.rebase_reason("tool-changed") == "The audit tool changed"
    assert usual.decision("none-of-these") is None


def test_a_list_of_its_own_stands_in_place_of_the_usual_one() -> None:
    own = BoardPolicy.model_validate({"decisions": [{"key": "visit", "name": "Visit the team"}]})
    assert own.decision("visit") == "Visit the team"
    assert own.decision("thematic-audit") is None
    assert own.rebase_reason("tool-changed") is not None


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        ({"decisions": []}, "at least 1"),
        ({"decisions": [{"key": "a", "name": "A"}, {"key": "a", "name": "B"}]}, "the code a is there twice"),
        ({"rebase_reasons": [{"key": "With Space", "name": "A"}]}, "pattern"),
    ],
)
def test_a_list_that_cannot_be_used_is_refused_with_the_place(raw: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        BoardPolicy.model_validate(raw)
